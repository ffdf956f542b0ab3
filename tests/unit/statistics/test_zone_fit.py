import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED
from sna.statistics.zone_fit import explained_by_bend, measure_zone_fit

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
BOUNDARIES = (0.07, 0.10)


def tasks_of(x, improvement) -> pd.DataFrame:
    return pd.DataFrame({"baseline": 10 ** np.asarray(x, float), "improvement": np.asarray(improvement, float)})


def bent(rng: np.random.Generator, noise: float = 5.0, tasks: int = 12, at: float = 0.07) -> pd.DataFrame:
    """Make tasks that gain 50 % more for each tenfold lower baseline below a breakpoint, and the same above it."""
    x = np.log10(np.geomspace(0.005, 0.6, tasks)) + rng.uniform(-0.05, 0.05, tasks)
    return tasks_of(x, 5 + 50 * np.maximum(np.log10(at) - x, 0) + rng.normal(0, noise, tasks))


def test_a_planted_breakpoint_and_its_slopes_are_found():
    found = measure_zone_fit(bent(np.random.default_rng(1), noise=0.5), BOUNDARIES, SETTINGS)
    assert found.n == 12
    assert found.breakpoint.value == pytest.approx(0.07, rel=0.1)
    assert found.slope_below == pytest.approx(-50, abs=4)
    assert found.slope_above == pytest.approx(0, abs=4)
    assert found.improvement_at_breakpoint == pytest.approx(5, abs=3)
    assert found.r_squared > 0.99 > found.r_squared_line
    assert found.pvalue < 0.01
    assert found.contains == {"0.07": True, "0.1": False}
    assert not found.at_edge


@pytest.mark.parametrize("at", [0.04, 0.07, 0.1])
def test_the_interval_holds_a_planted_breakpoint_in_most_studies(at):
    rng = np.random.default_rng(2)
    found = [measure_zone_fit(bent(rng, at=at), [at], SETTINGS) for _ in range(50)]
    assert sum(fit.at_edge for fit in found) <= 2
    assert np.mean([fit.contains[f"{at:g}"] for fit in found if not fit.at_edge]) > 0.85


def test_a_straight_line_seldom_looks_bent():
    rng = np.random.default_rng(3)
    quick = SETTINGS.model_copy(update={"resamples": 99})
    pvalues = []
    for _ in range(200):
        x = rng.uniform(-2.3, -0.2, 12)
        pvalues.append(measure_zone_fit(tasks_of(x, 10 - 30 * x + rng.normal(0, 10, 12)), BOUNDARIES, quick).pvalue)
    assert np.sum(np.array(pvalues) < 0.05) <= stats.binom.ppf(0.999, 200, 0.05)
    assert np.mean(pvalues) == pytest.approx(0.5, abs=0.1)


def test_the_share_that_a_bend_explains_is_a_squared_partial_correlation():
    rng = np.random.default_rng(4)
    x, y = rng.random((2, 20))
    bend = np.maximum(x - 0.4, 0)
    rest = [values - np.polyval(np.polyfit(x, values, 1), x) for values in (y, bend)]
    assert explained_by_bend(x, y, np.array([0.4])) == pytest.approx(stats.pearsonr(*rest).statistic ** 2)


def test_many_samples_are_fitted_as_one_at_a_time():
    rng = np.random.default_rng(5)
    x, y = rng.random((2, 6, 10))
    candidates = np.array([0.3, 0.5])
    one_by_one = [explained_by_bend(*pair, candidates) for pair in zip(x, y, strict=True)]
    assert np.allclose(explained_by_bend(x, y, candidates), one_by_one)
    assert np.allclose(explained_by_bend(x[0], y, candidates)[2], explained_by_bend(x[0], y[2], candidates))


def test_a_bend_beyond_the_data_explains_nothing():
    shares = explained_by_bend(
        np.array([0.2, 0.4, 0.6, 0.8]), np.array([1.0, 3.0, 2.0, 5.0]), np.array([0.1, 0.5, 0.9])
    )
    assert list(shares > 0) == [False, True, False]


@pytest.mark.filterwarnings("error")
def test_a_breakpoint_at_the_edge_of_what_is_searched_is_none():
    x = np.linspace(-2, -0.5, 10)
    beyond = np.maximum(x - x[-2], 0)  # all tasks lie on a line, but for the last
    found = measure_zone_fit(tasks_of(x, 10 + 500 * beyond + 0.01 * (-1.0) ** np.arange(10)), BOUNDARIES, SETTINGS)
    assert found.at_edge
    assert (found.breakpoint, found.slope_below, found.r_squared) == (UNDEFINED, None, None)
    assert found.contains == {"0.07": None, "0.1": None}
    assert found.pvalue is not None
    assert found.r_squared_line is not None
    assert np.isnan(found.predict(np.array([0.1]))).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "tasks",
    [
        tasks_of(np.log10([0.1, 0.2, 0.3]), [3, 2, 1]),
        tasks_of(np.log10([0.1, 0.2] * 4), range(8)),
        tasks_of(np.linspace(-2, -0.5, 8), [4] * 8),
        tasks_of(np.linspace(-2, -0.5, 8), np.linspace(40, 10, 8)),
        tasks_of([-1], [4]),
    ],
    ids=["three tasks", "two baselines", "equal improvements", "no residuals", "one task"],
)
def test_what_cannot_be_fitted_is_none(tasks):
    found = measure_zone_fit(tasks, BOUNDARIES, SETTINGS)
    assert (found.breakpoint, found.slope_below, found.pvalue) == (UNDEFINED, None, None)
    assert found.contains == {"0.07": None, "0.1": None}


@pytest.mark.filterwarnings("error")
def test_six_tasks_are_fitted():
    found = measure_zone_fit(bent(np.random.default_rng(6), tasks=6), BOUNDARIES, SETTINGS)
    assert found.breakpoint.low <= found.breakpoint.value <= found.breakpoint.high
    assert 0 < found.pvalue <= 1


def test_the_prediction_meets_at_the_breakpoint_with_the_fitted_slopes():
    found = measure_zone_fit(bent(np.random.default_rng(7)), BOUNDARIES, SETTINGS)
    below, middle, above = found.predict(found.breakpoint.value * np.array([0.1, 1, 10]))
    assert middle == found.improvement_at_breakpoint
    assert middle - below == pytest.approx(found.slope_below)
    assert above - middle == pytest.approx(found.slope_above)
