from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawn import contrasts, headings
from made_up import CATEGORIES, STATED, experiments_of, made_up_interference, made_up_prompts
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from plot_interference import RANDOM, SELECTED, draw, lay_out, main

from sna.figures.style import COLOURS
from sna.formats import signed, words
from sna.inputs.config import Statement, Statistics
from sna.statistics.interference import analyze_interference
from sna.statistics.results import write_results
from sna.tables import EXPERIMENTS, write_table

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)
STATEMENTS = {
    name: Statement(neurons_of=kind, measured_on=other, layers={"small": 1}, depth=0.9)
    for name, (kind, other) in STATED.items()
}
EFFECTS = {("arithmetic", "logic"): -0.9999, ("logic", "arithmetic"): 30.0}


def study(tasks=4, **made_up):
    """Return the statistics of a made-up study, and its tasks."""
    measured = made_up_interference(tasks=tasks, **made_up)
    found = {
        model: analyze_interference(rows, STATEMENTS, 4, 7.0, SETTINGS) for model, rows in measured.groupby("model")
    }
    return found, pd.DataFrame({"task": list(CATEGORIES)[:tasks], "category": list(CATEGORIES.values())[:tasks]})


@pytest.fixture(scope="module")
def statistics_and_tasks():
    return study(models=("large", "small"), effects=EFFECTS)


@pytest.fixture(scope="module")
def figure(statistics_and_tasks):
    return draw(*statistics_and_tasks, confidence_level=0.95)


def panels(figure):
    """Return the heat maps."""
    return [axes for axes in figure.axes if axes.get_xlabel().startswith("Task measured")]


def changes(axes):
    """Return where the points of a statement's panel lie, by the names of their rows: the source's, then the random."""
    names = [label.get_text() for label in axes.get_yticklabels()]
    points = [line for line in axes.lines if line.get_marker() in {SELECTED["marker"], RANDOM["marker"]}]
    return {
        name: [float(line.get_xdata()[0]) for line in points if list(line.get_ydata()) == [place]]
        for place, name in enumerate(names)
    }


def cells(axes):
    """Return each cell's text by the names of its row and its column."""
    rows = [label.get_text().partition(":")[0] for label in axes.get_yticklabels()]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    pairs = [(row, column) for row in rows for column in columns]
    return dict(zip(pairs, axes.texts, strict=False))


def test_a_cell_holds_what_the_row_does_to_the_column(statistics_and_tasks, figure):
    statistics, _ = statistics_and_tasks
    for axes in panels(figure):
        matrix = statistics[headings([axes])[0]].matrix
        shown = {pair: text.get_text().strip("*") for pair, text in cells(axes).items()}
        assert shown == {
            (words(source), words(task)): signed(pair.improvement.value)
            for source, row in matrix.items()
            for task, pair in row.items()
        }


def test_what_is_significant_after_correction_is_marked_and_nothing_else(statistics_and_tasks, figure):
    statistics, _ = statistics_and_tasks
    marked = 0
    for axes in panels(figure):
        matrix = statistics[headings([axes])[0]].matrix
        for (source, task), text in cells(axes).items():
            pvalue = matrix[source][task].pvalue_corrected
            significant = pvalue is not None and pvalue < 0.05
            assert text.get_text().endswith("*") == significant
            assert (text.get_fontweight() == "bold") == significant
            marked += significant
    assert marked >= 4


def test_every_cell_can_be_read(figure):
    assert min(ratio for axes in panels(figure) for ratio in contrasts(axes)) >= 4.5


def test_a_tasks_own_neurons_are_outlined(figure):
    for axes in panels(figure):
        outlined = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_gid() == "own"]
        assert {(patch.get_x(), patch.get_y()) for patch in outlined} == {(place, place) for place in range(4)}


def test_rows_name_the_configuration_and_columns_the_number_of_prompts(figure):
    axes = panels(figure)[0]
    assert axes.get_yticklabels()[0].get_text() == "addition:\nlayer 0, 50 \N{MULTIPLICATION SIGN} 1.5"
    assert axes.get_xlabel() == "Task measured (n = 12 prompts each)"


def test_halving_is_as_far_from_no_change_as_doubling_and_huge_changes_do_not_blanch_the_rest(figure):
    norm = panels(figure)[0].collections[0].norm
    assert norm(1) == pytest.approx(0.5)
    assert norm(0.5) - 0.5 == pytest.approx(0.5 - norm(2))
    assert norm(31) == 1
    assert norm(1e-9) == 0
    assert norm(2) > 0.7


def test_categories_are_bracketed_on_both_sides_in_their_order():
    statistics, tasks = study(tasks=6)
    (axes,) = panels(draw(statistics, tasks, 0.95))
    named = [text.get_text() for text in axes.texts if text.get_gid() == "category"]
    assert sorted(named) == sorted([*tasks["category"].unique()] * 2)
    assert {to_hex(line.get_color()).upper() for line in axes.lines} >= {COLOURS[category] for category in named}
    sources = [label.get_text().partition(":")[0] for label in axes.get_yticklabels()]
    assert sources[:2] == ["addition", "subtraction"]


def test_the_layout_has_no_p_value_on_the_diagonal(statistics_and_tasks):
    statistics, tasks = statistics_and_tasks
    improvements, pvalues = lay_out(statistics["small"], tasks["task"].to_list())
    assert np.isnan(np.diag(pvalues)).all()
    assert pvalues.notna().to_numpy().sum() == 12
    assert improvements.loc["addition", "syllogisms"] == pytest.approx(-100, abs=10)


def test_a_statement_is_drawn_on_fresh_prompts_beside_random_neurons(statistics_and_tasks, figure):
    statistics, _ = statistics_and_tasks
    stated = [axes for axes in figure.axes if axes not in panels(figure) and headings([axes])]
    assert headings(stated) == [
        f"{model}: {statement.replace('-', ' ')}, layer 2" for model in ("large", "small") for statement in STATED
    ]
    effect = statistics["small"].statements["semantics-on-arithmetic"].fresh
    own = effect.sources["antonyms"]
    assert changes(stated[3]) == {
        "antonyms": pytest.approx([own.log_probability.value, own.random]),
        "mean": pytest.approx([effect.log_probability.value, effect.random]),
    }
    targets = figure.axes[figure.axes.index(stated[3]) + 1]
    pair = own.tasks["addition"]
    assert changes(targets) == {"antonyms on addition": pytest.approx([pair.improvement.value, pair.random])}
    assert "±7" in targets.get_xlabel()


def test_a_study_of_no_statement_is_drawn_without_their_panels():
    assert len(draw(*study(tasks=2), 0.95).axes) == 2, "a heat map and its key"


def test_one_task_alone_is_drawn():
    (axes,) = panels(draw(*study(tasks=1), 0.95))
    assert axes.get_title(loc="left").startswith("No pair")


def test_two_runs_write_the_same_bytes(tmp_path):
    statistics, _ = study()
    write_table(experiments_of(made_up_prompts(tasks=4)), EXPERIMENTS, tmp_path / "experiments.parquet")
    write_results(statistics, tmp_path / "interference.json")
    tables = SimpleNamespace(experiments=tmp_path / "experiments.parquet", interference=tmp_path / "interference.json")
    for name in ("one.svg", "two.svg"):
        main(tables, SimpleNamespace(exhibit=tmp_path / name), SimpleNamespace(confidence_level=0.95))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
