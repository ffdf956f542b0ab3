"""Models on the Hugging Face hub, at one commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from huggingface_hub import HfApi, RepoFile
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    XetDownloadError,
)

from sna.config import HubModel
from sna.errors import InputError
from sna.sources.checkpoint import SMALL_FILES, Checkpoint, check_config, weight_files


def download(model: HubModel, folder: Path, key: str, endpoint: str | None = None) -> Checkpoint:
    """Download the files that a model needs, and verify each against the hub's checksums of that commit.

    Parameters
    ----------
    model : HubModel
        Repository and commit.
    folder : Path
        An empty folder, which receives the files.
    key : str
        The config file and the model's section, for messages.
    endpoint : str, optional
        The hub's address; by default that of the environment variable HF_ENDPOINT, or else the public hub.

    Raises
    ------
    InputError
        If the hub cannot be reached, has no such repository or commit, or sent a file that is cut short or changed; or
        if the repository has no safetensors, or wants to run code of its own.
    """
    api = HfApi(endpoint=endpoint)
    repository = f"{key}.repository"
    with _explained(model, key, api.endpoint):
        names = {
            entry.path
            for entry in api.list_repo_tree(model.repository, revision=model.revision)
            if isinstance(entry, RepoFile)
        }
        small = [name for name in SMALL_FILES if name in names]
        _fetch(api, model, folder, small)
        # Before the weights, which may be large.
        check_config(folder, names, repository)
        weights = weight_files(folder, names, repository)
        _fetch(api, model, folder, weights)
        _verify(api, model, folder, small + weights, repository)
    return Checkpoint(folder, small + weights, repository)


def _fetch(api: HfApi, model: HubModel, folder: Path, names: list[str]) -> None:
    api.snapshot_download(model.repository, revision=model.revision, local_dir=folder, allow_patterns=names)


def _verify(api: HfApi, model: HubModel, folder: Path, names: list[str], key: str) -> None:
    found = api.verify_repo_checksums(model.repository, revision=model.revision, local_dir=folder)
    # The hub has files that were not asked for, and those count as missing.
    missing = sorted(set(found.missing_paths) & set(names))
    if missing:
        raise InputError(f"{key}: {missing[0]} was not downloaded; run again")
    for mismatch in found.mismatches:
        raise InputError(
            f"{key}: {mismatch['path']} is not what the hub lists: its {mismatch['algorithm']} is"
            f" {mismatch['actual']}, not {mismatch['expected']}; clear the hub's cache and run again"
        )


@contextmanager
def _explained(model: HubModel, key: str, endpoint: str) -> Iterator[None]:
    """Turn whatever the hub's client raises into an InputError that says which key to look at, and what to do."""
    try:
        yield
    except GatedRepoError:
        raise InputError(
            f"{key}.repository: {model.repository} is gated; accept its terms on {endpoint} and set HF_TOKEN"
        ) from None
    except RepositoryNotFoundError:
        raise InputError(
            f"{key}.repository: {endpoint} has no {model.repository}; check the name, or set HF_TOKEN if it is private"
        ) from None
    except RevisionNotFoundError:
        raise InputError(
            f"{key}.revision: {model.repository} has no commit {model.revision}; its commits are listed at"
            f" {endpoint}/{model.repository}/commits/main"
        ) from None
    except HfHubHTTPError as error:
        status = error.response.status_code
        raise InputError(f"{key}.repository: {endpoint} answered with HTTP status {status}; try again later") from None
    except OfflineModeIsEnabled:
        raise InputError(
            f"{key}.repository: HF_HUB_OFFLINE is set, so nothing can be downloaded; unset it, or use source: path"
        ) from None
    except (httpx.RequestError, XetDownloadError, OSError) as error:
        raise InputError(
            f"{key}.repository: {model.repository} cannot be downloaded from {endpoint}:"
            f" {type(error).__name__}: {error}\nCheck the network and run again; without a network, download the"
            " repository elsewhere and use source: path with its folder"
        ) from None
    except ValueError as error:
        raise InputError(
            f"{key}.repository: {endpoint} did not answer as a hub does ({error}); check the name and HF_ENDPOINT"
        ) from None
