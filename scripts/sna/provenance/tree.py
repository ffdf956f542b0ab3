"""An audit as a tree for people: what each result rests on, up to the weights, the tasks and the configuration."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from sna.errors import InputError
from sna.provenance.audit import Audit
from sna.provenance.check import CONFIG, MARKS, OF_THE_PARAMETERS, OK, Finding
from sna.provenance.code import count_modules, hash_code

_MARK_WIDTH = max(map(len, MARKS)) + 2


@dataclass
class _Node:
    """A line of the tree with its mark, what explains the mark, and what is below it."""

    text: str
    findings: list[Finding] = field(default_factory=list)
    children: list["_Node"] = field(default_factory=list)
    explained: bool = True

    def lines(self, first: str = "", rest: str = "") -> Iterator[str]:
        mark = min((finding.mark for finding in self.findings), key=MARKS.index, default=OK)
        yield f"{mark:{_MARK_WIDTH}}{first}{self.text}"
        if self.explained:
            yield from (f"{'':{_MARK_WIDTH}}{rest}! {finding.path} {finding.text}" for finding in self.findings)
        for child in self.children[:-1]:
            yield from child.lines(f"{rest}├─ ", f"{rest}│  ")
        for child in self.children[-1:]:
            yield from child.lines(f"{rest}└─ ", f"{rest}   ")


def draw_tree(audit: Audit) -> str:
    """Draw the jobs of an audit, each with its mark before it, above what it rests on.

    A job is drawn in full where it is first met. Of jobs of one stage that are well, with all that they rest on, the
    first stands for the others.
    """
    drawn: set[str] = set()
    return "\n".join(line for root in audit.roots for line in _job(audit, root, drawn).lines())


def _job(audit: Audit, record: str, drawn: set[str]) -> _Node:
    job, sources = audit.jobs[record], audit.sources(record)
    text = f"{_several(job.outputs)}  ({job.rule})"
    found = [it for it in audit.findings[record] if it.mark not in OF_THE_PARAMETERS and it.path not in sources]
    if record in drawn:
        return _Node(f"{text}, as above", found, explained=False)
    drawn.add(record)
    node = _Node(text, found)
    node.children += [_recipe(audit, record), *_origin(audit, record)]
    for rule, parents in audit.by_stage(audit.parents(record)).items():
        node.children += _jobs(audit, rule, parents, drawn)
    node.children += _sources(audit, record)
    return node


def _jobs(audit: Audit, rule: str, records: list[str], drawn: set[str]) -> Iterator[_Node]:
    """Give the jobs of one stage: of those that are well all the way up, only the first in full."""
    well = [record for record in records if record in audit.well]
    shown = [record for record in records if record not in well[1:]]
    yield from (_job(audit, record, drawn) for record in shown)
    if well[1:]:
        yield _Node(f"{len(well) - 1} more like it  ({rule})")


def _recipe(audit: Audit, record: str) -> _Node:
    """Give what a job runs: code, environment and configuration."""
    job, code = audit.jobs[record], audit.jobs[record].script
    # What cannot be read has a finding of its own.
    with suppress(InputError, OSError):
        reached = hash_code(job.root / job.script)
        code += f": {_count(len(reached), 'definition')} in {_count(count_modules(reached), 'module')}"
    config = f"{CONFIG} ({', '.join(job.params)})" if job.params else ""
    found = [finding for finding in audit.findings[record] if finding.mark in OF_THE_PARAMETERS]
    return _Node(", ".join(filter(None, (code, job.environment, config))), found)


def _origin(audit: Audit, record: str) -> Iterator[_Node]:
    """Give where fetched weights or data came from."""
    known = audit.lineage.records.get(record)
    if known and known.origin:
        named = ("package", "version", "repository", "revision", "path", "file", "base")
        parts = known.origin.get("parts")
        for place in parts if isinstance(parts, list) else [known.origin]:
            # A record that was edited may hold anything there.
            if isinstance(place, dict):
                where = " ".join(str(place[key]) for key in named if key in place)
                yield _Node(f"{known.origin.get('source')}: {where}")


def _sources(audit: Audit, record: str) -> Iterator[_Node]:
    """Give the files that no job made: those of a folder that are well in one line."""
    found: dict[str, list[Finding]] = {path: [] for path in audit.sources(record)}
    for finding in audit.findings[record]:
        if finding.path in found:
            found[finding.path].append(finding)
    for folder, paths in groupby(found, key=lambda path: Path(path).parent):
        damaged, well = [], []
        for path in paths:
            (damaged if found[path] else well).append(path)
        yield from (_Node(path, found[path]) for path in damaged)
        if well:
            yield _Node(well[0] if len(well) == 1 else f"{folder.as_posix()}/: {len(well)} files")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _several(paths: Iterable[str]) -> str:
    first, *others = paths
    return f"{first} and {len(others)} more" if others else first
