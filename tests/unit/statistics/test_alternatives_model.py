"""Amplification beside what one would do instead: planted effects come out, and what cannot be told is said."""

import numpy as np
import pytest
from made_up_alternatives import GAINS, made_up_alternatives

from sna.inputs.config import Statistics
from sna.statistics.alternatives_model import analyze_alternatives, tabulate_alternatives

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)


def analyze(**made):
    made_up = made_up_alternatives(**made)
    return analyze_alternatives(made_up.answers, made_up.prose, made_up.methods, 100, SETTINGS), made_up


@pytest.fixture(scope="module")
def study():
    return analyze(surprise={"lora": 0.5})


def test_planted_gains_come_out_and_are_called_beside_nothing_and_beside_amplification(study):
    methods = study[0].methods
    assert list(methods) == ["nothing", "amplified", "random", "temperature", "lora", "examples_1", "examples_4"]
    for name, gain in GAINS.items():
        logit = methods[name].versus["nothing"].logit
        assert logit.value == pytest.approx(gain, abs=0.12)
        assert logit.low < logit.value < logit.high
    assert {name: methods[name].versus["nothing"].called for name in GAINS} == {
        "amplified": "better",
        "random": "cannot tell",
        "temperature": "cannot tell",
        "lora": "worse",
        "examples_1": "better",
        "examples_4": "better",
    }
    beside = {name: methods[name].versus["amplified"] for name in GAINS if name != "amplified"}
    assert {name: versus.called for name, versus in beside.items()} == {
        "random": "worse", "temperature": "worse", "lora": "worse", "examples_1": "better", "examples_4": "better",
    }  # fmt: skip
    assert beside["examples_4"].logit.value == pytest.approx(1.3, abs=0.12)


def test_nothing_is_compared_with_nothing_and_amplification_only_with_it(study):
    methods = study[0].methods
    assert methods["nothing"].versus == {"nothing": None, "amplified": None}
    assert methods["amplified"].versus["amplified"] is None
    assert None not in methods["lora"].versus.values()


def test_means_are_over_the_tasks_of_means_over_their_prompts(study):
    found, made_up = study
    shares = made_up.answers.groupby(["method", "task"])[["probability", "top"]].mean().groupby("method").mean()
    for name, method in found.methods.items():
        assert method.probability == pytest.approx(shares["probability"][name])
        assert method.accuracy == pytest.approx(shares["top"][name])
        if name != "nothing":
            gained = 100 * (shares["top"][name] - shares["top"]["nothing"])
            assert method.versus["nothing"].accuracy.value == pytest.approx(gained)
            assert np.mean([own.logit for own in method.by_task.values()]) == pytest.approx(
                method.versus["nothing"].logit.value
            )


def test_the_interval_of_these_very_tasks_leaves_out_how_tasks_differ():
    found, _ = analyze(spread=1.0, noise=0.05)
    for name in GAINS:
        versus = found.methods[name].versus["nothing"]
        assert versus.logit_of_these.low <= versus.logit.value <= versus.logit_of_these.high
        widths = [figure.high - figure.low for figure in (versus.logit_of_these, versus.logit)]
        assert widths[0] < widths[1] / 5


def test_perplexity_is_a_multiple_of_that_without_a_method(study):
    methods = study[0].methods
    assert methods["nothing"].perplexity == pytest.approx(np.exp(3.0))
    assert methods["lora"].perplexity == pytest.approx(np.exp(3.5))
    assert methods["lora"].perplexity_ratio.value == pytest.approx(np.exp(0.5))
    assert methods["amplified"].perplexity_ratio.value == pytest.approx(1)


def test_what_a_method_reads_is_a_multiple_of_the_prompts(study):
    methods = study[0].methods
    assert (methods["amplified"].read, methods["examples_4"].read) == (1.0, 3.0)
    assert (methods["lora"].stored, methods["lora"].prepared) == (7, 100)
    assert methods["temperature"].by_task["addition"].chosen == 1.5
    assert methods["lora"].by_task["addition"].chosen is None


def test_noise_rates_are_shares_of_the_simulated_studies(study):
    found = study[0]
    assert found.simulated == 100
    for reference, rate in found.noise_any.items():
        rates = [method.versus[reference].noise for method in found.methods.values() if method.versus[reference]]
        assert max(rates) <= rate <= min(sum(rates), 0.1) + 1e-9


@pytest.mark.filterwarnings("error")
def test_of_a_single_task_nothing_can_be_told():
    found, _ = analyze(tasks=1)
    for method in found.methods.values():
        for versus in filter(None, method.versus.values()):
            assert (versus.called, versus.logit.low) == ("cannot tell", None)


def test_the_table_has_a_row_a_model_and_method():
    made_up = made_up_alternatives(tasks=3)
    found = analyze_alternatives(made_up.answers, made_up.prose, made_up.methods, 10, SETTINGS)
    table = tabulate_alternatives({"large": found, "small": found})
    assert len(table) == 2 * len(found.methods)
    row = table[(table["model"] == "small") & (table["method"] == "lora")].iloc[0]
    versus = found.methods["lora"].versus
    assert row["logit_amplified_low"] == versus["amplified"].logit.low
    assert row["called_nothing"] == versus["nothing"].called
    assert table[table["method"] == "amplified"]["called_amplified"].isna().all()
