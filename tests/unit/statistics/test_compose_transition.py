import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from compose_transition import main
from made_up_fresh import MadeUpFresh, made_up_fresh

from sna.inputs.config import Statistics, Zones
from sna.statistics.fresh import Fresh
from sna.statistics.fresh_model import measure_fresh
from sna.statistics.registry import RESULTS
from sna.statistics.results import by_model, read_results, write_results
from sna.tables import FRESH, FRESH_PROMPTS, write_table

SETTINGS = {"task_improvement": "best", "confidence_level": 0.95, "resamples": 99, "seed": 1}


@pytest.fixture(scope="module")
def made() -> MadeUpFresh:
    return made_up_fresh(models=("large", "small"), tasks=6, prompts=48, draws={"random": 12}, gain=0.2)


@pytest.fixture(scope="module")
def fresh(made) -> dict[str, Fresh]:
    zones, settings = Zones(boundaries=(0.07, 0.1), negligible=7), Statistics(**SETTINGS)
    return {
        model: measure_fresh(*rows, None, vocabulary=50_000, zones=zones, settings=settings)
        for model, *rows in by_model(made.prompts, made.gains)
    }


def run(made: MadeUpFresh, fresh: dict[str, Fresh], folder) -> bytes:
    write_results(fresh, folder / "fresh.json")
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


def of_one_model(made: MadeUpFresh) -> MadeUpFresh:
    return MadeUpFresh(*(table[table["model"] == "small"] for table in (made.prompts, made.gains, made.prose)))


@pytest.mark.filterwarnings("error")
def test_each_model_has_its_own_which_is_read_as_it_was_written(made, fresh, tmp_path):
    written = json.loads(run(made, fresh, tmp_path))
    assert list(written) == ["large", "small"]
    write_results(read_results(tmp_path / "transition.json", RESULTS["transition"]), tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == written
    assert json.loads(run(of_one_model(made), fresh, tmp_path))["small"] == written["small"]


def test_a_task_that_the_model_does_not_know_has_no_part(made, fresh, tmp_path):
    unknown = replace(fresh["small"].by_task["rhymes"], known=False)
    found = replace(fresh["small"], by_task=fresh["small"].by_task | {"rhymes": unknown})
    written = json.loads(run(of_one_model(made), {"small": found}, tmp_path))["small"]
    assert written["tasks"] == 5
    assert written["fitted"]["n"] == 5 * 48
