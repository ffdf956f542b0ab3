"""Reading YAML that people write: what YAML would take for something else than it looks like is refused."""

import re
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

from sna.errors import InputError

#: Names and, within lists, numbers from 0, that lead to a value of a file.
Key = tuple[str | int, ...]

# Numbers of base 8 and of base 60 that YAML 1.1 knows and its readers do not.
_OTHER_BASE = re.compile(r"[-+]?0[0-9_]+|.*:.*")
# Values of a file, what aliases stand for counted each time: a few lines of aliases of aliases unfold to millions.
_MOST_VALUES = 100_000
# Of a whole number.
_MOST_BITS = 64


class _Loader(yaml.SafeLoader):
    """Reads YAML, and JSON, which writes a character beyond U+FFFF as two escapes."""

    def construct_text(self, node: yaml.ScalarNode) -> str:
        text = self.construct_scalar(node)
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            message = r"half a character; write the character itself, or an escape such as \U0001F600"
            raise ConstructorError(None, None, message, node.start_mark) from None


_Loader.add_constructor("tag:yaml.org,2002:str", _Loader.construct_text)


def read_yaml(path: str | Path) -> Any:
    """Return what a YAML file holds.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    object
        Mappings, lists, text and numbers.

    Raises
    ------
    InputError
        If the file is missing, empty, or no YAML; gives a key twice; or has a value that YAML takes for something else
        than it looks like, such as `no`, `010`, `12:30` and dates. It names the line, and the key where there is one.
    """
    try:
        loader, root = _compose(path)
        _Check(path, loader).count(root, ())
        return loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        # Where what went wrong begins, such as a quotation without an end, comes first.
        marks = [mark for mark in (error.context_mark, error.problem_mark) if mark]
        what = " ".join(filter(None, (error.context, error.problem)))
        line, last = marks[0].line + 1, marks[-1].line + 1
        until = f" (up to line {last})" if last > line else ""
        raise InputError(f"{path}:{line}: not readable as YAML: {what}{until}") from None
    except RecursionError:
        raise InputError(f"{path}: not readable as YAML: its brackets are nested too deeply") from None


def locate(path: str | Path, key: Sequence[str | int]) -> str:
    """Return where a key of a YAML file stands.

    Parameters
    ----------
    path : str or Path
    key : sequence of str or int
        Names and, within lists, numbers from 0.

    Returns
    -------
    str
        As ``file:line: key``, or ``file:line`` for the whole file. If the key is missing, the line is that of the
        nearest key above.
    """
    *_, node = _way(path, key)
    return _place(path, node, key)


def written_at(path: str | Path, key: Sequence[str | int]) -> str:
    """Return how a number, or whatever else is no text, is written in a YAML file.

    Parameters
    ----------
    path : str or Path
    key : sequence of str or int
        As for `locate`.

    Returns
    -------
    str
        Empty if nothing is written there, or a list or a mapping.
    """
    *_, node = _way(path, key)
    return node.value if isinstance(node, yaml.ScalarNode) else ""


def _way(path: str | Path, key: Sequence[str | int]) -> Iterator[yaml.Node]:
    """Yield the file's root and the nodes on the way to a key, as far as they are there."""
    node = _compose(path)[1]
    yield node
    for part in key:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for name, value in node.value if name.value == str(part)), None)
        else:
            return
        if node is None:
            return
        yield node


def _compose(path: str | Path) -> tuple[_Loader, yaml.Node]:
    """Return the root of a file, and what constructs values from it."""
    try:
        content = Path(path).read_bytes()
        text = content.decode("utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: not readable as YAML: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: not readable as YAML: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: not readable as YAML: not UTF-8, as which it must be saved") from None
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"the character U+{error.character:04X} is not allowed; write it as an escape in double quotes"
        raise InputError(f"{path}:{line}: not readable as YAML: {what}") from None
    if root is None:
        raise InputError(f"{path}: is empty")
    return loader, root


