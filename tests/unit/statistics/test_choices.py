import numpy as np
import pandas as pd
import pytest
from made_up import made_up_prompts
from made_up_fresh import made_up_fresh

from sna.experiments.sweep import read_sweep
from sna.inputs.config import Statistics
from sna.statistics.choices import Start, is_significant, summarize_choices
from sna.statistics.specifications import AS_HERE, OTHERWISE, specify_fresh, specify_sweep

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
PAPER = {"rho": -0.762, "zone1_mean": 27.85}
BOUNDARY = 0.07


def measured(prompts: pd.DataFrame, **made):
    sweep, fresh = read_sweep(prompts), made_up_fresh(prompts=24, draws={"random": 1}, **made)
    both = [specify_sweep(sweep, "best", BOUNDARY), specify_fresh(fresh.prompts, fresh.gains, BOUNDARY)]
    return pd.concat(both), summarize_choices(pd.concat(both), sweep, PAPER, SETTINGS)


@pytest.fixture(scope="module")
def study():
    return measured(made_up_prompts(layers=8, multipliers=(1.5, 2.0, 3.0, 5.0), noise=0.3), other_start=-2.5)


def test_a_curve_spans_the_specifications_of_its_part(study):
    specifications, found = study
    for curve, part, name in (
        (found.rho, "sweep", "rho"),
        (found.zone1_mean, "sweep", "zone1_mean"),
        (found.fresh_rho, "fresh", "rho"),
        (found.fresh_zone1_mean, "fresh", "zone1_mean"),
    ):
        rows = specifications[specifications["measured"] == part]
        assert curve.n == len(rows)
        assert (curve.low, curve.high) == (rows[name].min(), rows[name].max())
        assert curve.median == pytest.approx(rows[name].median())
        assert curve.as_ours == rows.loc[rows["ours"], name].item()
        assert curve.share_negative + curve.share_positive <= 1
        assert curve.share_significant <= max(curve.share_negative, curve.share_positive)
        assert curve.share_below_paper == pytest.approx((rows[name] < PAPER[name]).mean())


def test_significant_is_what_has_the_papers_sign_and_a_small_p_value():
    rows = pd.DataFrame(
        {
            "rho": [-0.7, -0.7, 0.7, np.nan],
            "rho_pvalue": [0.01, 0.2, 0.01, np.nan],
            "zone1_mean": [20.0, 20, -20, np.nan],
            "zone1_pvalue": [0.01, 0.2, 0.01, np.nan],
        }
    )
    for name, paper in PAPER.items():
        assert is_significant(rows, name, paper, SETTINGS).tolist() == [True, False, False, False]


def test_the_grid_names_rho_by_its_largest_multiplier_and_for_a_few_layers(study):
    specifications, found = study
    assert list(found.grid) == [
        "multipliers up to 1.5",
        "multipliers up to 2",
        "multipliers up to 3",
        "all multipliers",
        "6 layers at random",
    ]
    assert found.grid["all multipliers"] == found.rho.as_ours
    rows = specifications.query(
        "configuration == 'best' and ratio == 'ratio of means' and layers == 'all' and counts == 'all' "
        "and prompts == 'all' and multipliers == 'up to 2'"
    )
    assert found.grid["multipliers up to 2"] == rows["rho"].item()
    assert -1 <= found.grid["6 layers at random"] <= 1


def test_where_layers_make_no_difference_a_few_give_the_same_rho():
    _, found = measured(made_up_prompts(layers=8, specialized=False, noise=0.001))
    assert found.grid["6 layers at random"] == pytest.approx(found.rho.as_ours, abs=0.05)


def test_the_same_seed_gives_the_same_draws():
    sweep = read_sweep(made_up_prompts(layers=8, noise=0.3))
    specifications = specify_sweep(sweep, "best", BOUNDARY)
    once, again = (summarize_choices(specifications, sweep, PAPER, SETTINGS) for _ in range(2))
    assert once == again
    assert once.fresh_rho.n == 0, "nothing was measured on fresh prompts"


def test_how_texts_begin_is_said_with_all_else_as_the_study_chooses(study):
    specifications, found = study
    assert list(found.starts) == [AS_HERE, OTHERWISE]
    here, other = found.starts.values()
    assert (here.rho, here.zone1_mean) == (found.fresh_rho.as_ours, found.fresh_zone1_mean.as_ours)
    row = specifications.query("start == @OTHERWISE and ratio == 'ratio of means' and prompts == 'all'").iloc[0]
    assert (other.rho, other.zone1_tasks, other.zone1_mean) == (row["rho"], row["zone1_tasks"], row["zone1_mean"])
    assert other.zone1_tasks > here.zone1_tasks


@pytest.mark.filterwarnings("error")
def test_a_study_of_three_tasks_has_no_correlation_but_a_mean():
    _, found = measured(made_up_prompts(tasks=3), tasks=3)
    assert (found.rho.n, found.rho.as_ours, found.rho.low, found.rho.paper) == (0, None, None, -0.762)
    assert found.grid["all multipliers"] is None
    assert "6 layers at random" not in found.grid, "of three layers"
    assert found.starts == {AS_HERE: Start(None, found.starts[AS_HERE].zone1_tasks, found.fresh_zone1_mean.as_ours)}
