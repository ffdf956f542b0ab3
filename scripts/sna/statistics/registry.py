"""All statistics by name, for those that read every one of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sna.statistics.alternatives import Alternatives
from sna.statistics.choices import Choices
from sna.statistics.fresh import Fresh
from sna.statistics.golden_zone import GoldenZones
from sna.statistics.held_out import HeldOut
from sna.statistics.interference import Interference
from sna.statistics.layers import Layers
from sna.statistics.models import ModelBesideOthers
from sna.statistics.null_model import NullModel
from sna.statistics.predictors import Predictors
from sna.statistics.results import read_results
from sna.statistics.reviews import Reviews
from sna.statistics.saturation import Saturation
from sna.statistics.success import Success
from sna.statistics.together import Together
from sna.statistics.transition import Transition
from sna.statistics.tuning import Tuning
from sna.statistics.zone_fit import ZoneFit
from sna.statistics.zones import ZonesResult

#: What each statistic returns of one model, by the name of its file.
RESULTS: dict[str, type] = {
    "saturation": Saturation,
    "held_out": HeldOut,
    "zones": ZonesResult,
    "null_model": NullModel,
    "zone_fit": ZoneFit,
    "predictors": Predictors,
    "layers": Layers,
    "success": Success,
    "golden_zone": GoldenZones,
    "fresh": Fresh,
    "transition": Transition,
    "reviews": Reviews,
    "interference": Interference,
    "choices": Choices,
    "models": ModelBesideOthers,
    "together": Together,
    "alternatives": Alternatives,
    "tuning": Tuning,
}


def read_statistics(paths: Iterable[str | Path]) -> dict[str, dict[str, Any]]:
    """Read several statistics' results, by name and model.

    Parameters
    ----------
    paths : iterable of path
        Files of `sna.statistics.results.write_results`, each named after a statistic of `RESULTS`.

    Returns
    -------
    dict of str to dict of str to dataclass
        In the order of `paths`: each statistic's results by model.

    Raises
    ------
    InputError
        As `sna.statistics.results.read_results` does.
    """
    return {path.stem: read_results(path, RESULTS[path.stem]) for path in map(Path, paths)}
