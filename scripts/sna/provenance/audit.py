"""The verdict on a chain of jobs."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from sna.files import sha256
from sna.provenance.check import MARKS, OK, Finding, Job, check_job
from sna.provenance.graph import JobGraph
from sna.provenance.lineage import Lineage


@dataclass(frozen=True)
class Audit(JobGraph):
    """Jobs, and what is wrong with each.

    Attributes
    ----------
    jobs : dict of Job
        By the path of the record.
    findings : dict of list of Finding
        By the path of the record.
    lineage : Lineage
        All records.
    """

    jobs: dict[str, Job]
    findings: dict[str, list[Finding]]
    lineage: Lineage

    @classmethod
    def of(cls, jobs: Iterable[Job], lineage: Lineage, hash_file: Callable[[str], str] = sha256) -> "Audit":
        """Check jobs; each file is hashed once."""
        by_record = {job.record: job for job in jobs}
        hashed: dict[str, str] = {}

        def hash_once(path: str) -> str:
            if path not in hashed:
                hashed[path] = hash_file(path)
            return hashed[path]

        return cls(by_record, {path: check_job(job, lineage, hash_once) for path, job in by_record.items()}, lineage)

    @property
    def ok(self) -> bool:
        """Whether there was something to audit and nothing was found."""
        return bool(self.jobs) and not any(self.findings.values())

    def works(self) -> dict[str, Job]:
        """Return the jobs."""
        return self.jobs

    @cached_property
    def well(self) -> set[str]:
        """Records of the jobs with which nothing is wrong, nor with any that they rest on."""
        known: dict[str, bool] = {}

        def is_well(record: str) -> bool:
            if record not in known:
                known[record] = not self.findings[record] and all(map(is_well, self.parents(record)))
            return known[record]

        return set(filter(is_well, self.jobs))

    @property
    def roots(self) -> list[str]:
        """Records of the jobs whose results no other of the jobs reads."""
        read = {parent for record in self.jobs for parent in self.parents(record)}
        return [record for record in self.jobs if record not in read]

    def mark(self, record: str, path: str | None = None) -> str:
        """Return the gravest mark of a job, or of a file of its, or `OK`."""
        found = {finding.mark for finding in self.findings[record] if path in (None, finding.path)}
        return min(found, key=MARKS.index, default=OK)

    def as_data(self) -> dict[str, Any]:
        """Return all jobs with their marks, files and findings, as JSON can hold them."""
        return {
            "ok": self.ok,
            "jobs": [
                {
                    "record": record,
                    "rule": job.rule,
                    "wildcards": job.wildcards,
                    "mark": self.mark(record),
                    "outputs": {path: self.mark(record, path) for path in job.outputs},
                    "sources": {path: self.mark(record, path) for path in self.sources(record)},
                    "parents": self.parents(record),
                    "findings": [asdict(finding) for finding in self.findings[record]],
                }
                for record, job in self.jobs.items()
            ],
        }
