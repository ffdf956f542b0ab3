"""Made-up evidence on fresh prompts: most of what the paper says is so there too."""

from sna.statistics.configuration import Configuration
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.fresh import (
    Against,
    Answers,
    Fresh,
    FreshConfident,
    FreshLayers,
    FreshSaturation,
    FreshTask,
    FreshZone,
    ProseEffect,
)
from sna.statistics.predictors import Fit, Predictors
from sna.statistics.zones import BestOfZone

KINDS = ("arithmetic", "logic", "semantics", "coding")
TASKS = [f"task {number}" for number in range(12)]
CONFIGURATION = Configuration(layer=5, neurons=50, multiplier=2.0)

_FIT = Fit(r_squared=0.5, adjusted_r_squared=0.4, predicted_r_squared=0.3, pvalue=0.01)
PREDICTORS = Predictors(
    n=12,
    baseline=_FIT,
    category=_FIT,
    difference=Estimate(0.3, 0.1, 0.5),
    by_chance=Estimate(0.0, -0.3, 0.3),
    pvalue=0.02,
)


def against(difference: tuple[float, float, float] = (0.3, 0.2, 0.4), share_beaten: float = 0.98) -> Against:
    """Return how selected neurons do against controls of one kind."""
    return Against(
        draws=200,
        logit_gain=Estimate(0.0, -0.1, 0.1),
        improvement=Estimate(0.5, -5, 6),
        difference=Estimate(*difference),
        share_beaten=share_beaten,
        pvalue=0.01,
        pvalue_corrected=0.02,
    )


def fresh_task(*, holds: bool = True, difference: tuple[float, float, float] = (0.3, 0.2, 0.4)) -> FreshTask:
    """Return a task on its fresh prompts."""
    return FreshTask(
        category="logic",
        n=240,
        zone=1,
        baseline=Estimate(0.05, 0.04, 0.06),
        guess=0.01,
        above_guess=Estimate(1.5, 1.2, 1.8),
        known=True,
        configuration=CONFIGURATION,
        improvement=Estimate(25, 15, 35),
        median_ratio=1.2,
        share_improved=Estimate(0.7, 0.6, 0.8),
        logit_gain=Estimate(0.3, 0.2, 0.4),
        random=against(difference),
        matched=against(),
        direction=against(),
        other=against(),
        answers=Answers(200, 40, Estimate(0.1, 0.05, 0.15), Estimate(0.02, 0.0, 0.05), 0.01, 0.03),
        prose=ProseEffect(20.0, 21.0, 0.02),
        prose_random=ProseEffect(20.0, 20.5, 0.01),
        holds=holds,
    )


def fresh_zone(
    n: int = 4,
    mean: tuple[float, float, float] = (25, 15, 35),
    difference: tuple[float, float, float] = (0.2, 0.1, 0.3),
    best: tuple[float, float, float] = (60, 45, 80),
    above: tuple[int, int] = (0, 0),
) -> FreshZone:
    """Return a zone of `n` tasks; of `above` some improve by more than is negligible for certain, and some may."""
    if not n:
        return FreshZone(0, [], UNDEFINED, UNDEFINED, UNDEFINED, None, 0, 0, None)
    random = Estimate(2, -1, 5)
    return FreshZone(
        n, TASKS[:n], Estimate(*mean), random, Estimate(*difference), BestOfZone(*best, TASKS[0]), *above, needed=9
    )


def gains_at(own: tuple[float, float, float] = (0.3, 0.2, 0.4), others: float = 0.1) -> dict[str, dict[str, Estimate]]:
    """Return the logit gains of each category at the best layers of all."""
    return {
        kind: {other: Estimate(*own) if other == kind else Estimate(others, 0.0, 0.2) for other in KINDS}
        for kind in KINDS
    }


FRESH = Fresh(
    n=12,
    known=10,
    holding=8,
    draws=200,
    prompts_per_draw=12,
    correction="Benjamini-Hochberg",
    by_task=dict.fromkeys(TASKS, fresh_task()),
    saturation=FreshSaturation(
        n=12,
        rho=Estimate(-0.7, -0.9, -0.2),
        pvalue=0.01,
        rho_shuffled=Estimate(-0.2, -0.6, 0.3),
        pvalue_shuffled=0.02,
        rho_random=Estimate(-0.1, -0.5, 0.3),
        beyond_random=Estimate(-0.6, -0.9, -0.1),
        logit=Estimate(-0.5, -0.8, -0.1),
    ),
    zones={"1": fresh_zone(), "2": fresh_zone(0), "3": fresh_zone(mean=(2, -3, 6))},
    layers=FreshLayers(
        specialization=Estimate(0.2, 0.1, 0.3),
        by_category=gains_at(),
        layers=dict(zip(KINDS, (8, 10, 21, 22), strict=True)),
    ),
    answers=Answers(1500, 900, Estimate(0.6, 0.55, 0.65), Estimate(0.05, 0.03, 0.07), 0.02, 0.04),
    net_put_right=Estimate(0.3, 0.2, 0.4),
    confident=FreshConfident(0.5, 300, 2500, Estimate(0.5, -2, 3), Estimate(0.3, 0.2, 0.4)),
    predictors=PREDICTORS,
    predictors_logit=PREDICTORS,
)
