"""The graph of records: what a result was made from, up to the weights and the tasks."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sna.files import sha256
from sna.provenance.record import RESULTS, Record, find_makers, find_records


@dataclass(frozen=True)
class Lineage:
    """All records, and how they hang together.

    Attributes
    ----------
    records : dict of Record
        By path, relative to the folder where Snakemake runs.
    checksums : dict of str
        SHA-256 of the record files, by path.
    """

    records: dict[str, Record]
    checksums: dict[str, str]

    @classmethod
    def read(cls, results: str | Path = RESULTS) -> "Lineage":
        """Read the records of all studies, models and reviews."""
        records = find_records(results)
        return cls(records, {path: sha256(path) for path in records})

    @cached_property
    def makers(self) -> dict[str, str]:
        """Path of the record of the job that made a file, by the file's path; of a record, its own path."""
        return find_makers(self.records)

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """Paths of the records that name a record as their parent, by its path, sorted."""
        children: dict[str, list[str]] = {path: [] for path in self.records}
        for path, record in sorted(self.records.items()):
            for parent in record.parents:
                children.setdefault(parent, []).append(path)
        return children

    def sources(self, record: str) -> list[str]:
        """List the inputs of a job that no job made: tasks, claims, templates."""
        return [path for path in sorted(self.records[record].inputs) if path not in self.makers]

    def ancestors(self, results: Iterable[str]) -> list[str]:
        """List the records of all jobs that results rest on, their own jobs included.

        Parameters
        ----------
        results : iterable of str
            Paths of results; one that no record speaks of has no ancestors.

        Returns
        -------
        list of str
            Paths of records, each after its parents.
        """
        found: dict[str, None] = {}

        def add(record: str) -> None:
            if record in self.records and record not in found:
                for parent in sorted(self.records[record].parents):
                    add(parent)
                found[record] = None

        for result in results:
            if result in self.makers:
                add(self.makers[result])
        return list(found)
