from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawn import contrasts, headings
from made_up import experiments_of, made_up_prompts
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from plot_layers import PAPER, best_by_layer, draw, main, paper_depths

from sna.experiments.summary import summarize_tasks
from sna.experiments.sweep import read_sweep
from sna.formats import words
from sna.inputs.config import Statistics
from sna.statistics.layers import locate_layers
from sna.statistics.results import write_results
from sna.tables import EXPERIMENTS, write_table
from sna.verdicts.claims import read_claims

CLAIMS = Path(__file__).parents[3] / "report" / "claims.yaml"

SETTINGS = Statistics(task_improvement="best", confidence_level=0.9, resamples=99, seed=1)


def located(prompts, layers):
    """Locate the layers of models of so many layers."""
    return {model: locate_layers(read_sweep(rows), layers, SETTINGS) for model, rows in prompts.groupby("model")}


def drawn(prompts, layers):
    return draw(experiments_of(prompts), located(prompts, layers), SETTINGS.confidence_level)


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
    axes = drawn(prompts, 16).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    layers = [int(label.get_text()) for label in axes.get_xticklabels()]
    shown = {names[row]: layers[column] for row, column in marked(axes)}
    best = summarize_tasks(experiments_of(prompts), "best")
    assert shown == {words(row.task): row.best_layer for row in best.itertuples()}


def test_models_are_panels_with_the_same_colours_and_one_key():
    *panels, key = drawn(made_up_prompts(models=("large", "small")), 3).axes
    panels = panels[::2]
    assert headings(panels) == ["large", "small"]
    norms = [axes.collections[0].norm for axes in panels]
    assert norms[0] is norms[1]
    assert norms[0](0) == pytest.approx(0.5)
    assert key.get_xlabel() == "Best improvement at the layer (%; linear to ±10 %, logarithmic beyond)"
    assert panels[-1].get_xlabel().startswith("Depth")


def test_each_categorys_best_layer_stands_below_its_column_with_those_it_cannot_be_told_from():
    prompts = made_up_prompts(layers=5, specialized=False, noise=0.2)
    prompts["layer"] *= 3
    figure = drawn(prompts, 25)
    above, below, _ = figure.axes
    columns = dict(zip(above.get_xticks(), (int(label.get_text()) for label in above.get_xticklabels()), strict=True))
    assert below.get_xlim() == above.get_xlim()
    points = {line.get_gid(): line.get_xydata() for line in below.lines}
    names = {label.get_position()[1]: label.get_text() for label in below.get_yticklabels()}
    texts = {text.get_position()[1]: text.get_text() for text in below.texts if not isinstance(text, Annotation)}
    for category, best in located(prompts, 25)["small"].by_category.items():
        [(place, row)] = points[category]
        assert names[row] == f"{category} (n = {best.tasks})"
        assert columns[place] == best.layer
        others = points[f"{category} confidence set"]
        assert [columns[place] for place in others[:, 0]] == best.confidence_set
        assert set(others[:, 1]) == {row}
        assert texts[row] == f"{best.depth:.2f} ({len(best.confidence_set)})"
    assert any(len(best.confidence_set) > 1 for best in located(prompts, 25)["small"].by_category.values())
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "its 90\N{NO-BREAK SPACE}% confidence set over prompts" in key


def test_the_papers_layers_are_those_of_its_claims_and_stand_at_their_depth():
    claims = [claim.expected for claim in read_claims(CLAIMS).values() if "layer" in (claim.expected or {})]
    said = {claim["category"]: claim["layer"] for claim in claims}
    assert said == {category: layer for category, (layer, _) in PAPER.items()}
    assert paper_depths("arithmetic", 12) == [8 / 11]
    assert paper_depths("arithmetic", 30) == [8 / 11, 8 / 23]
    assert paper_depths("poetry", 30) == []
    below = drawn(made_up_prompts(layers=24), 24).axes[1]
    (marks,) = (line.get_xdata() for line in below.lines if line.get_gid() == "semantics paper")
    assert marks == pytest.approx([21.5]), "in the middle of layer 21"


def test_the_number_of_a_best_layer_can_be_read():
    assert min(contrasts(drawn(made_up_prompts(layers=5), 5).axes[0])) >= 4.5


def test_layers_of_several_models_stand_at_their_depths_on_one_axis():
    prompts = made_up_prompts(models=("large", "small"), layers=5)
    prompts = prompts[(prompts["model"] == "large") | (prompts["layer"] < 3)]
    results = located(prompts[prompts["model"] == "large"], 5) | located(prompts[prompts["model"] == "small"], 3)
    figure = draw(experiments_of(prompts), results, 0.9)
    edges = {}
    for above, below, model in zip(figure.axes[0:4:2], figure.axes[1:4:2], ("large", "small"), strict=True):
        edges[model] = above.collections[0].get_coordinates()[0, :, 0].tolist()
        assert above.get_xlabel().startswith("Depth")
        assert above.get_xlim() == below.get_xlim() == pytest.approx((-0.25, 1.25))
        points = {line.get_gid(): line.get_xydata() for line in below.lines}
        for category, best in results[model].by_category.items():
            assert points[category][0, 0] == pytest.approx(best.depth)
    assert edges["large"] == pytest.approx([-0.125, 0.125, 0.375, 0.625, 0.875, 1.125])
    assert edges["small"] == pytest.approx([-0.25, 0.25, 0.75, 1.25])


def test_a_study_in_which_nothing_improves_is_drawn():
    prompts = made_up_prompts(tasks=3)
    prompts["probability"] = prompts["baseline"] * 0.8
    *panels, key = drawn(prompts, 3).axes
    assert np.asarray(panels[0].collections[0].get_array()) == pytest.approx(-20)
    assert key.get_xlim() == pytest.approx((-20, 0))


def test_two_runs_write_the_same_bytes(tmp_path):
    prompts = made_up_prompts(tasks=3)
    write_table(experiments_of(prompts), EXPERIMENTS, tmp_path / "experiments.parquet")
    write_results(located(prompts, 3), tmp_path / "layers.json")
    tables = SimpleNamespace(experiments=tmp_path / "experiments.parquet", layers=tmp_path / "layers.json")
    for name in ("one", "two"):
        output = SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv")
        main(tables, output, SimpleNamespace(confidence_level=0.9))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    cells = pd.read_csv(tmp_path / "one.csv")
    assert len(cells) == 9
    assert cells["depth"].tolist() == (cells["layer"] / 2).tolist()
