from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from plot_models import COLUMNS, PLACES, draw, main, tabulate

from sna.experiments.summary import ALL_MODELS
from sna.files import write_json

UNTESTED = {"value": None, "interval": None, "verdict": "not tested here"}


def verdict(value, interval=None, word="holds"):
    return {"value": value, "interval": interval, "verdict": word}


def claim(name, unit="percent", paper=27.85, *, fresh=None, mean=None, measured=None, layers=(12, 24)):
    """Return a claim as claims.json holds it: `fresh` and `measured` have a verdict for each of two models."""
    kinds = {"measured": measured or [UNTESTED] * 2, "fresh": fresh or [UNTESTED] * 2}
    summary = mean and {"random_effects": {"mean": dict(zip(("value", "low", "high"), mean, strict=True))}}
    return {
        "id": name,
        "title": f"Title of {name}",
        "paper_figure": paper,
        "units": {"measured": unit, "fresh": unit},
        "models": [
            {"model": model, "layers": n, **{kind: found[place] for kind, found in kinds.items()}}
            for place, (model, n) in enumerate(zip(("gpt2", "large"), layers, strict=True))
        ],
        "overall": {
            "measured": {"verdict": "not tested here", "models": None},
            "fresh": {"verdict": "partly holds", "models": summary},
        },
    }


CLAIMS = [
    claim(
        "mean",
        fresh=[verdict(20.0, [5.0, 40.0]), verdict(-3.0, [-9.0, 4.0], "does not hold")],
        measured=[verdict(45.0, [20.0, 70.0], "reproduced"), verdict(30.0, [10.0, 50.0], "reproduced")],
        mean=(9.0, -140.0, 160.0),
    ),
    claim("rho", "number", -0.762, fresh=[verdict(-0.5, [-0.8, 0.1], "cannot tell"), UNTESTED]),
    claim("share", "share", None, fresh=[verdict(0.3, [0.1, 0.5]), verdict(0.4, [0.2, 0.6])]),
    claim("layer", "layer", 8, fresh=[verdict(7, [5, 9]), verdict(23, [20, 23], "does not hold")]),
    claim("untested"),
    claim("pvalue", "pvalue", None, fresh=[verdict(0.01), verdict(0.02)]),
]


@pytest.fixture(scope="module")
def figures():
    return tabulate(CLAIMS)


@pytest.fixture(scope="module")
def panels(figures):
    figure = draw(figures, ["gpt2", "large"], 0.95)
    return {
        axes.get_title(loc="left").removeprefix("Title of "): axes for axes in figure.axes if axes.get_title(loc="left")
    }


def points(axes, gid):
    return [tuple(line.get_xydata()[0]) for line in axes.lines if line.get_gid() == gid]


def test_each_claim_that_is_tested_and_has_a_figure_has_a_panel(panels):
    assert [*panels] == ["mean", "rho", "share", "layer"]


def test_each_model_has_its_row_with_both_figures_and_the_mean_over_models_the_lowest(panels):
    axes = panels["mean"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["gpt2", "large", ALL_MODELS]
    assert points(axes, "fresh gpt2") == [(20.0, PLACES["fresh"])]
    assert points(axes, "measured gpt2") == [(45.0, PLACES["measured"])]
    assert points(axes, "fresh large") == [(-3.0, 1 + PLACES["fresh"])]
    assert points(axes, f"fresh {ALL_MODELS}") == [(9.0, 2 + PLACES["fresh"])]
    assert axes.get_ylim() == (2.5, -0.5)


def test_what_does_not_hold_is_hollow(panels):
    hollow = {
        line.get_gid(): line.get_markerfacecolor() == "white"
        for line in [*panels["mean"].lines, *panels["rho"].lines]
        if line.get_gid()
    }
    assert hollow["fresh gpt2"] is True  # of rho, which cannot be told
    assert hollow["fresh large"] is True
    assert hollow["measured gpt2"] is False
    assert hollow[f"fresh {ALL_MODELS}"] is False


def test_the_papers_figure_stands_at_each_row_and_only_where_it_has_one(panels):
    def papers(name):
        lines = [lines for lines in panels[name].collections if lines.get_gid() == "paper"]
        return sorted({round(float(x), 3) for line in lines for segment in line.get_segments() for x in segment[:, 0]})

    assert papers("mean") == [27.85]
    assert papers("share") == []
    assert papers("layer") == [round(8 / 23, 3), round(8 / 11, 3)]


def test_layers_are_drawn_as_depths_and_shares_in_percent(panels):
    assert points(panels["layer"], "fresh gpt2")[0][0] == pytest.approx(7 / 11)
    assert points(panels["layer"], "fresh large")[0][0] == 1
    assert points(panels["share"], "fresh large")[0][0] == pytest.approx(40)
    assert panels["layer"].get_xlabel() == "depth of the layer"


def test_an_interval_that_goes_on_beyond_the_models_figures_ends_in_arrows(panels):
    low, high = panels["mean"].get_xlim()
    assert -140 < low < -9
    assert 70 < high < 160
    assert sorted(point[0] for point in points(panels["mean"], "beyond")) == pytest.approx([low, high])


def test_a_model_on_which_a_claim_is_not_tested_is_said_to(panels):
    assert [text.get_text() for text in panels["rho"].texts if text.get_text()] == ["not tested", "b"]


def test_one_model_has_one_row_and_a_study_that_tests_nothing_is_drawn(figures):
    own = figures[figures["model"] == "gpt2"]
    axes = draw(own, ["gpt2"], 0.95).axes
    assert len(axes) == 2 * COLUMNS
    assert axes[0].get_ylim() == (0.5, -0.5)
    nothing = draw(tabulate([CLAIMS[4]]), ["gpt2"], 0.95)
    assert [text.get_text() for text in nothing.axes[0].texts] == ["No claim that has a figure is tested."]


def test_two_runs_write_the_same_bytes_and_every_point(tmp_path, figures):
    write_json(tmp_path / "claims.json", {"claims": CLAIMS})
    for name in ("one", "two"):
        output = SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv")
        main(SimpleNamespace(claims=tmp_path / "claims.json"), output, SimpleNamespace(confidence_level=0.95))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    written = pd.read_csv(tmp_path / "one.csv")
    assert len(written) == len(figures) == 10
    assert np.allclose(written["value"], figures["value"])