def _place(path: str | Path, node: yaml.Node, key: Sequence[str | int]) -> str:
    return ": ".join(filter(None, (f"{path}:{node.start_mark.line + 1}", ".".join(map(str, key)))))


class _Check:
    """Refuses what a file does not say clearly.

    Attributes
    ----------
    path : str or Path
        The file, for messages.
    loader : _Loader
        Constructs the file's values.
    """

    def __init__(self, path: str | Path, loader: _Loader) -> None:
        self.path, self.loader = path, loader
        # By the node's id; None while what it holds is being counted.
        self._counts: dict[int, int | None] = {}

    def count(self, node: yaml.Node, key: Key) -> int:
        """Return how many values a node stands for, if all of them are clear."""
        if id(node) in self._counts:
            known = self._counts[id(node)]
            if known is None:
                raise self._refusal(node, key, "stands for itself (an alias within its own anchor)")
            return known
        self._counts[id(node)] = None
        if isinstance(node, yaml.ScalarNode):
            self._check_scalar(node, key)
        found = 1 + sum(self.count(child, (*key, part)) for part, child in self._children(node, key))
        if found > _MOST_VALUES:
            raise self._refusal(node, key, f"stands for more than {_MOST_VALUES:,} values, aliases unfolded")
        self._counts[id(node)] = found
        return found

    def _children(self, node: yaml.Node, key: Key) -> Iterator[tuple[str | int, yaml.Node]]:
        if isinstance(node, yaml.SequenceNode):
            yield from enumerate(node.value)
        elif isinstance(node, yaml.MappingNode):
            seen = set()
            for name, value in node.value:
                if not isinstance(name, yaml.ScalarNode):
                    raise self._refusal(name, key, "a key must be one word; quote a text that begins with { or [")
                # `<<` takes over what another mapping has.
                if not name.tag.endswith(":merge"):
                    self._check_scalar(name, (*key, name.value))
                constructed = name.value if name.tag.endswith(":merge") else self.loader.construct_object(name)
                if not isinstance(constructed, Hashable):
                    raise self._refusal(name, key, f"a key must be one word; {name.value[:40]!r} is tagged as more")
                if constructed in seen:
                    raise self._refusal(name, key, f"{name.value!r} is given twice")
                seen.add(constructed)
                yield name.value, value

    def _check_scalar(self, node: yaml.ScalarNode, key: Key) -> None:
        written, kind = node.value, node.tag.rpartition(":")[2]
        quoted = f'quote it if it is text, with its leading space if it has one: " {written[:40]}"'
        if kind in ("merge", "value"):
            raise self._refusal(node, key, f"{written} is a word of YAML's own; {quoted}")
        try:
            value = self.loader.construct_object(node)
        except yaml.MarkedYAMLError as error:
            raise self._refusal(node, key, str(error.problem)) from None
        # The library raises what it likes over a value that is not what its tag says.
        except (ValueError, LookupError, TypeError, AttributeError):
            value = None
        is_long = isinstance(value, int) and value.bit_length() > _MOST_BITS
        if is_long or (value is None and kind != "null"):
            what = {"timestamp": "date", "bool": "truth value"}.get(kind, "number that can be read")
            raise self._refusal(node, key, f"{written[:40] or 'nothing'} is no {what}; {quoted}")
        unclear = {
            "bool": written.lower() not in ("true", "false"),
            "int": _OTHER_BASE.fullmatch(written),
            "float": _OTHER_BASE.fullmatch(written),
            "timestamp": True,
        }
        if unclear.get(kind):
            what = "a date;" if kind == "timestamp" else f"{str(value).lower()}; write that if it is meant, or"
            raise self._refusal(node, key, f"YAML takes {written} for {what} {quoted}")

    def _refusal(self, node: yaml.Node, key: Key, message: str) -> InputError:
        return InputError(f"{_place(self.path, node, key)}: {message}")
