from itertools import pairwise

import numpy as np
import pytest
from made_up import experiments_of, made_up_prompts
from matplotlib.patches import Rectangle
from plot_layers import best_by_layer, draw, main

from sna.style import words
from sna.summary import summarize_tasks
from sna.tables import EXPERIMENTS, write_table


def marked(axes):
    """Return row and column of each outlined cell."""
    outlines = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_gid() == "best"]
    return {(int(patch.get_y()), int(patch.get_x())) for patch in outlines}


def test_each_cell_holds_the_best_improvement_at_its_layer():
    experiments = experiments_of(made_up_prompts(layers=4))
    table = best_by_layer(experiments)
    assert table.shape == (12, 4)
    for (_, task), row in table.iterrows():
        for layer, improvement in row.items():
            rows = experiments[(experiments["task"] == task) & (experiments["layer"] == layer)]
            assert improvement == rows["improvement"].max()


def test_tasks_of_a_category_stand_together():
    table = best_by_layer(experiments_of(made_up_prompts()))
    categories = table.index.get_level_values("category").tolist()
    assert list(dict.fromkeys(categories)) == ["arithmetic", "logic", "semantics", "poetry", "coding"]
    assert sum(one != other for one, other in pairwise(categories)) == 4


def test_the_outlined_cell_is_the_best_layer_of_its_task():
    prompts = made_up_prompts(layers=6)
    prompts["layer"] *= 3
    experiments = experiments_of(prompts)
    axes = draw(experiments).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    layers = [int(label.get_text()) for label in axes.get_xticklabels()]
    shown = {names[row]: layers[column] for row, column in marked(axes)}
    best = summarize_tasks(experiments, "best")
    assert shown == {words(row.task): row.best_layer for row in best.itertuples()}


def test_models_are_panels_with_the_same_colours_and_one_key():
    figure = draw(experiments_of(made_up_prompts(models=("large", "small"))))
    *panels, key = figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == ["large", "small"]
    norms = [axes.collections[0].norm for axes in panels]
    assert norms[0] is norms[1]
    assert norms[0](0) == pytest.approx(0.5)
    assert key.get_xlabel() == "Best improvement at the layer (%; linear to ±10 %, logarithmic beyond)"
    assert panels[-1].get_xlabel().startswith("Layer")


def test_a_study_in_which_nothing_improves_is_drawn():
    prompts = made_up_prompts(tasks=3)
    prompts["probability"] = prompts["baseline"] * 0.8
    *panels, key = draw(experiments_of(prompts)).axes
    assert np.asarray(panels[0].collections[0].get_array()) == pytest.approx(-20)
    assert key.get_xlim() == pytest.approx((-20, 0))


def test_two_runs_write_the_same_bytes(tmp_path):
    write_table(experiments_of(made_up_prompts(tasks=3)), EXPERIMENTS, tmp_path / "experiments.parquet")
    for name in ("one.svg", "two.svg"):
        main(tmp_path / "experiments.parquet", tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
