import json
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
from analyze_interference import main
from made_up import CATEGORIES, made_up_interference

from sna.inputs.config import Statement, Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.effects import Fluency, Perplexity, measure_fluency, measure_improvement
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.interference import Effect, Interference, analyze_interference, tabulate_interference
from sna.tables import INTERFERENCE, write_table

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=4999, seed=1)
QUICK = SETTINGS.model_copy(update={"resamples": 499})
STATEMENTS = {
    "arithmetic-on-poetry": Statement(neurons_of="arithmetic", measured_on="poetry", layers={"small": 1}, depth=0.7),
    "semantics-on-arithmetic": Statement(neurons_of="semantics", measured_on="arithmetic", layers={}, depth=0.9),
}
HARM = {("arithmetic", "poetry"): -0.4}
LAYERS = 4


def measure(measured, settings=QUICK):
    return analyze_interference(measured, STATEMENTS, LAYERS, settings)


@pytest.fixture(scope="module")
def found():
    """A study of 12 tasks in which arithmetic neurons harm poetry, and logic neurons help coding."""
    return measure(made_up_interference(effects=HARM | {("logic", "coding"): 0.5}), SETTINGS)


@pytest.fixture(scope="module")
def statement(found):
    return found.statements["arithmetic-on-poetry"]


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
    found = [measure(measured, QUICK.model_copy(update={"resamples": 199})) for measured in nothing]
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


def test_a_statement_averages_over_sources_and_tasks_and_names_its_layer(statement):
    assert (statement.asked_layer, statement.layer, statement.depth) == (1, 2, pytest.approx(2 / 3))
    assert statement.sources == ["addition", "multiplication", "sequences", "subtraction"]
    assert statement.tasks == ["rhymes", "verses"]
    measured = made_up_interference(effects=HARM | {("logic", "coding"): 0.5})
    rows = measured[(measured["setting"] == "arithmetic-on-poetry") & (measured["scored"] == "target")]
    means = rows.groupby(["source", "task"])[["probability", "baseline"]].mean()
    assert statement.improvement.value == pytest.approx((100 * (means["probability"] / means["baseline"] - 1)).mean())
    assert statement.improvement.low < -30 < -20 > statement.improvement.high


def test_fluency_is_the_change_per_token_and_perplexity_follows_from_it():
    statement = measure(made_up_interference(tasks=4, effects=HARM, noise=0)).statements["arithmetic-on-poetry"]
    assert statement.log_probability.value == pytest.approx(np.log(0.6))
    assert statement.log_probability.low == pytest.approx(np.log(0.6))
    before, after = statement.perplexity.before, statement.perplexity.after
    assert after == pytest.approx(before / 0.6)


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


def test_a_statement_on_tasks_that_the_study_lacks_is_none():
    found = measure(made_up_interference(tasks=3))
    assert found.statements == {"arithmetic-on-poetry": None, "semantics-on-arithmetic": None}


def test_intervals_cover_the_truth():
    measured = made_up_interference(tasks=9, effects=HARM, prompts=20 * 60)
    rows = measured[(measured["setting"] == "arithmetic-on-poetry") & (measured["scored"] == "target")]
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

    impossible = measured.assign(probability=0.0)
    statement = measure(impossible).statements["arithmetic-on-poetry"]
    assert statement.improvement.value == -100
    assert statement.log_probability == UNDEFINED
    assert statement.perplexity.after is None


def run(measured, folder):
    paths = []
    for model, rows in measured.groupby("model"):
        paths.append(folder / f"{model}.parquet")
        write_table(rows, INTERFERENCE, paths[-1])
    params = SimpleNamespace(
        statistics=QUICK.model_dump(),
        interference={name: statement.model_dump() for name, statement in STATEMENTS.items()},
        layers={"small": LAYERS, "large": 30},
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


def test_each_pair_is_a_row_and_what_is_undefined_is_empty():
    fluency = Fluency(Estimate(-0.5, -1 / 3, -0.25), Perplexity(20.0, 33.0))
    matrix = {
        "addition": {
            "addition": Effect(12, Estimate(70.5, 69.5, 71.5), None, None, None),
            "rhymes": Effect(12, Estimate(-20.25, -21.25, -19.25), 0.0005, 0.001, fluency),
        },
        "rhymes": {
            "addition": Effect(12, UNDEFINED, 1.0, 2.0, None),
            "rhymes": Effect(12, Estimate(5.0, 4.0, 6.0), None, None, fluency),
        },
    }
    configurations = {"addition": Configuration(4, 50, 1.5), "rhymes": Configuration(7, 50, 1.5)}
    found = Interference(configurations, matrix, 0, 0, 2, "Benjamini-Hochberg", {"any": None})
    assert tabulate_interference({"small": found}).to_csv(index=False).splitlines() == [
        "model,source,layer,neurons,multiplier,task,prompts,improvement,improvement_low,improvement_high,pvalue,"
        "pvalue_corrected,log_probability,log_probability_low,log_probability_high,perplexity_before,perplexity_after,"
        "correction",
        "small,addition,4,50,1.5,addition,12,70.5,69.5,71.5,,,,,,,,Benjamini-Hochberg",
        "small,addition,4,50,1.5,rhymes,12,-20.25,-21.25,-19.25,0.0005,0.001,"
        f"-0.5,{-1 / 3},-0.25,20.0,33.0,Benjamini-Hochberg",
        "small,rhymes,7,50,1.5,addition,12,,,,1.0,2.0,,,,,,Benjamini-Hochberg",
        f"small,rhymes,7,50,1.5,rhymes,12,5.0,4.0,6.0,,,-0.5,{-1 / 3},-0.25,20.0,33.0,Benjamini-Hochberg",
    ]
