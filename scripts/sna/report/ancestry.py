"""Where a figure or table comes from, as the page draws it: the graph of the stages behind it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sna.provenance.lineage import Lineage
from sna.provenance.stages import Stage, gather_stages

#: CSS pixels: a box, and the distance from one to the next across and down.
BOX = (142, 34)
_STEP = (160, 46)


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
