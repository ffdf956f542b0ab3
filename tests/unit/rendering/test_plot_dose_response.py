from itertools import pairwise
from types import SimpleNamespace

import pandas as pd
import pytest
from made_up import experiments_of, made_up_prompts
from plot_dose_response import draw, main, readable_ticks

from sna.experiments.summary import summarize_tasks
from sna.tables import EXPERIMENTS, write_table

GRID = {"neurons": (5, 50, 500), "multipliers": (1.5, 2.0, 3.0, 5.0)}


def lines(axes):
    return {line.get_gid(): line for line in axes.lines if (line.get_gid() or "").endswith("neurons")}


@pytest.fixture(scope="module")
def experiments():
    return experiments_of(made_up_prompts(**GRID))


@pytest.fixture(scope="module")
def figure(experiments):
    return draw(experiments)


def test_each_task_has_a_panel_with_a_line_for_each_neuron_count(figure):
    assert len(figure.axes) == 12
    for axes in figure.axes:
        assert list(lines(axes)) == ["5 neurons", "50 neurons", "500 neurons"]


def test_a_line_starts_at_no_change_and_follows_the_best_layer(experiments, figure):
    best = summarize_tasks(experiments, "best").set_index("task").loc["addition"]
    chosen = (experiments["layer"] == best["best_layer"]) & (experiments["neurons"] == 50)
    rows = experiments[chosen & (experiments["task"] == "addition")]
    line = lines(figure.axes[0])["50 neurons"].get_xydata()
    assert line[0].tolist() == [1, 0]
    assert line[1:] == pytest.approx(rows[["multiplier", "improvement"]].to_numpy())


def test_the_circle_is_at_the_best_configuration(experiments, figure):
    best = summarize_tasks(experiments, "best")
    for axes in figure.axes:
        circle = next(line for line in axes.lines if line.get_gid() == "best")
        task = axes.get_title(loc="left").strip().partition(",")[0].replace(" ", "_")
        row = best[best["task"] == task].iloc[0]
        assert circle.get_xydata()[0] == pytest.approx([row["best_multiplier"], row["best_improvement"]])


def test_every_line_is_labelled_with_its_neuron_count_and_no_label_covers_another(figure):
    figure.draw_without_rendering()
    for axes in figure.axes:
        labels = [text for text in axes.texts if text.get_gid() == "count"]
        assert sorted(int(label.get_text()) for label in labels) == [5, 50, 500]
        heights = sorted(axes.transData.transform(label.get_position())[1] for label in labels)
        assert all(above - below > 6.9 for below, above in pairwise(heights))


def test_axes_name_their_quantity_and_unit(figure):
    assert figure.axes[0].get_ylabel() == "Improvement (%)"
    assert figure.axes[-1].get_xlabel() == "Multiplier (log scale)"


def test_crowded_multipliers_are_not_all_labelled():
    assert readable_ticks([1.0, 1.1, 1.25, 1.5, 2, 2.5, 3, 4, 5]) == [1.0, 1.25, 2, 2.5, 4, 5]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("multipliers", [(1.5, 3.0), (0.5, 2.0), (1.0,), (1.0, 2.0)])
def test_any_multipliers_are_drawn(multipliers):
    draw(experiments_of(made_up_prompts(tasks=3, multipliers=multipliers)))


def test_a_study_in_which_nothing_improves_is_drawn():
    prompts = made_up_prompts(tasks=3)
    prompts["probability"] = prompts["baseline"] * 0.8
    figure = draw(experiments_of(prompts))
    assert all(axes.get_ylim()[0] < -20 < 0 < axes.get_ylim()[1] for axes in figure.axes)


def test_two_runs_write_the_same_bytes(tmp_path):
    write_table(experiments_of(made_up_prompts(tasks=3)), EXPERIMENTS, tmp_path / "experiments.parquet")
    tables = SimpleNamespace(experiments=tmp_path / "experiments.parquet")
    for name in ("one", "two"):
        main(tables, SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv"), None)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 12
