"""How much do tasks improve on fresh prompts, in each of the paper's zones of baseline probability?"""

from collections.abc import Mapping

import numpy as np
from scipy import stats

from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import estimate, mean_estimate
from sna.statistics.fresh import FreshTask, FreshZone
from sna.statistics.fresh_prompts import TaskPrompts, improvement_of_means
from sna.statistics.zones import ZONES, BestOfZone


def measure_fresh_zones(
    tasks: Mapping[str, TaskPrompts], measured: Mapping[str, FreshTask], zones: Zones, settings: Statistics
) -> dict[str, FreshZone]:
    """Measure the tasks of each of the three zones.

    Parameters
    ----------
    tasks : mapping of str to TaskPrompts
        Those that the model knows, by name.
    measured : mapping of str to FreshTask
        What is known of each.
    zones : Zones
        The improvement that counts as negligible.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    dict of str to FreshZone
        By the zones' numbers.
    """
    members = {zone: {name: task for name, task in tasks.items() if measured[name].zone == zone} for zone in ZONES}
    return {
        str(zone): _measure_zone(own, {name: measured[name] for name in own}, zones.negligible, settings)
        for zone, own in members.items()
    }


def _measure_zone(
    tasks: Mapping[str, TaskPrompts], measured: Mapping[str, FreshTask], negligible: float, settings: Statistics
) -> FreshZone:
    percent = {name: task.improvement for name, task in measured.items()}
    values = np.array([figure.value for figure in percent.values()])
    return FreshZone(
        n=len(tasks),
        tasks=list(tasks),
        mean=mean_estimate(values, settings),
        random=mean_estimate([task.random.improvement.value for task in measured.values()], settings),
        difference=mean_estimate([task.random.difference.value for task in measured.values()], settings),
        best=_find_best(tasks, values, settings),
        above_negligible=sum(figure.low is not None and figure.low > negligible for figure in percent.values()),
        maybe_above_negligible=sum(figure.high is None or figure.high > negligible for figure in percent.values()),
        needed=count_needed(values, settings),
    )


def _find_best(tasks: Mapping[str, TaskPrompts], values: np.ndarray, settings: Statistics) -> BestOfZone | None:
    """Find the zone's largest improvement.

    It was picked from all of the zone's, so its interval holds at a level at which all of theirs would [1]_.

    References
    ----------
    .. [1] O. J. Dunn, Multiple Comparisons among Means, Journal of the American Statistical Association 56 (1961),
       52-64.
    """
    if not tasks:
        return None
    best = list(tasks.values())[int(values.argmax())]
    level = 1 - (1 - settings.confidence_level) / len(tasks)
    corrected = settings.model_copy(update={"confidence_level": level})
    found = estimate((best.probability, best.baseline), improvement_of_means, corrected)
    return BestOfZone(**vars(found), task=best.name)


def count_needed(values: np.ndarray, settings: Statistics) -> int | None:
    """Count how many values would do for a t interval whose half-width is a third of their mean.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Their mean and spread are taken as those of all.
    settings : Statistics
        The confidence level.

    Returns
    -------
    int or None
        None where values have no spread or no mean.
    """
    if values.size < 2 or not np.ptp(values) or not values.mean():
        return None
    spread = values.std(ddof=1) / (abs(values.mean()) / 3)
    quantile = (1 + settings.confidence_level) / 2
    needed = max(2, int(np.ceil((stats.norm.ppf(quantile) * spread) ** 2)))
    while stats.t.ppf(quantile, needed - 1) * spread > np.sqrt(needed):
        needed += 1
    return needed
