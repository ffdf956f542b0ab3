"""The code that a stage runs: the definitions of this project that its script reaches, and its environment's pins.

What a stage reaches is read from syntax trees; nothing is run. A definition that its script names, directly or through
others, counts, and so do the effects of every module that is imported on the way. What cannot be told counts: a module
in which something is found by text counts whole.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from sna.errors import InputError
from sna.inputs.yaml_files import read_yaml
from sna.provenance.syntax import Module, Name

#: The folder of the scripts, where their imports are looked for.
SCRIPTS = "scripts"
#: The module that records and logs jobs. Neither it nor what only it reaches is part of a job's result.
RECORDER: Name = ("sna", "job")
#: What stands in a definition's place for a module's effects, and for all of a module.
EFFECTS = "<module>"
ALL = "*"

_PACKAGE = "__init__.py"
#: Size and times of a file.
State = tuple[int, int, int]


def local_modules(script: Path) -> list[Path]:
    """List a script and all files of this project that it imports, directly or indirectly.

    Imports inside functions are among them, and those for recording and logging. A package's ``__init__.py`` is too,
    since Python runs it whenever a module of the package is imported. Of a file that is not Python no imports are
    known; the job that runs it will fail.

    Parameters
    ----------
    script : Path
        In the folder `SCRIPTS` or below it. Imports are looked for there and beside the script; what is not there is
        not of this project.

    Returns
    -------
    list of Path
        Sorted.

    Raises
    ------
    InputError
        If there is no such script.
    """
    tree = _Tree.of(script)
    found: set[Name] = set()
    waiting = [tree.script]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [module for load in tree.module(name).all_loads for module in tree.modules_on_the_way(load)]
    return sorted(tree.folder / tree.files[name] for name in found)


def hash_code(script: Path) -> dict[str, str]:
    """Hash what a stage's script reaches.

    Parameters
    ----------
    script : Path
        As for `local_modules`.

    Returns
    -------
    dict of str
        SHA-256 by definition, such as ``sna.statistics.zones.measure_zones``, sorted. `EFFECTS` in the place of the
        definition's name stands for what a module does when it is imported, `ALL` for a module that counts whole.

    Raises
    ------
    InputError
        If there is no such script.
    """
    return dict(_hash(_Tree.of(script)))


def count_modules(code: Iterable[str]) -> int:
    """Count the modules that definitions are in."""
    return len({definition.rpartition(".")[0] for definition in code})


def by_module(code: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Sort the hashes of definitions into those of each module, by the definitions' names in it."""
    modules: dict[str, dict[str, str]] = {}
    for definition, sha256 in code.items():
        module, _, name = definition.rpartition(".")
        modules.setdefault(module, {})[name] = sha256
    return modules


def module_file(root: Path, definition: str) -> Path:
    """Return the file of a project that a definition is in; of a module that is gone, where it was."""
    place = root.joinpath(SCRIPTS, *definition.split(".")[:-1])
    return place / _PACKAGE if (place / _PACKAGE).is_file() else place.with_suffix(".py")


def read_pins(environment: str | Path) -> list[str]:
    """Return what a conda environment file pins, such as ``numpy=2.4.6``, sorted; comments do not count.

    Raises
    ------
    InputError
        If there is no such file, or it is no environment.
    """
    content = read_yaml(environment)
    listed = content.get("dependencies") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise InputError(f"{environment}: dependencies: must be a list of pins, such as numpy=2.4.6")
    return sorted(entry for entry in listed if isinstance(entry, str))


def hash_pins(environment: str | Path) -> str:
    """Return the SHA-256 of `read_pins`."""
    return hash_data(read_pins(environment))


