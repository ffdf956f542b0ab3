"""A module's syntax tree as definitions: what each of them names, and what of the module counts once it is imported.

A definition is a function, a class, or an assignment. Most of them only make a value, and count for those who name
them. What may change another object besides, such as a function under an unknown decorator, counts for everybody who
imports the module; so do the other statements at its top, which have no name.
"""

import ast
import hashlib
from collections import Counter
from collections.abc import Iterable
from functools import cache, cached_property

from sna.provenance.statements import (
    DEFINITIONS,
    IMPORTS,
    Name,
    Scan,
    binds_names,
    bound_names,
    called_on_import,
    imports_at_top,
    is_text,
    makes_value,
    only_wraps,
    quoted_types,
    write_syntax,
)

#: Names by which code reaches others by text that nobody can follow: all of its module counts.
_BY_TEXT = {"eval", "exec", "compile", "globals", "locals", "builtins"}
_BY_TEXT_WITHOUT_ARGUMENTS = {"vars()", "dir()"}
#: The same of modules and classes that are found by text, or that register themselves: all of the project counts.
_FOUND_BY_TEXT = {"__import__", "import_module", "runpy", "pkgutil", "__subclasses__", "__init_subclass__", "metaclass"}
#: How docstrings become part of what code computes.
_DOCSTRINGS = {"__doc__", "use_attribute_docstrings"}


