from made_up import STATED, made_up_interference

from sna.inputs.config import Statement, Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.effects import Fluency, Perplexity
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.interference import Effect, Interference, analyze_interference
from sna.statistics.interference_table import tabulate_interference

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)


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
        "model,setting,measured_on,source,layer,neurons,multiplier,task,prompts,improvement,improvement_low,"
        "improvement_high,improvement_random,pvalue,pvalue_corrected,log_probability,log_probability_low,"
        "log_probability_high,log_probability_random,log_probability_difference,log_probability_difference_low,"
        "log_probability_difference_high,perplexity_before,perplexity_after,correction",
        "small,best,evaluation,addition,4,50,1.5,addition,12,70.5,69.5,71.5,,,,,,,,,,,,,Benjamini-Hochberg",
        "small,best,evaluation,addition,4,50,1.5,rhymes,12,-20.25,-21.25,-19.25,,0.0005,0.001,"
        f"-0.5,{-1 / 3},-0.25,,,,,20.0,33.0,Benjamini-Hochberg",
        "small,best,evaluation,rhymes,7,50,1.5,addition,12,,,,,1.0,2.0,,,,,,,,,,Benjamini-Hochberg",
        f"small,best,evaluation,rhymes,7,50,1.5,rhymes,12,5.0,4.0,6.0,,,,-0.5,{-1 / 3},-0.25,,,,,20.0,33.0,"
        "Benjamini-Hochberg",
    ]


def test_a_statement_has_a_row_for_each_pair_and_one_for_all_tasks_together():
    statements = {
        name: Statement(neurons_of=kind, measured_on=other, layers={}, depth=0.9)
        for name, (kind, other) in STATED.items()
    }
    found = analyze_interference(made_up_interference(tasks=9), statements, 4, 7.0, SETTINGS)
    table = tabulate_interference({"small": found})
    rows = table[(table["setting"] == "arithmetic-on-poetry") & (table["source"] == "addition")]
    assert rows[["measured_on", "task"]].fillna("").to_numpy().tolist() == [
        [measured_on, task] for measured_on in ("evaluation", "fresh") for task in ("rhymes", "verses", "")
    ]
    own = found.statements["arithmetic-on-poetry"].fresh.sources["addition"]
    pair, together = rows.iloc[3], rows.iloc[5]
    assert (pair["improvement"], pair["improvement_random"], pair["prompts"]) == (
        own.tasks["rhymes"].improvement.value, own.tasks["rhymes"].random, 24,
    )  # fmt: skip
    assert (together["log_probability"], together["log_probability_random"]) == (own.log_probability.value, own.random)
    assert together["log_probability_difference_low"] == own.difference.low
