import json
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
from analyze_interference import main
from made_up import CATEGORIES, made_up_interference

from sna.inputs.config import Statement, Statistics
from sna.statistics.effects import measure_fluency, measure_improvement
from sna.statistics.estimate import UNDEFINED
from sna.statistics.interference import analyze_interference
from sna.tables import INTERFERENCE, write_table

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=4999, seed=1)
QUICK = SETTINGS.model_copy(update={"resamples": 499})
STATEMENTS = {
    "arithmetic-on-poetry": Statement(neurons_of="arithmetic", measured_on="poetry", layers={"small": 1}, depth=0.7),
    "semantics-on-arithmetic": Statement(neurons_of="semantics", measured_on="arithmetic", layers={}, depth=0.9),
}
HARM = {("arithmetic", "poetry"): -0.4}
LAYERS = 4
MARGIN = 7.0


def measure(measured, settings=QUICK):
    return analyze_interference(measured, STATEMENTS, LAYERS, MARGIN, settings)


@pytest.fixture(scope="module")
def found():
    """A study of 12 tasks in which arithmetic neurons harm poetry, and logic neurons help coding."""
    return measure(made_up_interference(effects=HARM | {("logic", "coding"): 0.5}), SETTINGS)


def test_planted_harm_and_help_are_found_where_they_were_planted(found):
    planted = 0
    for source, by_task in found.matrix.items():
        for task, pair in by_task.items():
            kinds = CATEGORIES[source], CATEGORIES[task]
            if kinds in (("arithmetic", "poetry"), ("logic", "coding")):
                planted += 1
                assert pair.pvalue <= pair.pvalue_corrected < 0.05, (source, task)
                assert (pair.improvement.value < 0) == (kinds == ("arithmetic", "poetry"))
    assert planted == 4 * 2 + 2 * 2
    assert found.pairs == 12 * 11
    assert found.correction == "Benjamini-Hochberg"
    assert 8 <= found.harmed <= 10, "of what is found, one in twenty may be false"
    assert 4 <= found.helped <= 6


def studies(measured, prompts):
    """Part one large made-up study into many, each of so many of its prompts."""
    return [rows for _, rows in measured.groupby(measured["prompt"] // prompts)]


def test_where_nothing_interferes_pairs_are_seldom_called_so():
    nothing = studies(made_up_interference(tasks=3, prompts=10 * 40), prompts=10)
    settings = QUICK.model_copy(update={"resamples": 199})
    found = [analyze_interference(measured, {}, LAYERS, MARGIN, settings) for measured in nothing]
    assert np.mean([one.harmed + one.helped > 0 for one in found]) <= 0.15, "5 % of studies, and room for chance"


def test_an_exact_test_of_twelve_prompts_can_find_interference_among_twelve_tasks(found):
    smallest = 2 / 2**12
    assert [found.matrix[source]["rhymes"].pvalue for source in ("addition", "sequences")] == [smallest] * 2
    assert smallest * found.pairs > 0.05, "which is why the correction is not Holm's"


def test_a_task_under_its_own_neurons_has_an_improvement_but_no_test():
    found = measure(made_up_interference(tasks=3, effects={(kind, kind): 0.5 for kind in CATEGORIES.values()}))
    for task in found.matrix:
        own = found.matrix[task][task]
        assert own.improvement.low > 0
        assert own.pvalue is own.pvalue_corrected is None
    assert found.pairs == 6
    assert found.helped == 0


def test_an_improvement_is_that_of_the_mean_probability():
    measured = made_up_interference(tasks=2)
    rows = measured[(measured["source"] == "addition") & (measured["task"] == "syllogisms")]
    expected = 100 * (rows["probability"].sum() / rows["baseline"].sum() - 1)
    pair = measure(measured).matrix["addition"]["syllogisms"]
    assert pair.improvement.value == pytest.approx(expected)
    assert pair.improvement.low < expected < pair.improvement.high
    assert pair.prompts == 12


def test_each_sources_configuration_is_told():
    measured = made_up_interference(tasks=3)
    assert asdict(measure(measured))["configurations"] == {
        "addition": {"layer": 0, "neurons": 50, "multiplier": 1.5},
        "antonyms": {"layer": 2, "neurons": 50, "multiplier": 1.5},
        "syllogisms": {"layer": 1, "neurons": 50, "multiplier": 1.5},
    }


def test_perplexity_weighs_every_token_the_same():
    measured = made_up_interference(tasks=4)
    texts = measured[
        (measured["source"] == "addition") & (measured["task"] == "rhymes") & (measured["scored"] == "text")
    ]
    texts = texts[texts["setting"] == "best"]
    fluency = measure_fluency(texts, QUICK)
    assert fluency.perplexity.before == pytest.approx(np.exp(-np.log(texts["baseline"]).sum() / texts["tokens"].sum()))
    assert measure(measured).matrix["addition"]["rhymes"].fluency == fluency
    assert measure(measured).matrix["rhymes"]["addition"].fluency is None


def test_intervals_cover_the_truth():
    measured = made_up_interference(tasks=4, effects=HARM, prompts=20 * 60)
    best = measured[(measured["setting"] == "best") & (measured["source"] == "addition")]
    rows = best[(best["task"] == "rhymes") & (best["scored"] == "target")]
    found = [measure_improvement(study, QUICK) for study in studies(rows, prompts=20)]
    assert np.mean([one.low <= -40 <= one.high for one in found]) >= 0.85


@pytest.mark.filterwarnings("error")
def test_degenerate_studies_give_none_and_no_warning():
    alone = measure(made_up_interference(tasks=1))
    assert (alone.pairs, alone.harmed, alone.helped) == (0, 0, 0)

    measured = made_up_interference(tasks=4, noise=0)
    unchanged = measure(measured).matrix["addition"]["syllogisms"]
    assert unchanged.pvalue == unchanged.pvalue_corrected == 1
    assert unchanged.improvement.value == pytest.approx(0)

    impossible = measure(measured.assign(probability=0.0)).matrix["addition"]["rhymes"]
    assert impossible.improvement.value == -100
    assert impossible.fluency.log_probability == UNDEFINED
    assert impossible.fluency.perplexity.after is None


def run(measured, folder):
    paths = []
    for model, rows in measured.groupby("model"):
        paths.append(folder / f"{model}.parquet")
        write_table(rows, INTERFERENCE, paths[-1])
    params = SimpleNamespace(
        statistics=QUICK.model_dump(),
        statements={name: statement.model_dump() for name, statement in STATEMENTS.items()},
        layers={"small": LAYERS, "large": 30},
        margin=MARGIN,
    )
    output = SimpleNamespace(results=folder / "interference.json", table=folder / "interference.csv")
    main(SimpleNamespace(interference=paths), output, params)
    return (folder / "interference.json").read_bytes()


def test_the_same_seed_gives_the_same_bytes_and_a_model_the_same_alone(tmp_path):
    measured = made_up_interference(models=("small", "large"), tasks=4)
    both = run(measured, tmp_path)
    assert run(measured.sample(frac=1, random_state=1), tmp_path) == both
    alone = run(measured[measured["model"] == "small"], tmp_path)
    assert json.loads(alone)["small"] == json.loads(both)["small"]
    assert json.loads(both)["large"]["statements"]["arithmetic-on-poetry"]["asked_layer"] == 20
