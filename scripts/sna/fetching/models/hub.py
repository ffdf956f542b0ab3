"""Models on the Hugging Face hub, at one commit."""

from pathlib import Path

from sna.fetching.hub import Repository
from sna.fetching.model_files import SMALL_FILES, weight_files
from sna.fetching.models.checkpoint import Checkpoint, check_small_files
from sna.inputs.origins import HubModel


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

    Returns
    -------
    Checkpoint

    Raises
    ------
    InputError
        If the hub cannot be reached, has no such repository or commit, or sent a file that is cut short or changed; or
        if the repository has no safetensors, or wants to run code of its own.
    """
    repository = Repository("model", model.repository, model.revision, key, endpoint)
    names = repository.list_files()
    small = [name for name in SMALL_FILES if name in names]
    repository.download(small, folder)
    # Before the weights, which may be large.
    check_small_files(folder, names, f"{key}.repository")
    weights = weight_files(folder, names, f"{key}.repository")
    repository.download(weights, folder)
    repository.verify(small + weights, folder)
    return Checkpoint(folder, small + weights, f"{key}.repository")
