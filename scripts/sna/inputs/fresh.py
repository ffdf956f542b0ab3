"""Banks of fresh prompts: tables in tasks/fresh/ of prompts that had no part in any choice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from sna.errors import InputError
from sna.files import write_text
from sna.inputs.joins import doubtful_join
from sna.inputs.tasks import Task


@dataclass(frozen=True)
class FreshPrompt:
    """A prompt of a task's bank.

    Attributes
    ----------
    prompt, target : str
        As in a task: the space between them belongs to the target.
    source : str
        The rule that it follows, or where it stands.
    """

    prompt: str
    target: str
    source: str


_HEADER = tuple(field.name for field in fields(FreshPrompt))


def read_fresh(path: str | Path) -> list[FreshPrompt]:
    """Return the prompts of a bank.

    Parameters
    ----------
    path : str or Path
        A table of text: cells separated by tabs, never quoted, the first line ``prompt``, ``target``, ``source``.

    Returns
    -------
    list of FreshPrompt
        In the order of the file.

    Raises
    ------
    InputError
        If the file is missing, no UTF-8, or empty; or with each line that has not three cells, an empty one, or a
        prompt that stands in the file already.
    """
    lines = _read_lines(Path(path))
    if not lines or tuple(lines[0].split("\t")) != _HEADER:
        raise InputError(f"{path}:1: the first line must be {', '.join(_HEADER)}, separated by tabs")
    rows = [line.split("\t") for line in lines[1:]]
    if not rows:
        raise InputError(f"{path}: has no prompts")
    if found := [f"{path}:{line}: {what}" for line, what in _mistakes(rows)]:
        raise InputError("\n".join(found))
    return [FreshPrompt(*row) for row in rows]


def check_fresh(fresh: Sequence[FreshPrompt], task: Task, path: str | Path) -> None:
    """Refuse a bank that does not go with its task.

    Parameters
    ----------
    fresh : sequence of FreshPrompt
        The bank, as `read_fresh` returns it.
    task : Task
    path : str or Path
        The bank's file, for messages.

    Raises
    ------
    InputError
        With each prompt that is one of the task's own; and each target that seems to lack its space, or to have a
        wrong one, unless the task has targets of which it says `joined: true`.
    """
    own = {item.prompt: ".".join(map(str, key)) for key, item in task.all_prompts().items()}
    joined = task.joined or any(item.joined for item in task.all_prompts().values())
    found = []
    for line, item in enumerate(fresh, start=2):
        if item.prompt in own:
            found.append(f"{path}:{line}: {item.prompt!r} is also {own[item.prompt]} of {task.name}; it is not fresh")
        if not joined and (doubt := doubtful_join(item.prompt, item.target)):
            found.append(f"{path}:{line}: {doubt}")
    if found:
        raise InputError("\n".join(found))


def write_fresh(path: str | Path, fresh: Iterable[FreshPrompt]) -> None:
    """Write a bank as `read_fresh` reads it.

    Parameters
    ----------
    path : str or Path
    fresh : iterable of FreshPrompt
        None has a tab or a line break.
    """
    lines = ["\t".join(row) for row in (_HEADER, *map(astuple, fresh))]
    write_text(path, "".join(f"{line}\n" for line in lines))


def _read_lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; a task needs a bank of fresh prompts") from None
    except OSError as error:
        raise InputError(f"{path}: not readable: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: not UTF-8, as which it must be saved") from None
    # Not by what else Unicode takes for the end of a line.
    return text.removesuffix("\n").split("\n")


def _mistakes(rows: Iterable[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with the lines after the first, by their number."""
    seen: dict[str, int] = {}
    for line, row in enumerate(rows, start=2):
        if len(row) != len(_HEADER):
            yield line, f"has {len(row)} cells; it must have {len(_HEADER)}, separated by tabs"
            continue
        if empty := [name for name, cell in zip(_HEADER, row, strict=True) if not cell.strip()]:
            yield line, f"{' and '.join(empty)} must not be empty"
        if row[0] in seen:
            yield line, f"{row[0]!r} stands in line {seen[row[0]]} already"
        seen.setdefault(row[0], line)
