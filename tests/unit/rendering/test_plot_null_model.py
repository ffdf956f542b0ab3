from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import experiments_of, made_up_prompts
from plot_null_model import draw, main

from sna.formats import words
from sna.inputs.config import Statistics
from sna.statistics.logits import at_best_configuration, average_prompts
from sna.statistics.null_model import measure_null_model
from sna.statistics.results import write_results
from sna.tables import LOGIT_GAINS, write_table

SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)


def found_in(prompts):
    """Return the prompts at their best configurations, and what is found of them."""
    chosen = at_best_configuration(experiments_of(prompts), prompts)
    return chosen, {model: measure_null_model(rows, SETTINGS) for model, rows in chosen.groupby("model")}


def lines(axes):
    return {line.get_gid(): line.get_xydata() for line in axes.lines if line.get_gid()}


@pytest.fixture(scope="module")
def study():
    chosen, statistics = found_in(made_up_prompts())
    return chosen, statistics["small"], draw(chosen, statistics, 0.9).axes


def test_every_task_is_a_named_point_at_its_baseline_and_logit_gain(study):
    chosen, _, (gains, *_) = study
    tasks, shown = average_prompts(chosen), lines(gains)
    assert len(tasks) == 12
    for row in tasks.itertuples():
        assert shown[row.task][0] == pytest.approx([row.baseline, row.logit_gain])
    assert {words(task) for task in tasks["task"]} <= {text.get_text() for text in gains.texts}


def test_the_shuffles_stand_beside_the_observed_and_the_constant_rho(study):
    _, found, (gains, shuffled, *_) = study
    assert lines(gains)["shift"][0][1] == found.shift
    shown = lines(shuffled)
    assert shown["observed"][0][0] == found.rho
    assert shown["constant"][0][0] == found.rho_constant_shift
    assert shown["interval"][:, 0].tolist() == [found.rho_shuffled.low, found.rho_shuffled.high]
    (bars,) = shuffled.patches
    assert bars.get_data().values.tolist() == found.histogram.counts


def test_every_prompt_is_drawn_in_the_marker_of_its_category(study):
    chosen, _, (_, _, scatter, _) = study
    for category, rows in chosen.groupby("category"):
        shown = lines(scatter)[f"prompts {category}"]
        assert sorted(shown[:, 1]) == sorted(rows["logit_gain"])
    assert "144 prompts" in scatter.get_title(loc="left")


def test_every_tasks_own_correlation_is_drawn_and_theirs_together_is_written(study):
    _, found, (*_, within) = study
    shown = lines(within)
    assert {task: shown[f"within {task}"][0][0] for task in found.per_prompt.by_task} == pytest.approx(
        found.per_prompt.by_task
    )
    r = found.per_prompt.within_tasks.r
    assert f"{abs(r):.3f}" in within.get_title(loc="left")


def test_axes_name_their_quantities_and_the_figure_its_intervals(study):
    _, _, axes = study
    assert all(panel.get_xlabel() and (panel.get_ylabel() or panel.get_yticklabels()) for panel in axes)
    assert [panel.get_xscale() for panel in axes] == ["log", "linear", "log", "linear"]
    assert "90 %" in axes[0].figure.get_supxlabel().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tasks", [1, 3])
def test_what_is_undefined_is_said_to_be_so(tasks):
    prompts = made_up_prompts(models=("large", "small"), tasks=tasks, prompts=3)
    gains, shuffled, scatter, within = draw(*found_in(prompts), 0.9).axes[4:]
    assert "Spearman's \N{GREEK SMALL LETTER RHO} is undefined" in gains.get_title(loc="left")
    assert "\N{GREEK SMALL LETTER RHO} is undefined" in [text.get_text() for text in shuffled.texts]
    assert not [gid for gid in lines(within) if gid.startswith("within")]
    assert lines(scatter)


@pytest.mark.filterwarnings("error")
def test_prompts_that_the_model_is_sure_of_are_in_view():
    prompts = made_up_prompts(tasks=4)
    prompts.loc[prompts["prompt"] == 0, ["baseline", "probability"]] = [0.0, 1.0]
    scatter = draw(*found_in(prompts), 0.9).axes[2]
    (low, high), shown = scatter.get_xlim(), np.concatenate(list(lines(scatter).values()))
    assert low < shown[:, 0].min()
    assert shown[:, 0].max() < high


def test_two_runs_write_the_same_bytes(tmp_path):
    prompts = made_up_prompts(tasks=4)
    chosen, results = found_in(prompts)
    write_table(chosen, LOGIT_GAINS, tmp_path / "logit_gains.parquet")
    write_results(results, tmp_path / "null_model.json")
    tables = SimpleNamespace(logit_gains=tmp_path / "logit_gains.parquet", null_model=tmp_path / "null_model.json")
    for name in ("one", "two"):
        output = SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv")
        main(tables, output, SimpleNamespace(confidence_level=0.9))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 48
