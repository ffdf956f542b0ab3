"""Which reviews a study uses: known by their origin, whatever the configuration calls them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

_SST2 = "SST-2"
#: Where the hub has SST-2, and what the names of its files begin with there.
_REPOSITORIES = {"stanfordnlp/sst2": "", "nyu-mll/glue": "sst2/"}
#: How many negative and positive sentences GLUE's files of SST-2 hold: train.tsv and dev.tsv.
_COUNTS = ({"negative": 29780, "positive": 37569}, {"negative": 428, "positive": 444})


@dataclass(frozen=True)
class Identity:
    """What reviews are.

    Attributes
    ----------
    title : str
        Their name for readers.
    is_sst2 : bool
        Whether they are sentences of SST-2, with its labels.
    """

    title: str
    is_sst2: bool


def identify(origin: Mapping[str, Any]) -> Identity:
    """Say what reviews are.

    A file that somebody has is SST-2's if it holds as many sentences of each label as one of GLUE's two [1]_.

    Parameters
    ----------
    origin : mapping
        What `sna.fetching.reviews.fetch` wrote of them.

    Returns
    -------
    Identity

    References
    ----------
    .. [1] A. Wang et al., GLUE: A Multi-Task Benchmark and Analysis Platform for Natural Language Understanding, ICLR
       2019.
    """
    place = _place(origin)
    is_sst2 = _is_on_hub(origin) if origin["source"] == "hub" else origin["labels"] in _COUNTS
    return Identity(f"{_SST2} ({place})" if is_sst2 else place, is_sst2)


def _is_on_hub(origin: Mapping[str, Any]) -> bool:
    folder = _REPOSITORIES.get(origin["repository"].lower())
    return folder is not None and origin["file"].startswith(folder)


def _place(origin: Mapping[str, Any]) -> str:
    match origin["source"]:
        case "package":
            return f"{PurePath(origin['file']).name} of {origin['package']} {origin['version']}"
        case "hub":
            return f"{origin['file']} of {origin['repository']}"
        case _:
            return PurePath(origin["path"]).name
