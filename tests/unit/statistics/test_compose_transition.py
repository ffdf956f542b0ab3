import json
from types import SimpleNamespace

import pytest
from compose_transition import main
from made_up_fresh import MadeUpFresh, made_up_fresh

from sna.inputs.config import Statistics, Zones
from sna.statistics.fresh_model import measure_fresh
from sna.statistics.registry import RESULTS
from sna.statistics.results import by_model, read_results, write_results
from sna.tables import FRESH, FRESH_PROMPTS, write_table

SETTINGS = {"task_improvement": "best", "confidence_level": 0.95, "resamples": 99, "seed": 1}


def run(made: MadeUpFresh, folder, unknown: str = "") -> bytes:
    found = {
        model: measure_fresh(
            *rows,
            None,
            vocabulary=50_000,
            zones=Zones(boundaries=(0.07, 0.1), negligible=7),
            settings=Statistics(**SETTINGS),
        )
        for model, *rows in by_model(made.prompts, made.gains)
    }
    write_results(found, folder / "fresh.json")
    if unknown:
        raw = json.loads((folder / "fresh.json").read_text())
        raw["small"]["by_task"][unknown]["known"] = False
        (folder / "fresh.json").write_text(json.dumps(raw))
    write_table(made.prompts, FRESH_PROMPTS, folder / "prompts.parquet")
    write_table(made.gains, FRESH, folder / "gains.parquet")
    tables = SimpleNamespace(
        fresh_prompts=[folder / "prompts.parquet"],
        fresh=[folder / "gains.parquet"],
        fresh_results=folder / "fresh.json",
    )
    output = SimpleNamespace(results=folder / "transition.json")
    main(tables, output, SimpleNamespace(statistics=SETTINGS, boundaries=[0.07, 0.1]))
    return output.results.read_bytes()


@pytest.fixture(scope="module")
def made() -> MadeUpFresh:
    return made_up_fresh(models=("large", "small"), tasks=6, prompts=48, draws={"random": 12}, gain=0.2)


@pytest.mark.filterwarnings("error")
def test_each_model_has_its_own_which_is_read_as_it_was_written(made, tmp_path):
    written = json.loads(run(made, tmp_path))
    assert list(written) == ["large", "small"]
    write_results(read_results(tmp_path / "transition.json", RESULTS["transition"]), tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == written
    alone = MadeUpFresh(*(table[table["model"] == "small"] for table in (made.prompts, made.gains, made.prose)))
    assert json.loads(run(alone, tmp_path))["small"] == written["small"]


def test_a_task_that_the_model_does_not_know_has_no_part(made, tmp_path):
    before, after = (json.loads(run(made, tmp_path, unknown))["small"] for unknown in ("", "rhymes"))
    assert (before["tasks"], after["tasks"]) == (6, 5)
    assert before["fitted"]["n"] - after["fitted"]["n"] == 48
