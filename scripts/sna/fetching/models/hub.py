"""Models on the Hugging Face hub, at one commit."""

import re
from pathlib import Path

import yaml

from sna.errors import InputError
from sna.fetching.hub import open_repository
from sna.fetching.model_files import SMALL_FILES, weight_files
from sna.fetching.models.checkpoint import Checkpoint, check_small_files
from sna.inputs.origins import HubModel

#: The model card, whose beginning says under which licence a repository's files are.
CARD = "README.md"


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
        if the repository has no safetensors, wants to run code of its own, or names another licence.
    """
    repository = open_repository("model", model.repository, model.revision, key, endpoint)
    names = repository.list_files()
    small = [name for name in SMALL_FILES if name in names]
    card = [CARD] if CARD in names else []
    repository.download(small + card, folder)
    # Before the weights, which may be large.
    check_small_files(folder, names, f"{key}.repository")
    if card:
        check_license(folder / CARD, model.license, key)
        (folder / CARD).unlink()
    weights = weight_files(folder, names, f"{key}.repository")
    repository.download(weights, folder)
    repository.verify(small + weights, folder)
    return Checkpoint(folder, small + weights, f"{key}.repository")


def check_license(card: Path, given: str, key: str) -> None:
    """Refuse a licence that is not the one that a model card names.

    Parameters
    ----------
    card : Path
        It may begin with YAML between two lines of three dashes.
    given : str
        The licence that the configuration has. It may say more than the hub's short name, such as where its terms are.
    key : str
        The config file and the model's section, for the message.

    Raises
    ------
    InputError
        With what the card says. A card that names no licence, or `other` without a name, says nothing.
    """
    head = re.match(r"---\n(.*?)\n---", card.read_text(encoding="utf-8", errors="replace"), re.DOTALL)
    try:
        said = yaml.safe_load(head[1]) if head else None
    except yaml.YAMLError:
        said = None
    if not isinstance(said, dict):
        return
    named = said.get("license_name") if said.get("license") == "other" else said.get("license")
    if isinstance(named, str) and _letters(named) not in _letters(given):
        raise InputError(f"{key}.license: {given} given; the repository's {CARD} says {named}")


def _letters(text: str) -> str:
    """Return a text's letters and digits alone: the hub writes apache-2.0 and llama3.2."""
    return re.sub(r"[^a-z0-9]", "", text.lower())
