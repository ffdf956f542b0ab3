"""Where a figure or table comes from: the stages behind it, and their graph as the page draws it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sna.provenance.lineage import Lineage
from sna.provenance.record import Record

#: CSS pixels: a box, and the distance from one to the next across and down.
BOX = (142, 34)
_STEP = (160, 46)


@dataclass(frozen=True)
class Stage:
    """The jobs of one rule that some results rest on.

    Attributes
    ----------
    name : str
        The rule's.
    jobs : sequence of Record
        In the order of their records' paths.
    parents : sequence of str
        The stages whose outputs they read, sorted.
    sources : dict
        What they read that no job made: ``{"sha256": str, "size": int}`` by path.
    """

    name: str
    jobs: Sequence[Record]
    parents: Sequence[str]
    sources: Mapping[str, Mapping[str, Any]]

    @property
    def outputs(self) -> dict[str, Mapping[str, Any]]:
        """What they wrote, as in `sources`."""
        return {path: state for job in self.jobs for path, state in job.outputs.items()}

    @property
    def seconds(self) -> float:
        """How long they took, one after the other, from the start of the work to its end."""
        return sum(
            (datetime.fromisoformat(job.ended) - datetime.fromisoformat(job.started)).total_seconds()
            for job in self.jobs
        )

    @property
    def megabytes(self) -> float | None:
        """The most memory that one of them needed."""
        return max((job.cost["peak_memory_mb"] for job in self.jobs if job.cost), default=None)

    @property
    def params(self) -> str:
        """The parameters that all of them share, as JSON."""
        first, *others = (job.params for job in self.jobs)
        shared = {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
        return json.dumps(shared, ensure_ascii=False)


def gather_stages(lineage: Lineage, results: Iterable[str]) -> dict[str, Stage]:
    """Gather the stages that results rest on, from the first to the last; results without a record have none.

    Parameters
    ----------
    lineage : Lineage
    results : iterable of str
        Paths, as the records have them.
    """
    jobs: dict[str, dict[str, Record]] = {}
    for path in lineage.ancestors(results):
        record = lineage.records[path]
        jobs.setdefault(record.rule, {})[path] = record
    return {name: _stage(lineage, name, records) for name, records in jobs.items()}


def _stage(lineage: Lineage, name: str, records: Mapping[str, Record]) -> Stage:
    parents = {lineage.records[parent].rule for record in records.values() for parent in record.parents}
    sources = {source: record.inputs[source] for path, record in records.items() for source in lineage.sources(path)}
    jobs = [records[path] for path in sorted(records)]
    return Stage(name, jobs, sorted(parents - {name}), dict(sorted(sources.items())))


@dataclass(frozen=True)
class Node:
    """A stage in a drawing.

    Attributes
    ----------
    stage : str
    jobs : int
        How many of its jobs the result rests on.
    x, y : int
        The upper left corner of its box, in CSS pixels.
    """

    stage: str
    jobs: int
    x: int
    y: int


@dataclass(frozen=True)
class Graph:
    """A drawing of stages, from left to right.

    Attributes
    ----------
    nodes : sequence of Node
    edges : sequence of str
        SVG paths, from a parent's box to a child's.
    width, height : int
        CSS pixels.
    """

    nodes: Sequence[Node]
    edges: Sequence[str]
    width: int
    height: int


def draw_graph(stages: Mapping[str, Stage]) -> Graph:
    """Place each stage one step to the right of the last of its parents, and those of a column below one another.

    A line that goes round by another stage as well is not drawn.

    Parameters
    ----------
    stages : mapping
        From `gather_stages`.
    """
    taken: Counter[int] = Counter()
    nodes: dict[str, Node] = {}
    for name, stage in stages.items():
        column = _column(stages, name)
        nodes[name] = Node(name, len(stage.jobs), column * _STEP[0] + 1, taken[column] * _STEP[1] + 1)
        taken[column] += 1
    edges = [_edge(nodes[parent], nodes[name]) for name in stages for parent in _nearest_parents(stages, name)]
    width = max((node.x for node in nodes.values()), default=0) + BOX[0] + 1
    height = max((node.y for node in nodes.values()), default=0) + BOX[1] + 1
    return Graph(list(nodes.values()), edges, width, height)


def _column(stages: Mapping[str, Stage], name: str) -> int:
    return max((_column(stages, parent) + 1 for parent in stages[name].parents), default=0)


def _nearest_parents(stages: Mapping[str, Stage], name: str) -> list[str]:
    """Return the parents of a stage that are no ancestors of another parent."""
    parents = stages[name].parents
    further = {ancestor for parent in parents for ancestor in _ancestors(stages, parent)}
    return [parent for parent in parents if parent not in further]


def _ancestors(stages: Mapping[str, Stage], name: str) -> set[str]:
    parents = stages[name].parents
    return {*parents, *(ancestor for parent in parents for ancestor in _ancestors(stages, parent))}


def _edge(parent: Node, child: Node) -> str:
    """Return a curve that leaves the parent's box on its right and enters the child's on its left, both level."""
    start, end = (parent.x + BOX[0], parent.y + BOX[1] // 2), (child.x, child.y + BOX[1] // 2)
    bend = (_STEP[0] - BOX[0]) // 2 + 8
    return f"M{start[0]} {start[1]}C{start[0] + bend} {start[1]} {end[0] - bend} {end[1]} {end[0]} {end[1]}"


@dataclass(frozen=True)
class Trace:
    """Where a file comes from.

    Attributes
    ----------
    path, sha256 : str
        The file's.
    graph : Graph
        Of the stages behind it.
    """

    path: str
    sha256: str
    graph: Graph


def trace_files(lineage: Lineage, paths: Mapping[str, str | Path]) -> dict[str, Trace]:
    """Trace files back, by their names on the page; one without a record is left out."""
    traces = {}
    for name, path in ((name, str(path)) for name, path in paths.items()):
        if path in lineage.makers:
            made = lineage.records[lineage.makers[path]].outputs[path]
            traces[name] = Trace(path, made["sha256"], draw_graph(gather_stages(lineage, [path])))
    return traces


def find_stage(lineage: Lineage, folder: str | Path, evidence: str) -> str | None:
    """Return the stage that makes the evidence of a claim.

    Parameters
    ----------
    lineage : Lineage
    folder : str or Path
        The study's results.
    evidence : str
        A statistics file, or another file or folder of the study, without its ending.
    """
    for path, record in sorted(lineage.makers.items()):
        if Path(path).is_relative_to(folder):
            place = Path(path).relative_to(folder).with_suffix("")
            if place.as_posix() in {evidence, f"statistics/{evidence}"} or place.parts[0] == evidence:
                return lineage.records[record].rule
    return None
