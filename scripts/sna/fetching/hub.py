"""Files of a Hugging Face hub repository, at one commit: from the hub, or from its cache on this machine."""

from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import httpx
from huggingface_hub import HfApi, RepoFile, constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    XetDownloadError,
)
from huggingface_hub.utils.sha import git_hash

from sna.errors import InputError
from sna.files import sha256, writing

# In bytes; the hub has larger files, and all weights, in LFS, which names them by SHA-256.
_LARGEST_IN_GIT = 2**25


@dataclass(frozen=True)
class Repository:
    """One commit of a repository.

    Whatever the hub's client raises becomes an `InputError` that says which key to look at, and what to do.

    Attributes
    ----------
    kind : {"model", "dataset"}
        What the hub keeps it as.
    name : str
        As owner/name.
    revision : str
        The commit.
    key : str
        The config file and the section that names the repository, for messages.
    endpoint : str or None
        The hub's address; by default that of the environment variable HF_ENDPOINT, or else the public hub.
    """

    kind: Literal["model", "dataset"]
    name: str
    revision: str
    key: str
    endpoint: str | None = None

    @cached_property
    def _api(self) -> HfApi:
        return HfApi(endpoint=self.endpoint)

    @property
    def _commit(self) -> dict[str, Any]:
        return {"repo_id": self.name, "repo_type": self.kind, "revision": self.revision}

    @cached_property
    def _sizes(self) -> dict[str, int]:
        with self._explained():
            entries = self._api.list_repo_tree(**self._commit, recursive=True)
            return {entry.path: entry.size for entry in entries if isinstance(entry, RepoFile)}

    def list_files(self) -> set[str]:
        """Return the paths of all files.

        Returns
        -------
        set of str

        Raises
        ------
        InputError
            If the hub cannot be reached, or has no such repository or commit.
        """
        return set(self._sizes)

    def download(self, names: Collection[str], folder: Path) -> None:
        """Download files, which must be there, into a folder.

        Parameters
        ----------
        names : collection of str
            Their paths in the repository.
        folder : Path

        Raises
        ------
        InputError
            If the hub cannot be reached, or sends a file that is cut short; or the disk is full.
        """
        with self._explained(), writing(folder, sum(self._sizes[name] for name in names)):
            self._api.snapshot_download(**self._commit, local_dir=folder, allow_patterns=list(names))

    def verify(self, names: Collection[str], folder: Path) -> None:
        """Compare downloaded files with the hub's checksums of the commit.

        Parameters
        ----------
        names : collection of str
            Their paths in the repository.
        folder : Path
            Holds them.

        Raises
        ------
        InputError
            If a file is not there, or is not what the hub lists.
        """
        with self._explained():
            found = self._api.verify_repo_checksums(**self._commit, local_dir=folder)
        # The hub has files that were not asked for, and those count as missing.
        missing = sorted(set(found.missing_paths) & set(names))
        if missing:
            raise InputError(f"{self.key}.repository: {missing[0]} was not downloaded; run again")
        for mismatch in found.mismatches:
            raise InputError(
                f"{self.key}.repository: {mismatch['path']} is not what the hub lists: its {mismatch['algorithm']} is"
                f" {mismatch['actual']}, not {mismatch['expected']}; clear the hub's cache and run again"
            )

    @contextmanager
    def _explained(self) -> Generator[None]:
        hub = self._api.endpoint
        try:
            yield
        except GatedRepoError:
            raise InputError(
                f"{self.key}.repository: {self.name} is gated; accept its terms on {hub} and set HF_TOKEN"
            ) from None
        except RepositoryNotFoundError:
            raise InputError(
                f"{self.key}.repository: {hub} has no {self.kind} {self.name}; check the name, or set HF_TOKEN if it"
                " is private"
            ) from None
        except RevisionNotFoundError:
            page = f"{hub}/{'datasets/' if self.kind == 'dataset' else ''}{self.name}/commits/main"
            raise InputError(
                f"{self.key}.revision: {self.name} has no commit {self.revision}; its commits are listed at {page}"
            ) from None
        except HfHubHTTPError as error:
            status = error.response.status_code
            remedy = "set HF_TOKEN to a token that may read it" if status in (401, 403) else "try again later"
            raise InputError(
                f"{self.key}.repository: {hub} answered with HTTP status {status} to {self.name}; {remedy}"
            ) from None
        except (httpx.RequestError, XetDownloadError, OSError) as error:
            raise InputError(
                f"{self.key}.repository: {self.name} cannot be downloaded from {hub}: {type(error).__name__}: {error}\n"
                "Check the network and run again; without a network, download the repository elsewhere and use"
                " source: path with what it holds"
            ) from None
        # What the client raises over an answer of another form.
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise InputError(
                f"{self.key}.repository: {hub} did not answer as a hub does ({error}); check the name and HF_ENDPOINT"
            ) from None


class CachedRepository(Repository):
    """One commit of a repository as the hub's cache has it, where `hf download` or another library left it."""

    @cached_property
    def _snapshot(self) -> Path:
        with self._explained():
            try:
                return Path(self._api.snapshot_download(**self._commit, local_files_only=True))
            except LocalEntryNotFoundError:
                raise InputError(
                    f"{self.key}.repository: HF_HUB_OFFLINE is set, so nothing can be downloaded, and the hub's cache,"
                    f" {constants.HF_HUB_CACHE}, lacks this commit; unset it, or use source: path"
                ) from None

    def list_files(self) -> set[str]:
        """Return the paths of the files that the cache has.

        Returns
        -------
        set of str

        Raises
        ------
        InputError
            If it has none of this commit.
        """
        files = (path for path in self._snapshot.rglob("*") if path.is_file())
        return {path.relative_to(self._snapshot).as_posix() for path in files}

    def download(self, names: Collection[str], folder: Path) -> None:
        """Link files of the cache into a folder.

        Parameters
        ----------
        names : collection of str
            Their paths in the repository.
        folder : Path
        """
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to((self._snapshot / name).resolve())

    def verify(self, names: Collection[str], folder: Path) -> None:
        """Compare files with the hub's checksums, which are what the cache calls them.

        Parameters
        ----------
        names : collection of str
            Their paths in the repository.
        folder : Path
            Holds links to them.

        Raises
        ------
        InputError
            If a file is not what the hub listed.
        """
        for name in names:
            kept = (folder / name).resolve()
            if kept.name not in (sha256(kept), _git_sha1(kept)):
                raise InputError(
                    f"{self.key}.repository: {name} in the hub's cache is not what the hub listed; delete {kept} and"
                    " download it again"
                )


def open_repository(
    kind: Literal["model", "dataset"], name: str, revision: str, key: str, endpoint: str | None = None
) -> Repository:
    """Return a commit of a repository: the hub's, or where HF_HUB_OFFLINE is set the cache's.

    Parameters
    ----------
    kind, name, revision, key, endpoint
        As `Repository` has them.

    Returns
    -------
    Repository
    """
    source = CachedRepository if constants.HF_HUB_OFFLINE else Repository
    return source(kind, name, revision, key, endpoint)


def _git_sha1(path: Path) -> str:
    """Return what git calls a file; nothing for one that the hub keeps elsewhere."""
    return "" if path.stat().st_size > _LARGEST_IN_GIT else git_hash(path.read_bytes())