def hash_data(data: object) -> str:
    """Return the SHA-256 of data that JSON can hold; the order of keys does not count."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, allow_nan=False).encode()).hexdigest()


def describe_code(script: Path, environment: str) -> dict[str, str]:
    """Say in short what a stage runs: as a rule's parameter it makes Snakemake rerun the stage after an edit.

    Parameters
    ----------
    script : Path
        The stage's script.
    environment : str
        Its conda environment file, from the project's root.

    Returns
    -------
    dict
        ``script`` and ``environment``, the files by their paths from the project's root, and ``sha256``, over all that
        the script reaches and the pins.
    """
    root = _folder(script).parent
    sha256 = hash_data([hash_code(script), hash_pins(root / environment)])
    return {"script": script.relative_to(root).as_posix(), "environment": environment, "sha256": sha256}


class _Tree:
    """The modules of the project as a script finds them.

    Attributes
    ----------
    folder : Path
        Where imports are looked for.
    script : Name
        The script, as a module.
    files : dict of str
        Path of each module from the folder, by the module's name.
    """

    def __init__(self, folder: Path, script: Name, states: Mapping[str, State]) -> None:
        self.folder, self.script, self._states = folder, script, states
        self.files: dict[Name, str] = {}
        self._folders: set[Name] = {()}
        self._modules: dict[Name, Module] = {}
        # A package comes before a module of its name, for Python too.
        for path in sorted(states, key=lambda path: path.endswith(f"/{_PACKAGE}")):
            *parents, file = path.split("/")
            name = tuple(parents) if file == _PACKAGE else (*parents, file.removesuffix(".py"))
            self.files[name] = path
            self._folders |= {name[:length] for length in range(len(name))}

    @classmethod
    def of(cls, script: Path) -> "_Tree":
        """Look at the project that a script is in, as it is now."""
        folder = _folder(script)
        path = script.relative_to(folder).as_posix()
        states = _states(folder)
        if path not in states:
            raise InputError(f"{script}: there is no such script")
        return _tree(folder, tuple(path.removesuffix(".py").split("/")), tuple(states.items()))

    def module(self, name: Name) -> Module:
        """Return a module of the project, read."""
        if name not in self._modules:
            path = self.files[name]
            self._modules[name] = _read(self.folder / path, name, self._states[path])
        return self._modules[name]

    def is_there(self, name: Name) -> bool:
        """Whether a name is that of a module or a folder."""
        return name in self.files or name in self._folders

    def at_home(self, chain: Name) -> Name:
        """Return a name from the top of the folder: Snakemake lets a script import what is beside it, too."""
        if self.is_there(chain[:1]):
            return chain
        beside = (*self.script[:-1], *chain)
        return beside if beside[: len(self.script)] in self.files else chain

    def modules_on_the_way(self, chain: Name) -> list[Name]:
        """List the modules that Python runs to import a name, from the top."""
        chain = self.at_home(chain)
        return [chain[:length] for length in range(1, len(chain) + 1) if chain[:length] in self.files]


class _Reach:
    """What a script reaches.

    Attributes
    ----------
    definitions : set of (Name, str)
        Modules, and what is reached in each.
    imported : set of Name
        Modules that may run.
    whole : set of Name
        Modules that count whole.
    """

    def __init__(self, tree: _Tree) -> None:
        self._tree = tree
        self.definitions: set[tuple[Name, str]] = set()
        self.imported: set[Name] = set()
        self.whole: set[Name] = set()
        self._loaded: set[Name] = set()
        self._run: set[tuple[Name, str]] = set()
        self._followed: set[tuple[Name, bool]] = set()
        self._load(tree.script)

    def _load(self, chain: Name) -> None:
        """Count what Python runs to import a name."""
        if chain in self._loaded or chain[: len(RECORDER)] == RECORDER:
            return
        self._loaded.add(chain)
        for name in self._tree.modules_on_the_way(chain):
            if name not in self.imported:
                self.imported.add(name)
                self._count_import(name, self._tree.module(name))

    def _count_import(self, name: Name, module: Module) -> None:
        for load in module.loads:
            self._load(load)
        if module.opens_all:
            for every in self._tree.files:
                self._count_all(every)
        if module.is_open:
            self._count_all(name)
        for chain in module.used_by_effects:
            self._follow(chain)
        for part in module.always:
            self._count(name, part, only_run=False)
        for chain in module.runs:
            self._follow(chain, only_run=True)

    def _count_all(self, name: Name) -> None:
        if name not in self.whole:
            self.whole.add(name)
            self._load(name)
            for chain in self._tree.module(name).all_loads:
                self._load(chain)
            for chain in self._tree.module(name).used_by_all:
                self._follow(chain)

    def _follow(self, chain: Name, only_run: bool = False) -> None:
        """Count what a name stands for; if it is only run, a mere value does not count itself."""
        if chain[: len(RECORDER)] == RECORDER or (chain, only_run) in self._followed:
            return
        self._followed.add((chain, only_run))
        chain = self._tree.at_home(chain)
        for length, part in enumerate(chain):
            here = chain[:length]
            if here in self._tree.files and self._count_part(here, part, chain[length + 1 :], only_run):
                return
            if not self._tree.is_there((*here, part)):
                if here in self._tree.files:
                    # It is not known what defines the attribute, and so what the module is asked for.
                    self._count_all(here)
                return
        if chain in self._tree.files:
            # The module itself, which may be asked for anything in it and below it.
            for name in self._tree.files:
                if name[: len(chain)] == chain:
                    self._count_all(name)

    def _count_part(self, name: Name, part: str, rest: Name, only_run: bool) -> bool:
        """Count what a module calls by a name; return whether it calls something so."""
        self._load(name)
        module = self._tree.module(name)
        # What a package takes from a module below it under that module's name is looked for in the module.
        below = (*name, part)
        imported = {chain for chain in module.imports.get(part, set()) if chain[: len(below)] != below}
        if imported and not only_run:
            self.definitions.add((name, part))
        for chain in imported:
            self._follow((*chain, *rest), only_run)
        if part in module.definitions:
            self._count(name, part, only_run)
        return bool(imported) or part in module.definitions or part in module.set_by_effects

    def _count(self, name: Name, part: str, only_run: bool) -> None:
        module = self._tree.module(name)
        is_value = only_run and not module.can_run(part)
        seen = self._run if is_value else self.definitions
        if (name, part) in seen:
            return
        seen.add((name, part))
        for chain in module.loads_of(part):
            self._load(chain)
        for chain in module.uses(part):
            self._follow(chain, only_run=is_value)


@lru_cache(maxsize=256)
def _hash(tree: _Tree) -> Mapping[str, str]:
    """Hash all that a script reaches, once for as long as no file of the project changes."""
    reach = _Reach(tree)
    docstrings = any(tree.module(name).reads_docstrings for name in reach.imported)
    code: dict[str, str | None] = {}
    for name in reach.imported:
        module, start = tree.module(name), ".".join(name)
        if name in reach.whole:
            code[f"{start}.{ALL}"] = module.hash_all(docstrings)
        else:
            outside = [chain for chain in module.idle_imports if not tree.modules_on_the_way(chain)]
            code[f"{start}.{EFFECTS}"] = module.hash_effects(outside, docstrings)
    for name, part in reach.definitions:
        module = tree.module(name)
        if name not in reach.whole:
            is_own = part in module.definitions
            code[f"{'.'.join(name)}.{part}"] = module.hash(part, docstrings) if is_own else module.hash_import(part)
    return {definition: sha256 for definition, sha256 in sorted(code.items()) if sha256 is not None}


def _folder(script: Path) -> Path:
    """Return the folder `SCRIPTS` that a script is in."""
    return next((parent for parent in script.parents if parent.name == SCRIPTS), script.parent)


def _states(folder: Path) -> dict[str, State]:
    """Return size and times of each Python file in a folder and below it, by its path from there."""
    states, waiting = {}, [""]
    while waiting:
        place = waiting.pop()
        with os.scandir(folder / place) as entries:
            for entry in entries:
                # An editor may keep links to nowhere there.
                if entry.name.endswith(".py") and entry.is_file():
                    stat = entry.stat()
                    states[place + entry.name] = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
                elif entry.name.isidentifier() and entry.name != "__pycache__" and entry.is_dir():
                    waiting.append(f"{place}{entry.name}/")
    return dict(sorted(states.items()))


@lru_cache(maxsize=256)
def _tree(folder: Path, script: Name, states: tuple[tuple[str, State], ...]) -> _Tree:
    return _Tree(folder, script, dict(states))


@cache
def _read(path: Path, name: Name, state: State) -> Module:
    """Read a module once for as long as its size and times are the same."""
    return Module(name, path.read_bytes(), is_package=path.name == _PACKAGE)
