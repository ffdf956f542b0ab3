"""How jobs hang together: which made what another read. The same for jobs that are planned and jobs that ran."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Protocol


class Work(Protocol):
    """What a graph knows of a job: its rule, and the paths that it reads and writes."""

    @property
    def rule(self) -> str: ...

    @property
    def inputs(self) -> Collection[str]: ...

    @property
    def outputs(self) -> Collection[str]: ...


class JobGraph(ABC):
    """Jobs by the paths of their records, and how they hang together."""

    @abstractmethod
    def works(self) -> Mapping[str, Work]:
        """Return the jobs, by the paths of their records."""

    @cached_property
    def makers(self) -> dict[str, str]:
        """Path of the record of the job that makes a file, by the file's path; of a record, its own path."""
        return find_makers(self.works())

    def parents(self, record: str) -> list[str]:
        """List the records of the jobs that make a job's inputs.

        Parameters
        ----------
        record : str
            Path of the job's record.
        """
        makers = [self.makers[path] for path in self.works()[record].inputs if path in self.makers]
        return list(dict.fromkeys(makers))

    def sources(self, record: str) -> list[str]:
        """List the inputs of a job that no job makes, sorted: tasks, claims, templates.

        Parameters
        ----------
        record : str
            Path of the job's record.
        """
        return sorted(path for path in self.works()[record].inputs if path not in self.makers)

    def ancestors(self, results: Iterable[str]) -> list[str]:
        """List the records of all jobs that results rest on, their own jobs included.

        Parameters
        ----------
        results : iterable of str
            Paths of results; one that no job makes has no ancestors.

        Returns
        -------
        list of str
            Paths of records, each after its parents.
        """
        found: dict[str, None] = {}

        def add(record: str) -> None:
            if record in self.works() and record not in found:
                for parent in self.parents(record):
                    add(parent)
                found[record] = None

        for result in results:
            if result in self.makers:
                add(self.makers[result])
        return list(found)

    def by_stage(self, records: Iterable[str]) -> dict[str, list[str]]:
        """Sort jobs into the stages that they belong to.

        Parameters
        ----------
        records : iterable of str
            Paths of the jobs' records.

        Returns
        -------
        dict of list of str
            Paths of records by rule, both in the order in which they are first met.
        """
        stages: dict[str, list[str]] = {}
        for record in records:
            stages.setdefault(self.works()[record].rule, []).append(record)
        return stages


def find_makers(works: Mapping[str, Work]) -> dict[str, str]:
    """Return the path of the record that speaks of a file's making, by the file's path; a record speaks of itself.

    Parameters
    ----------
    works : mapping
        Jobs, by the paths of their records.
    """
    made = {output: record for record, work in works.items() for output in work.outputs}
    return made | {record: record for record in works}
