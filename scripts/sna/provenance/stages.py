"""The stages behind a result, from the records of their jobs."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sna.provenance.code import by_module, module_file
from sna.provenance.lineage import Lineage
from sna.provenance.record import Record


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
        What they read that no job made: ``{"sha256": str, "size": int}`` by path; size in bytes.
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
        """How long they took, one after the other."""
        return sum(job.seconds for job in self.jobs)

    @property
    def megabytes(self) -> float:
        """The most memory that one of them needed."""
        return max(job.cost["peak_memory_mb"] for job in self.jobs)

    @property
    def params(self) -> str:
        """The parameters that all of them share, as JSON."""
        first, *others = (job.params for job in self.jobs)
        shared = {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
        return json.dumps(shared, ensure_ascii=False)

    @property
    def code(self) -> dict[str, list[str]]:
        """The names of the definitions that they ran, by file."""
        modules = by_module(self.jobs[0].code)
        return {module_file(Path(), f"{module}.").as_posix(): list(names) for module, names in modules.items()}


@dataclass(frozen=True)
class Device:
    """A kind of device on which jobs ran models. Float32 results of two kinds differ more than those of one.

    Attributes
    ----------
    kind : str
        Such as ``cpu``; with the precision of its float32 products where that is not the highest.
    names : sequence of str
        Its processors or GPUs, with what is known of their software, sorted.
    jobs : dict of int
        How many jobs it ran, by stage.
    """

    kind: str
    names: Sequence[str]
    jobs: Mapping[str, int]


def gather_devices(jobs: Iterable[Record]) -> list[Device]:
    """Sort the jobs that ran a model by the kinds of device that they used; there should be one."""
    kinds: dict[str, list[Record]] = {}
    for job in jobs:
        if job.device:
            precision = "" if job.device["matmul"] == "highest" else f", float32 products: {job.device['matmul']}"
            kinds.setdefault(job.device["kind"] + precision, []).append(job)
    return [
        Device(kind, sorted({_name_device(job.device or {}) for job in ran}), Counter(job.rule for job in ran))
        for kind, ran in sorted(kinds.items())
    ]


def _name_device(device: Mapping[str, str | None]) -> str:
    software = {"instructions": "", "driver": "driver ", "cuda": "CUDA "}
    known = [f"{word}{device[key]}" for key, word in software.items() if device.get(key)]
    return ", ".join([str(device["name"]), *known])


def gather_stages(lineage: Lineage, results: Iterable[str]) -> dict[str, Stage]:
    """Gather the stages that results rest on, from the first to the last; results without a record have none.

    Parameters
    ----------
    lineage : Lineage
        All records.
    results : iterable of str
        Paths, as the records have them.

    Returns
    -------
    dict of Stage
        By rule.
    """
    stages = lineage.by_stage(lineage.ancestors(results))
    return {name: _gather_stage(lineage, name, sorted(records)) for name, records in stages.items()}


def _gather_stage(lineage: Lineage, name: str, records: Sequence[str]) -> Stage:
    known = [parent for record in records for parent in lineage.parents(record) if parent in lineage.records]
    sources = {
        source: lineage.records[record].inputs[source] for record in records for source in lineage.sources(record)
    }
    parents = sorted(lineage.by_stage(known).keys() - {name})
    return Stage(name, [lineage.records[record] for record in records], parents, dict(sorted(sources.items())))


def find_stage(lineage: Lineage, folder: str | Path, evidence: str) -> str | None:
    """Return the stage that makes the evidence of a claim; None if there is no such evidence.

    Parameters
    ----------
    lineage : Lineage
        All records.
    folder : str or Path
        The study's results.
    evidence : str
        A statistics file, or another file or folder of the study, without its ending.
    """
    made = {
        Path(path).relative_to(folder).with_suffix(""): lineage.records[record].rule
        for path, record in sorted(lineage.makers.items())
        if Path(path).is_relative_to(folder)
    }
    for place in (Path("statistics", evidence), Path(evidence)):
        if place in made:
            return made[place]
    return next((rule for place, rule in made.items() if place.parts[0] == evidence), None)
