from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawn import headings
from made_up import CATEGORIES, experiments_of, made_up_prompts
from made_up_fresh import made_up_fresh
from matplotlib.colors import to_hex
from plot_fresh import draw, main, tabulate

from sna.experiments.summary import summarize_tasks
from sna.figures.style import COLOURS
from sna.formats import words
from sna.inputs.config import Statistics, Zones
from sna.statistics.fresh_model import measure_fresh
from sna.statistics.results import by_model, write_results
from sna.tables import EXPERIMENTS, write_table

SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7.0)
GAINS = {name: 0.4 if rank % 2 else 0.0 for rank, name in enumerate(CATEGORIES)}


def study_of(models=("small",), tasks=12, **fresh):
    made = made_up_fresh(models=models, tasks=tasks, prompts=48, gain=GAINS, noise=0.1, **fresh)
    results = {
        model: measure_fresh(*rows, vocabulary=50_000, zones=ZONES, settings=SETTINGS)
        for model, *rows in by_model(made.prompts, made.gains, made.prose)
    }
    return results, experiments_of(made_up_prompts(models=models, tasks=tasks))


@pytest.fixture(scope="module")
def study():
    results, experiments = study_of(draws={"random": 240, "matched": 60})
    return results["small"], experiments, draw(results, experiments, 0.9)


def lines(axes, gid):
    return [line for line in axes.lines if line.get_gid() == gid]


def bars(axes, gid):
    [found] = [collection for collection in axes.collections if collection.get_gid() == gid]
    return found.get_segments()


@pytest.mark.parametrize(("panel", "name"), [(0, "logit_gain"), (1, "improvement")])
def test_every_task_shows_its_gain_filled_if_it_holds_and_hollow_if_not(study, panel, name):
    found, _, figure = study
    assert {task.holds for task in found.by_task.values()} == {True, False}
    for task, measured in found.by_task.items():
        [line] = lines(figure.axes[panel], f"{name} {task}")
        assert line.get_ydata()[0] == pytest.approx(getattr(measured, name).value)
        colour = COLOURS[measured.category].lower()
        assert to_hex(line.get_markerfacecolor()) == (colour if measured.holds else "#ffffff")
        assert colour in (to_hex(line.get_markerfacecolor()), to_hex(line.get_markeredgecolor()))


@pytest.mark.parametrize("kind", ["random", "matched"])
def test_beside_each_gain_stands_the_interval_of_the_controls(study, kind):
    found, _, figure = study
    ordered = sorted(found.by_task.values(), key=lambda task: task.baseline.value)
    segments = bars(figure.axes[0], f"{kind} draws")
    for place, (task, segment) in enumerate(zip(ordered, segments, strict=True)):
        expected = getattr(task, kind).logit_gain
        assert segment[:, 1].tolist() == [expected.low, expected.high]
        assert np.abs(segment[:, 0] - place).max() < 0.5


def test_the_improvement_stands_beside_that_on_the_prompts_that_chose(study):
    found, experiments, figure = study
    best = summarize_tasks(experiments, "best").set_index("task")["best_improvement"]
    ordered = sorted(found.by_task, key=lambda name: found.by_task[name].baseline.value)
    dashes = [segment[0, 1] for segment in bars(figure.axes[1], "in sample")]
    assert dashes == pytest.approx([best[name] for name in ordered])


def test_tasks_stand_by_their_fresh_baseline(study):
    found, _, figure = study
    ordered = sorted(found.by_task, key=lambda name: found.by_task[name].baseline.value)
    shown = [label.get_text().split(" (")[0] for label in figure.axes[1].get_xticklabels()]
    assert shown == [words(name) for name in ordered]


def test_axes_name_unit_and_interval(study):
    _, _, figure = study
    assert "(nats)" in figure.axes[0].get_ylabel()
    assert "(%)" in figure.axes[1].get_ylabel()
    assert "90\N{NO-BREAK SPACE}% intervals" in figure.get_supxlabel()


def test_each_model_has_its_panels_with_what_was_found():
    results, experiments = study_of(models=("large", "small"), tasks=3, draws={"random": 60})
    panels = draw(results, experiments, 0.9).axes[::2]
    assert headings(panels) == ["large", "small"]
    for axes, found in zip(panels, results.values(), strict=True):
        assert f"holds on {found.holding} of 3 tasks" in axes.get_title(loc="left")


@pytest.mark.filterwarnings("error")
def test_a_single_task_without_matched_controls_is_drawn():
    results, experiments = study_of(tasks=1, draws={"random": 2})
    [key] = draw(results, experiments, 0.9).legends
    assert "random neurons" in [text.get_text() for text in key.get_texts()]
    assert "random ones of like activation" not in [text.get_text() for text in key.get_texts()]


def test_two_runs_write_the_same_bytes(tmp_path):
    results, experiments = study_of(tasks=3, draws={"random": 8})
    write_results(results, tmp_path / "fresh.json")
    write_table(experiments, EXPERIMENTS, tmp_path / "experiments.parquet")
    read = SimpleNamespace(fresh=tmp_path / "fresh.json", experiments=tmp_path / "experiments.parquet")
    params = SimpleNamespace(confidence_level=0.9)
    for name in ("one", "two"):
        main(read, SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv"), params)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    written, drawn = pd.read_csv(tmp_path / "one.csv"), tabulate(results, experiments)
    assert written["improvement"].to_list() == pytest.approx(drawn["improvement"].to_list())
    assert written["task"].to_list() == drawn["task"].to_list()
