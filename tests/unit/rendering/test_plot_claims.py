from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from plot_claims import draw, main, tabulate

from sna.files import write_json

UNTESTED = {"value": 4.0, "interval": None, "verdict": "not tested here"}


def verdict(value, interval=None, word="holds"):
    return {"value": value, "interval": interval, "verdict": word}


def claim(
    name, unit="percent", paper=27.85, *, axis="gain (%)", measured=UNTESTED, fresh=UNTESTED, random=None, models=2
):
    """Return a claim as claims.json holds it, with the same verdicts on each model."""
    return {
        "id": name,
        "title": f"Title of {name}",
        "paper_figure": paper,
        "axis": axis,
        "units": {"measured": unit, "fresh": unit},
        "models": [
            {"model": f"model{number}", "measured": measured, "fresh": fresh, "random": random}
            for number in range(models)
        ],
    }


RANDOM = {"value": 0.3, "interval": [-40.0, 45.0]}
CLAIMS = [
    claim(
        "mean",
        measured=verdict(186.8, [51.7, 321.8], "partly reproduced"),
        fresh=verdict(21.5, [-151.4, 194.4], "cannot tell"),
        random=RANDOM,
    ),
    claim("rho", "number", -0.762, axis="rho", measured=verdict(-0.6, [-0.94, 0.06], "cannot tell")),
    claim("best", paper=70.3, fresh=verdict(179.9, [10.0, 1001.0])),
    claim("untested"),
    claim("stated", paper=None, axis=None, fresh=verdict(3.0, [1.0, 5.0])),
]


def of_models(n):
    """Return the claims of a study of so many models."""
    return [each | {"models": each["models"][:n]} for each in CLAIMS]


@pytest.fixture(scope="module", params=[1, 2])
def models(request):
    return request.param


@pytest.fixture(scope="module")
def panels(models):
    return {axes.get_xlabel().partition(" ")[0]: axes for axes in draw(tabulate(of_models(models))).axes}


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_claims_with_a_figure_of_the_papers_that_are_tested_are_drawn_and_those_of_one_unit_share_a_scale(panels):
    assert [*panels] == ["gain", "rho"]
    titles = [text for axes in panels.values() for text in texts(axes) if text.startswith("Title")]
    assert titles == ["Title of mean", "Title of best", "Title of rho"]


def test_every_figure_of_every_model_stands_there_as_a_mark_and_in_numbers(panels, models):
    axes = panels["gain"]
    marks = {line.get_gid(): line.get_xdata()[0] for line in axes.lines if line.get_gid()}
    for number in range(models):
        assert marks[f"mean model{number} measured"] == 186.8
        assert marks[f"mean model{number} fresh"] == 21.5
        assert marks[f"mean model{number} random"] == 0.3
    assert marks["mean  paper"] == 27.85
    said = [text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-") for text in texts(axes)]
    assert said.count("21.5 % (-151.4 to 194.4 %)") == models
    assert said.count("27.85 %") == 1
    assert said.count("not tested here") == models  # "best", as the paper measured it
    assert ("model1" in said) == (models == 2)


def test_no_interval_is_cut_off(panels):
    for axes in panels.values():
        low, high = axes.get_xlim()
        ends = np.concatenate([segment[:, 0] for lines in axes.collections for segment in lines.get_segments()])
        assert low < ends.min()
        assert ends.max() < high
    assert panels["gain"].get_xlim()[1] > 1001


def test_the_papers_figure_goes_as_a_line_through_all_rows_of_its_claim(panels):
    for axes, name, figure in ((panels["gain"], "mean", 27.85), (panels["rho"], "rho", -0.762)):
        [line] = [lines for lines in axes.collections if lines.get_gid() == f"{name} paper"]
        [segment] = line.get_segments()
        rows = [mark.get_ydata()[0] for mark in axes.lines if (mark.get_gid() or "").startswith(f"{name} ")]
        assert set(segment[:, 0]) == {figure}
        assert segment[:, 1].min() == min(rows)
        assert segment[:, 1].max() >= max(rows)


def test_a_figure_by_which_a_claim_is_not_so_is_hollow(panels):
    marks = {line.get_gid(): line for axes in panels.values() for line in axes.lines if line.get_gid()}
    hollow = {gid: line.get_markerfacecolor() == "white" for gid, line in marks.items() if "model0" in gid}
    assert hollow == {
        "mean model0 measured": False,
        "mean model0 fresh": True,
        "mean model0 random": False,
        "best model0 fresh": False,
        "rho model0 measured": True,
    }


def test_a_study_that_tests_no_such_claim_says_so():
    figure = draw(tabulate(CLAIMS[3:]))
    assert not figure.axes
    assert [text.get_text() for text in figure.texts] == ["No claim with a figure of the paper's own is tested here."]


def test_two_runs_write_the_same_bytes_and_every_figure(tmp_path):
    write_json(tmp_path / "claims.json", {"claims": CLAIMS})
    for name in ("one", "two"):
        output = SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv")
        main(SimpleNamespace(claims=tmp_path / "claims.json"), output, SimpleNamespace())
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    written = pd.read_csv(tmp_path / "one.csv")
    assert len(written) == 3 + 2 * (3 + 2 + 2)
    assert written.loc[written["figure"] == "paper"]["value"].tolist() == [27.85, -0.762, 70.3]
