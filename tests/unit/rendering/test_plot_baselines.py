from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from made_up import CATEGORIES
from plot_baselines import FEWEST_TASKS, count_zones, draw, main, tabulate, what_is_missing

from sna.formats import words
from sna.tables import BASELINE, FRESH_BASELINE, write_table

BOUNDARIES = (0.07, 0.10)
#: By model: each task's mean, around which its prompts lie.
MEANS = {
    "small": {"addition": 0.01, "antonyms": 0.08, "rhymes": 0.5},
    "large": {"addition": 0.02, "antonyms": 0.03, "rhymes": 0.04},
}
STARTS = {"small": "", "large": "<bos>"}
#: The fresh prompts lie so much higher.
HIGHER = 0.065
SPREAD = (0.3, 1.0, 1.7)


def study_of(models=("small", "large"), spread=SPREAD):
    """Return the evaluation and the fresh prompts of models."""
    rows = [
        (model, task, CATEGORIES[task], prompt, "first", STARTS[model], "Say", " it", mean * spread[prompt])
        for model in models
        for (task, mean), prompt in product(MEANS[model].items(), range(len(spread)))
    ]
    prompts = pd.DataFrame(rows, columns=list(BASELINE.columns))
    return prompts, prompts[list(FRESH_BASELINE.columns)].assign(probability=prompts["probability"] + HIGHER)


def drawn(**study):
    return draw(*study_of(**study), BOUNDARIES)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_a_task_is_in_the_zone_of_its_mean_and_its_prompts_in_their_own():
    tasks = tabulate(*study_of(), BOUNDARIES).set_index(["model", "task"])
    assert list(tasks.index.get_level_values("model").unique()) == ["small", "large"]
    antonyms = tasks.loc["small", "antonyms"]
    assert antonyms["baseline"] == pytest.approx(0.08)
    assert antonyms["zone"] == 2
    assert antonyms[["zone1", "zone2", "zone3"]].tolist() == [1, 1, 1]
    assert antonyms["fresh_baseline"] == pytest.approx(0.08 + HIGHER)
    assert antonyms["fresh_zone"] == 3
    assert antonyms[["fresh_zone1", "fresh_zone2", "fresh_zone3"]].tolist() == [0, 1, 2]


def test_each_model_has_a_panel_with_a_row_of_dots_and_two_means_a_task():
    prompts, _ = study_of()
    figure = drawn()
    assert len(figure.axes) == 2
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == [words(task) for task in MEANS["small"]]
    titles = "small", "large (texts begin with <bos>)"
    for axes, title, (model, means) in zip(figure.axes, titles, MEANS.items(), strict=True):
        assert axes.get_title(loc="left") == title
        lines = {line.get_gid(): line for line in axes.lines}
        assert axes.get_xscale() == "log"
        for row, (task, mean) in enumerate(means.items()):
            own = prompts.loc[(prompts["model"] == model) & (prompts["task"] == task), "probability"]
            assert lines[f"{task} prompts"].get_xdata() == pytest.approx(own)
            assert lines[task].get_xydata()[0] == pytest.approx([mean, row])
            assert lines[f"{task} fresh"].get_xydata()[0] == pytest.approx([mean + HIGHER, row])


def test_a_panel_counts_tasks_and_prompts_by_zone_and_says_which_zones_have_too_few():
    tasks = tabulate(*study_of(), BOUNDARIES)
    small, large = (tasks[tasks["model"] == model] for model in ("small", "large"))
    assert count_zones(small) == {
        "tasks": [1, 1, 1],
        "tasks by fresh prompts": [0, 1, 2],
        "evaluation prompts": [4, 1, 4],
        "fresh prompts": [1, 3, 5],
    }
    assert what_is_missing(small) == "1 task in zone 1 and 1 task in zone 3: too few for a zone mean (3 needed)."
    assert what_is_missing(large) == "0 tasks in zone 3: too few for a zone mean (3 needed)."
    enough = pd.concat([large, large.assign(zone=3)])
    assert what_is_missing(enough) == "Tasks enough for a mean of zone 1 and of zone 3 (3 needed)."
    for axes, of_model in zip(drawn().axes, (small, large), strict=True):
        shown = texts(axes)
        assert what_is_missing(of_model) in shown
        for name, numbers in count_zones(of_model).items():
            start = shown.index(name) + 1
            assert shown[start : start + 3] == [str(number) for number in numbers]


def test_tasks_are_too_few_where_the_claims_say_so():
    claims = yaml.safe_load((Path(__file__).parents[3] / "report" / "claims.yaml").read_text(encoding="utf-8"))
    for claim, zone in (("zone1-mean", 1), ("zone3", 3)):
        assert f'zones.zones["{zone}"].n >= {FEWEST_TASKS}' in str(claims[claim]["measured"]["requires"])


def test_prompts_far_below_stand_on_the_edge_that_the_axis_names():
    figure = drawn(spread=(1e-9, 1.0, 2.0))
    axes = figure.axes[0]
    [dots] = [line for line in axes.lines if line.get_gid() == "addition prompts"]
    assert min(dots.get_xdata()) == axes.get_xlim()[0] > 1e-5
    assert "left edge" in figure.get_supxlabel()
    assert "left edge" not in drawn().get_supxlabel()


def test_two_runs_write_the_same_bytes(tmp_path):
    prompts, fresh = study_of()
    tables = SimpleNamespace(baseline=[], fresh_baseline=[])
    for model in MEANS:
        for name, rows, table in (("baseline", prompts, BASELINE), ("fresh_baseline", fresh, FRESH_BASELINE)):
            getattr(tables, name).append(tmp_path / name / f"{model}.parquet")
            write_table(rows[rows["model"] == model], table, getattr(tables, name)[-1])
    for name in ("one", "two"):
        output = SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv")
        main(tables, output, SimpleNamespace(boundaries=BOUNDARIES))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 6
