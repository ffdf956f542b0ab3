from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawn import headings
from made_up import made_up_prompts
from made_up_fresh import made_up_fresh
from plot_choices import arrange, describe, draw, main

from sna.experiments.sweep import read_sweep
from sna.inputs.config import Statistics
from sna.statistics.choices import summarize_choices
from sna.statistics.results import write_results
from sna.statistics.specifications import AS_HERE, OTHERWISE, specify_fresh, specify_sweep
from sna.tables import SPECIFICATIONS, write_table

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
PAPER = {"rho": -0.762, "zone1_mean": 27.85}


def measured(tasks=12):
    sweep = read_sweep(made_up_prompts(tasks=tasks, noise=0.3))
    fresh = made_up_fresh(tasks=tasks, prompts=24, draws={"random": 1}, other_start=-1.0)
    both = pd.concat([specify_sweep(sweep, "best", 0.07), specify_fresh(fresh.prompts, fresh.gains, 0.07)])
    return both, summarize_choices(both, sweep, PAPER, SETTINGS)


@pytest.fixture(scope="module")
def study():
    specifications, found = measured()
    return specifications, found, draw(specifications, {"small": found}, SETTINGS)


def lines(axes):
    return {line.get_gid(): line.get_ydata() for line in axes.lines if line.get_gid()}


def test_every_specification_is_in_its_curve_sorted(study):
    specifications, _, figure = study
    for number, (part, name) in enumerate(
        [("sweep", "rho"), ("sweep", "zone1_mean"), ("fresh", "rho"), ("fresh", "zone1_mean")]
    ):
        axes = figure.axes[number + 2 * (number // 2)]
        rows = specifications[specifications["measured"] == part]
        assert lines(axes)[name].tolist() == sorted(rows[name])
        assert lines(axes)[f"ours {name}"].tolist() == rows.loc[rows["ours"], name].to_list()
        assert set(lines(axes)[f"paper {name}"]) == {PAPER[name]}
        assert axes.get_ylim()[0] < PAPER[name] < axes.get_ylim()[1]


def test_the_titles_say_what_the_figures_range_over(study):
    _, found, figure = study
    title = figure.axes[0].get_title(loc="left")
    rho = "\N{GREEK SMALL LETTER RHO}"
    assert title == f"Spearman's {rho} over tasks\nthe sweep, n = {found.rho.n:,}\n{describe(found.rho, 'rho')}"
    assert describe(found.zone1_mean, "zone1_mean").endswith("% significant")


def test_the_matrix_shades_a_column_by_how_many_of_its_specifications_have_a_choice():
    rows = pd.DataFrame({"ratio": ["a", "a", "b", "b"] * 30, "prompts": ["all"] * 120})
    levels = {"ratio": ["a", "b"], "prompts": ["all"]}
    matrix = arrange(rows, {"ratio": "over prompts", "prompts": "prompts"}, levels, np.arange(120) < 60)
    assert matrix.names == ["significant, with the paper's sign", "over prompts: a", "b", "prompts: all"]
    assert matrix.starts == [0, 1, 3]
    significant, a, b, everything = matrix.shares
    assert significant.tolist() == [1] * 30 + [0] * 30
    assert a.tolist() == [1, 0] * 30
    assert (a + b == everything).all()


def test_of_fresh_prompts_it_is_shown_how_they_begin(study):
    shown = [label.get_text() for label in study[2].axes[6].get_yticklabels()]
    assert shown[shown.index(f"start token: {AS_HERE}") + 1] == OTHERWISE


def test_few_specifications_have_a_column_each():
    rows = pd.DataFrame({"ratio": ["a", "b", "b"]})
    matrix = arrange(rows, {"ratio": "over prompts"}, {"ratio": ["a", "b"]}, np.array([True, False, False]))
    assert matrix.shares.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 1]]


def test_each_model_has_its_block(study):
    specifications, found, _ = study
    models = ("large", "small")
    rows = pd.concat([specifications.assign(model=model) for model in models])
    figure = draw(rows, dict.fromkeys(models, found), SETTINGS)
    assert len(figure.axes) == 16
    assert headings(figure.axes[place] for place in (0, 8)) == ["large", "small"]


@pytest.mark.filterwarnings("error")
def test_a_study_without_a_correlation_is_drawn():
    specifications, found = measured(tasks=3)
    figure = draw(specifications, {"small": found}, SETTINGS)
    assert "undefined in all specifications" in figure.axes[0].get_title(loc="left")
    assert [label.get_text() for label in figure.axes[2].get_yticklabels()][-1] == "second fold"


def test_two_runs_write_the_same_bytes(study, tmp_path):
    specifications, found, _ = study
    write_table(specifications, SPECIFICATIONS, tmp_path / "specifications.parquet")
    write_results({"small": found}, tmp_path / "choices.json")
    tables = SimpleNamespace(specifications=tmp_path / "specifications.parquet", choices=tmp_path / "choices.json")
    params = SimpleNamespace(statistics=SETTINGS.model_dump())
    for name in ("one", "two"):
        main(tables, SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv"), params)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == len(specifications)