class Module:
    """What a file of Python defines.

    Parameters
    ----------
    name : tuple of str
        Its name, in parts, as others import it.
    source : bytes
        The file's content. Of what is not Python only the content counts.
    is_package : bool
        Whether the file is a package's ``__init__.py``.

    Attributes
    ----------
    imports : dict of set of Name
        What each name that is imported stands for, from the top of the project.
    definitions : dict of ast.stmt
        By name.
    always : set of str
        Those that may change another object when the module is imported.
    effects : list of ast.stmt
        All other statements but imports, in their order.
    loads : set of Name
        What Python may import to run the module; the last part may be no module.
    is_open : bool
        Whether it does what cannot be followed, so that all of it counts.
    opens_all : bool
        Whether it does what may reach any module.
    reads_docstrings : bool
        Whether docstrings may be part of what it computes.
    """

    def __init__(self, name: Name, source: bytes, *, is_package: bool = False) -> None:
        self.name = name
        self._source = source
        self._package = name if is_package else name[:-1]
        self.definitions: dict[str, ast.stmt] = {}
        self.always: set[str] = set()
        self.effects: list[ast.stmt] = []
        self._effects_before: dict[str, int] = {}
        self._is_python = True
        try:
            self._tree = ast.parse(source)
        except (SyntaxError, ValueError):
            self._tree, self._is_python = ast.Module([], []), False
        run_at_import = list(imports_at_top(self._tree))
        self.imports = self._bindings(run_at_import)
        self.loads = self._loads(run_at_import)
        self._scans = {id(node): Scan.of(node, *quoted_types(node)) for node in self._tree.body}
        self._sort()
        roots = {chain[0] for scan in self._scans.values() for chain in scan.chains}
        words = {word for scan in self._scans.values() for word in scan.words} | roots
        by_text = not roots.isdisjoint(_BY_TEXT) or not words.isdisjoint(_BY_TEXT_WITHOUT_ARGUMENTS)
        self.is_open = not self._is_python or "*" in self.imports or by_text
        self.reads_docstrings = not words.isdisjoint(_DOCSTRINGS)
        finds_modules = {"sys", "modules"} <= words and any(it[:2] == ("sys", "modules") for it in self.used_by_all)
        self.opens_all = finds_modules or not words.isdisjoint(_FOUND_BY_TEXT)

    @cached_property
    def all_loads(self) -> set[Name]:
        """What the module may import at any time, in its functions too."""
        return self._loads(node for scan in self._scans.values() for node in scan.imports)

    @cached_property
    def set_by_effects(self) -> set[str]:
        """Names that effects bind."""
        return {name for effect in self.effects for name in bound_names(effect)}

    @cached_property
    def used_by_effects(self) -> set[Name]:
        """What the effects name, from the top of the project."""
        return {chain for effect in self.effects for chain in self._absolute(self._scans[id(effect)])}

    @cached_property
    def used_by_all(self) -> set[Name]:
        """What anything in the module names or may find by text."""
        imported = {chain for chains in self.imports.values() for chain in chains}
        named = {chain for scan in self._scans.values() for chain in self._absolute(scan)}
        return named | imported

    @cached_property
    def idle_imports(self) -> set[Name]:
        """What is imported and named nowhere: for what importing it does, or for others to import from here."""
        named = {chain[0] for scan in self._scans.values() for chain in scan.chains}
        idle = (node for node in imports_at_top(self._tree) if not named & set(bound_names(node)))
        return self._loads(idle)

    @cache  # noqa: B019
    def uses(self, name: str) -> set[Name]:
        """Return what a definition names, from the top of the project."""
        return self._absolute(self._scans[id(self.definitions[name])])

    @cache  # noqa: B019
    def loads_of(self, name: str) -> set[Name]:
        """Return what a definition imports when it runs."""
        return self._loads(self._scans[id(self.definitions[name])].imports)

    @cached_property
    def runs(self) -> set[Name]:
        """Return what definitions may call when the module is imported, whether or not anybody names them."""
        parts = [part for node in self.definitions.values() for part in called_on_import(node)]
        return self._absolute(Scan.of(*parts))

    def can_run(self, name: str) -> bool:
        """Whether a definition is a function or a class."""
        return isinstance(self.definitions[name], DEFINITIONS)

    @cache  # noqa: B019
    def hash(self, name: str, docstrings: bool = False) -> str:
        """Return the SHA-256 of a definition: of its syntax tree, and of what the imported names in it stand for."""
        node = self.definitions[name]
        # A value that is made after an effect may be another than one that is made before.
        return self._hash([node], docstrings, self._effects_before[name])

    def hash_import(self, name: str) -> str:
        """Return the SHA-256 of what an imported name stands for."""
        return _sha256(repr(sorted(self.imports[name])))

    def hash_effects(self, outside: Iterable[Name], docstrings: bool = False) -> str | None:
        """Return the SHA-256 of the effects, and of imports for their effect; None if there are none."""
        imported = sorted(outside)
        if not docstrings and not imported and all(map(is_text, self.effects)):
            return None
        return self._hash(self.effects, docstrings, imported)

    def hash_all(self, docstrings: bool = False) -> str:
        """Return the SHA-256 of the whole module."""
        if not self._is_python:
            return hashlib.sha256(self._source).hexdigest()
        return self._hash(self._tree.body, docstrings, None)

    def _hash(self, nodes: list[ast.stmt], docstrings: bool, more: object) -> str:
        roots = {chain[0] for node in nodes for chain in self._scans[id(node)].chains}
        bound = sorted((root, sorted(self.imports[root])) for root in roots & self.imports.keys())
        return _sha256(f"{write_syntax(nodes, docstrings)}{bound}{more}")

    def _sort(self) -> None:
        """Tell definitions from effects."""
        others = [node for node in self._tree.body if not isinstance(node, IMPORTS)]
        times = Counter([*self.imports, *(name for node in others for name in set(bound_names(node)))])
        wrappers = {node.name for node in others if isinstance(node, ast.FunctionDef) and only_wraps(node)}
        counted = 0
        for node in others:
            names, is_plain = list(bound_names(node)), makes_value(node, wrappers)
            if names and (is_plain or binds_names(node)) and all(times[name] == 1 for name in names):
                self.definitions |= dict.fromkeys(names, node)
                self._effects_before |= dict.fromkeys(names, counted)
                self.always.update(() if is_plain else names)
                counted += not is_plain
            else:
                self.effects.append(node)
                counted += not is_text(node)

    def _absolute(self, scan: "Scan") -> set[Name]:
        """Return what a part of the module names: what is defined here or imported, from the top of the project."""
        local = self._bindings(scan.imports)
        found = set()
        for root, *rest in scan.chains:
            found |= {(*chain, *rest) for known in (self.imports, local) for chain in known.get(root, ())}
            if root in self.definitions:
                found.add((*self.name, root))
        return found

    def _start(self, node: ast.ImportFrom) -> Name:
        """Return the module that a statement imports from."""
        start = self._package[: len(self._package) - node.level + 1] if node.level else ()
        return (*start, *(node.module.split(".") if node.module else ()))

    def _bindings(self, nodes: Iterable[ast.Import | ast.ImportFrom]) -> dict[str, set[Name]]:
        bindings: dict[str, set[Name]] = {}
        for node in nodes:
            for alias in node.names:
                parts = tuple(alias.name.split("."))
                if isinstance(node, ast.ImportFrom):
                    name, chain = alias.asname or alias.name, (*self._start(node), alias.name)
                else:
                    name, chain = alias.asname or parts[0], parts if alias.asname else parts[:1]
                bindings.setdefault(name, set()).add(chain)
        return bindings

    def _loads(self, nodes: Iterable[ast.Import | ast.ImportFrom]) -> set[Name]:
        loads = set()
        for node in nodes:
            start = self._start(node) if isinstance(node, ast.ImportFrom) else ()
            loads |= {(*start, *alias.name.split(".")) for alias in node.names}
        return loads


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
