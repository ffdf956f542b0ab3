"""The graph of records: what a result was made from, up to the weights and the tasks."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sna.files import sha256
from sna.places import RESULTS
from sna.provenance.graph import JobGraph
from sna.provenance.record import Record, find_records, hash_beginning


@dataclass(frozen=True)
class Lineage(JobGraph):
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
        """Read the records of all studies, models and reviews.

        Parameters
        ----------
        results : str or Path
            The folder of all results.
        """
        records = find_records(results)
        return cls(records, {path: sha256(path) for path in records})

    def works(self) -> dict[str, Record]:
        """Return the records."""
        return self.records

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """Paths of the records that name a record as their parent, by its path, sorted."""
        children: dict[str, list[str]] = {path: [] for path in self.records}
        for path, record in sorted(self.records.items()):
            for parent in record.parents:
                children.setdefault(parent, []).append(path)
        return children

    def manifest(self, last: Record) -> str:
        """Write the SHA-256 of the records of all jobs that a job rests on, by path, as JSON.

        Parameters
        ----------
        last : Record
            The job's, which writes the manifest. By its rule stands the checksum of what is known of it before its
            work: its record does not yet exist.
        """
        known = {record: self.checksums[record] for record in self.ancestors(last.inputs)}
        return json.dumps(known | {last.rule: hash_beginning(last)}, indent=2, sort_keys=True)

    def parents(self, record: str) -> list[str]:
        """List the records that a job named as its parents when it ran, sorted.

        Parameters
        ----------
        record : str
            Path of the job's record.
        """
        return sorted(self.records[record].parents)


def seal(manifest: str) -> str:
    """Return the SHA-256 of a manifest, which is that of its file."""
    return hashlib.sha256(manifest.encode()).hexdigest()
