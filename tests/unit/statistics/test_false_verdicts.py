"""How often do the rules of claims.yaml find what is not there? Whole studies whose truth is known are judged."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import CATEGORIES
from made_up_evidence import evidence
from scipy import stats

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics, Zones
from sna.statistics.estimate import Estimate
from sna.statistics.layers import measure_specialization
from sna.statistics.logits import logit_gain, shift
from sna.statistics.null_model import shuffle_gains
from sna.statistics.predictors import compare_predictors
from sna.statistics.saturation import correlate_tasks
from sna.statistics.zones import part_by_zone
from sna.verdicts.claims import judge, read_claims

CLAIMS = read_claims(Path(__file__).parents[3] / "report" / "claims.yaml")
SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7)
BASELINES = np.geomspace(0.02, 0.5, 12)  # 5 of them lie in zone 1
TASKS, CATEGORY = list(CATEGORIES), np.array(list(CATEGORIES.values()))
STUDIES = 200
PLANTED = 20


def tasks_of(gains: np.ndarray) -> pd.DataFrame:
    """Give the tasks of 12 ascending baselines their improvements in percent."""
    return pd.DataFrame({"task": TASKS, "category": CATEGORY, "baseline": BASELINES, "improvement": gains})


def saturation(gains: np.ndarray) -> dict:
    return {"saturation": correlate_tasks(tasks_of(gains), SETTINGS)}


def zone1_mean(gains: np.ndarray) -> dict:
    best = {task: Estimate(gain, gain, gain) for task, gain in zip(TASKS, gains, strict=True)}
    zones = part_by_zone(tasks_of(gains), best, ZONES, SETTINGS)
    return {"zones/zones": zones}


def predictors(gains: np.ndarray) -> dict:
    return {"predictors": compare_predictors(tasks_of(gains), SETTINGS)}


def specialization(profiles: np.ndarray) -> dict:
    return {"layers/specialization": measure_specialization(profiles, CATEGORY, SETTINGS)}


def unrelated(rng: np.random.Generator) -> np.ndarray:
    """Draw improvements that have nothing to do with baseline or category."""
    return rng.permutation(rng.lognormal(3, 1, 12))


def nothing(rng: np.random.Generator) -> np.ndarray:
    """Draw improvements around 0."""
    return rng.normal(0, 40, 12)


def same_layers(rng: np.random.Generator) -> np.ndarray:
    """Draw profiles over layers that all tasks share but for noise."""
    return np.sin(np.arange(8)) + rng.normal(0, 0.5, (12, 8))


def falling(rng: np.random.Generator) -> np.ndarray:
    """Draw improvements that fall with the baseline."""
    return 3 / BASELINES**0.7 * rng.lognormal(0, 0.3, 12)


def as_in_the_paper(rng: np.random.Generator) -> np.ndarray:
    """Draw improvements around the paper's mean of zone 1."""
    return rng.normal(27.85, 10, 12)


def own_layers(rng: np.random.Generator) -> np.ndarray:
    """Draw profiles over layers that the tasks of a category share."""
    layers = {category: rng.normal(0, 1, 8) for category in np.unique(CATEGORY)}
    return np.array([layers[category] for category in CATEGORY]) + rng.normal(0, 0.5, (12, 8))


CASES = {
    "saturation": (saturation, unrelated, falling),
    "zone1-mean": (zone1_mean, nothing, as_in_the_paper),
    "baseline-beats-task-type": (predictors, unrelated, falling),
    "specialization": (specialization, same_layers, own_layers),
}


def count_reproduced(name: str, studies: int, seed: int, planted: bool) -> int:
    measure, null, effect = CASES[name]
    rng = np.random.default_rng(seed)
    made = [measure((effect if planted else null)(rng)) for _ in range(studies)]
    return sum(judge(name, CLAIMS[name], evidence(changes)).verdict == "reproduced" for changes in made)


@pytest.mark.parametrize("name", CASES)
def test_a_study_without_the_effect_seldom_reproduces_the_claim(name):
    assert count_reproduced(name, STUDIES, seed=11, planted=False) <= stats.binom.ppf(0.999, STUDIES, 0.05)


@pytest.mark.parametrize("name", CASES)
def test_a_study_with_the_effect_mostly_reproduces_the_claim(name):
    assert count_reproduced(name, PLANTED, seed=12, planted=True) >= 0.7 * PLANTED


def test_where_the_percent_scale_alone_makes_the_saturation_the_verdict_says_so():
    rng = np.random.default_rng(13)
    told = 0
    for _ in range(PLANTED):
        moved = shift(BASELINES, rng.normal(0.5, 0.02, 12))
        tasks = tasks_of(improvement(moved, BASELINES)).assign(logit_gain=logit_gain(moved, BASELINES))
        found = shuffle_gains(tasks, SETTINGS)
        known = saturation(tasks["improvement"]) | {f"null_model/{key}": value for key, value in vars(found).items()}
        verdict = judge("saturation", CLAIMS["saturation"], evidence(known))
        assert verdict.verdict == "reproduced"
        told += "No more than the null model" in verdict.reason
    assert told >= 0.7 * PLANTED
