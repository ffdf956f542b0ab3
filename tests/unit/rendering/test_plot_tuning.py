from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from made_up_tuning import tuned
from plot_tuning import draw, main, tabulate

from sna.inputs.exhibits import read_exhibits
from sna.report.exhibits import write_texts
from sna.statistics.results import write_results
from sna.statistics.tuning import NOT_TUNED, Tuning

EXHIBITS = Path(__file__).parents[3] / "report" / "exhibits.yaml"


@pytest.fixture(scope="module")
def planted() -> Tuning:
    return tuned()


def test_it_has_a_row_for_each_task_those_that_were_tuned_on_first(planted):
    rows = tabulate({"small": NOT_TUNED, "tuned": planted})
    assert rows["task"].tolist() == [
        *("addition", "subtraction"),
        *("syllogisms", "antonyms", "rhymes", "python_idioms"),
    ]
    assert rows["sum"].to_numpy() == pytest.approx((rows["tuning"] + rows["amplified"]).to_numpy())
    figure = draw({"small": NOT_TUNED, "tuned": planted}, (0.07, 0.10), 0.95)
    baselines, changes, neurons = figure.axes
    assert [label.get_text() for label in baselines.get_yticklabels()][:2] == [
        "addition (tuned on)",
        "subtraction (tuned on)",
    ]
    drawn = {line.get_gid(): line.get_xdata() for line in changes.lines if line.get_gid()}
    assert drawn["together"] == pytest.approx(rows["together"].to_numpy())
    assert len(neurons.patches) == 6


def test_two_runs_write_the_same_bytes(planted, tmp_path):
    write_results({"small": NOT_TUNED, "tuned": planted}, tmp_path / "tuning.json")
    params = SimpleNamespace(statistics={"confidence_level": 0.95}, zones={"boundaries": [0.07, 0.10]})
    for name in ("one", "two"):
        output = SimpleNamespace(exhibit=tmp_path / f"{name}.svg", data=tmp_path / f"{name}.csv")
        main(SimpleNamespace(tuning=tmp_path / "tuning.json"), output, params)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert len(pd.read_csv(tmp_path / "one.csv")) == 6


def test_its_texts_say_what_it_shows_of_the_tuned_model_and_that_the_other_is_none(planted):
    known = {
        "config": {"statistics": {"confidence_level": 0.95}},
        "models": ["small", "tuned"],
        "statistics": {"tuning": {"small": NOT_TUNED, "tuned": planted}},
        "tables": {},
    }
    texts = write_texts("figures/tuning", read_exhibits(EXHIBITS)["figures/tuning"], known)
    assert "On small: It is not tuned from another model of the study." in texts["alt"]
    assert "On tuned: Three panels with a row for each of 6" in texts["alt"]
    assert " addition: baseline 0.0" in texts["alt"]
    assert "in 5.0" in texts["caption"]
