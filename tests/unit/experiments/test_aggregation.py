import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import made_up_prompts

from sna.errors import InputError
from sna.experiments.aggregation import aggregate_prompts, improvement, join_prompts
from sna.tables import AMPLIFIED, BASELINE, EXPERIMENTS, PROMPTS


def stages_of(prompts: pd.DataFrame) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """Split joined prompts into what the stages before wrote: a table a model and layer, and a baseline a model."""
    amplified = [rows[list(AMPLIFIED.columns)] for _, rows in prompts.groupby(["model", "layer"])]
    one_configuration = prompts.drop_duplicates(["model", "task", "prompt"])
    said = {"start": "", "text": "text", "target": " target"}
    without = one_configuration.assign(**said, probability=one_configuration["baseline"])
    baselines = [rows[list(BASELINE.columns)] for _, rows in without.groupby("model")]
    return amplified, baselines


def two_prompts(without: list[float], amplified: list[float]) -> pd.DataFrame:
    """One task, one configuration, two prompts."""
    prompts = made_up_prompts(tasks=1, layers=1, neurons=(5,), multipliers=(2.0,), prompts=2)
    return prompts.assign(baseline=without, probability=amplified)


def test_joined_prompts_are_those_that_were_measured():
    prompts = made_up_prompts(models=("small", "large"), tasks=4)
    pd.testing.assert_frame_equal(join_prompts(*stages_of(prompts)), prompts)


def test_the_order_of_files_and_rows_does_not_matter():
    prompts = made_up_prompts(models=("small", "large"), tasks=4)
    amplified, baselines = stages_of(prompts)
    shuffled = [rows.sample(frac=1, random_state=2) for rows in reversed(amplified)]
    joined = join_prompts(shuffled, baselines[::-1])
    pd.testing.assert_frame_equal(joined, prompts)
    pd.testing.assert_frame_equal(
        aggregate_prompts(joined.sample(frac=1, random_state=3)), aggregate_prompts(joined), check_exact=True
    )


def test_aggregated_tables_keep_their_contracts():
    prompts = made_up_prompts()
    PROMPTS.check(join_prompts(*stages_of(prompts)), "prompts")
    EXPERIMENTS.check(aggregate_prompts(prompts), "experiments")


def test_a_prompt_that_a_layer_lacks_is_reported():
    amplified, baselines = stages_of(made_up_prompts(tasks=2, prompts=3))
    amplified[1] = amplified[1][amplified[1]["prompt"] != 2]
    with pytest.raises(InputError, match=r"small, layer 1: .*prompt 2 .*only in the baseline"):
        join_prompts(amplified, baselines)


def test_a_prompt_that_the_baseline_lacks_is_reported():
    amplified, baselines = stages_of(made_up_prompts(tasks=2, prompts=3))
    with pytest.raises(InputError, match=r"layer 0: task 'syllogisms'.*only in the amplified table"):
        join_prompts(amplified, [baselines[0][baselines[0]["task"] != "syllogisms"]])


def test_prompts_that_changed_halves_are_reported():
    amplified, baselines = stages_of(made_up_prompts(tasks=2, prompts=4))
    baselines[0] = baselines[0].assign(fold="first")
    with pytest.raises(InputError, match=r"prompt 2 \((first|second) fold\)"):
        join_prompts(amplified, baselines)


def test_improvement_is_a_ratio_of_means_in_percent():
    experiment = aggregate_prompts(two_prompts([0.1, 0.3], [0.3, 0.3])).iloc[0]
    assert experiment["baseline"] == pytest.approx(0.2)
    assert experiment["probability"] == pytest.approx(0.3)
    assert experiment["improvement"] == pytest.approx(50)
    assert experiment["success"]


def test_no_change_is_no_success():
    experiment = aggregate_prompts(two_prompts([0.1, 0.3], [0.1, 0.3])).iloc[0]
    assert experiment["improvement"] == 0
    assert not experiment["success"]


def test_a_baseline_of_zero_is_refused_by_the_name_of_its_task():
    with pytest.raises(InputError, match=r"'addition'.*exactly 0"):
        aggregate_prompts(two_prompts([0.0, 0.0], [0.1, 0.2]))


@given(st.floats(0.001, 1), st.floats(0, 1))
def test_improvement_rises_with_the_probability_from_minus_100(baseline, probability):
    assert improvement(probability, baseline) >= -100.000001
    assert (improvement(probability, baseline) > 0) == (probability > baseline)
