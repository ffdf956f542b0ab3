from dataclasses import replace

import numpy as np
import pytest
from made_up import STATED, made_up_interference
from scipy import stats

from sna.inputs.config import Statement, Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.logits import logit_gain
from sna.statistics.statement_rows import lay_out
from sna.statistics.statements import equivalence, measure_effect, measure_statements

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=499, seed=1)
STATEMENTS = {
    name: Statement(neurons_of=kind, measured_on=other, layers={"small": 1}, depth=0.9)
    for name, (kind, other) in STATED.items()
}
POETRY, ARITHMETIC = STATED
HARM = {("arithmetic", "poetry"): -0.4}
MARGIN = 7.0


def measure(measured, layers=4):
    return measure_statements(measured, STATEMENTS, layers, MARGIN, SETTINGS)


@pytest.fixture(scope="module")
def measured():
    """A study in which arithmetic neurons harm poetry, random ones a little, and semantic ones help their own tasks."""
    return made_up_interference(effects=HARM | {("semantics", "semantics"): 0.3}, random=-0.1)


@pytest.fixture(scope="module")
def found(measured):
    return measure(measured)


def rows_of(measured, **values):
    for column, value in values.items():
        measured = measured[measured[column] == value]
    return measured


def test_a_statement_names_its_layer_and_its_tasks(found):
    statement = found[POETRY]
    assert (statement.asked_layer, statement.layer, statement.depth) == (1, 2, pytest.approx(2 / 3))
    assert statement.tasks == ["rhymes", "verses"]
    assert list(statement.fresh.sources) == ["addition", "multiplication", "sequences", "subtraction"]
    assert statement.fresh.sources["addition"].configuration == Configuration(2, 50, 1.5)
    assert (statement.measured.prompts, statement.fresh.prompts) == (12, 24)


@pytest.mark.parametrize(("name", "prompts"), [("measured", "evaluation"), ("fresh", "fresh")])
def test_a_source_changes_texts_by_so_much_per_token_and_random_neurons_by_so_much(measured, found, name, prompts):
    texts = rows_of(measured, setting=POETRY, source="addition", scored="text", prompts=prompts)
    texts = texts.assign(change=np.log(texts["probability"] / texts["baseline"]))
    selected, random = (rows_of(texts, kind=kind) for kind in ("selected", "random"))
    source = getattr(found[POETRY], name).sources["addition"]
    tokens = selected["tokens"].sum()
    assert source.log_probability.value == pytest.approx(selected["change"].sum() / tokens)
    assert source.random == pytest.approx(random.groupby(["task", "prompt"])["change"].mean().sum() / tokens)
    assert source.difference.value == pytest.approx(source.log_probability.value - source.random)
    assert source.difference.low < np.log(0.6 / 0.9) < source.difference.high < 0
    assert (source.draws, source.share_above) == (8, 1)


def test_sources_stand_for_their_category(found):
    effect = found[POETRY].fresh
    values = [source.difference.value for source in effect.sources.values()]
    interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (effect.difference.low, effect.difference.high) == pytest.approx((interval.low, interval.high))
    assert effect.difference.value == pytest.approx(np.mean(values))
    changes = [source.log_probability.value for source in effect.sources.values()]
    assert effect.log_probability.value == pytest.approx(np.mean(changes))
    assert effect.random == pytest.approx(np.mean([source.random for source in effect.sources.values()]))


def test_one_source_of_four_that_makes_all_of_the_harm_does_not_show_harm(measured):
    alone = measured["source"] == "addition"
    others = measured.assign(probability=measured["probability"].where(alone, measured["baseline"]))
    effect = measure(others)[POETRY].fresh
    assert effect.sources["addition"].difference.high < 0
    assert effect.difference.value < -0.05
    assert effect.difference.high > 0


def test_what_random_neurons_do_as_well_is_no_effect():
    effect = measure(made_up_interference(effects=HARM, random=-0.4))[POETRY].fresh
    assert effect.log_probability.high < 0
    assert effect.difference.low < 0 < effect.difference.high
    assert all(source.share_above < 1 for source in effect.sources.values())


def test_studies_in_which_neurons_do_what_random_ones_do_seldom_show_harm(measured):
    rows, rng = lay_out(rows_of(measured, setting=POETRY, prompts="fresh")), np.random.default_rng(0)
    settings = SETTINGS.model_copy(update={"resamples": 99})

    def study():
        tasks = [replace(task, changes=task.random + rng.normal(0, 0.3, task.random.shape)) for task in rows.tasks]
        return measure_effect(replace(rows, tasks=tasks), MARGIN, settings)

    assert np.mean([study().difference.high < 0 for _ in range(120)]) <= 0.06, "2.5 %, and room for chance"


def test_an_improvement_is_that_of_the_mean_probability_pair_by_pair_and_on_average(measured, found):
    targets = rows_of(measured, setting=ARITHMETIC, scored="target", prompts="fresh", kind="selected")
    means = targets.groupby(["source", "task"])[["probability", "baseline"]].mean()
    expected = 100 * (means["probability"] / means["baseline"] - 1)
    effect = found[ARITHMETIC].fresh
    pairs = {(name, task): pair for name, source in effect.sources.items() for task, pair in source.tasks.items()}
    assert len(pairs) == 2 * 4, "a source's own task is none of those that are measured"
    assert {key: pair.improvement.value for key, pair in pairs.items()} == pytest.approx(
        expected[list(pairs)].to_dict()
    )
    assert effect.improvement.value == pytest.approx(expected[list(pairs)].mean())
    assert all(pair.random == pytest.approx(-10, abs=4) for pair in pairs.values())


def test_harm_to_one_task_does_not_hide_behind_help_to_another(measured):
    made = made_up_interference(noise=0.01, fresh=60)
    own = rows_of(made, setting=ARITHMETIC, kind="selected", prompts="fresh", source="antonyms")
    for task, factor in (("addition", 0.6), ("subtraction", 1.4)):
        made.loc[own.index[own["task"] == task], "probability"] *= factor
    effect = measure(made)[ARITHMETIC].fresh
    assert -MARGIN < effect.improvement.low < effect.improvement.high < MARGIN
    assert (effect.inside, effect.outside, effect.undecided) == (6, 2, 0)
    assert effect.sources["antonyms"].tasks["addition"].equivalence == "outside"


def test_whether_amplification_does_anything_is_told_from_the_sources_own_tasks(measured, found):
    effect = found[ARITHMETIC].fresh
    own = rows_of(measured, setting=ARITHMETIC, prompts="fresh", task="antonyms")
    gains = logit_gain(own["probability"], own["baseline"])
    assert effect.sources["antonyms"].own_gain.value == pytest.approx(gains.mean())
    assert effect.acts
    assert effect.own_gain.low > 0
    assert not found[POETRY].fresh.acts, "arithmetic neurons do nothing for arithmetic here"


def test_perplexity_follows_from_the_change_per_token():
    effect = measure(made_up_interference(tasks=4, effects=HARM, noise=0))[POETRY].measured
    assert effect.log_probability == Estimate(pytest.approx(np.log(0.6)), None, None), "one source has no interval"
    assert effect.perplexity.after == pytest.approx(effect.perplexity.before / 0.6)


def test_a_statement_on_tasks_that_the_study_lacks_is_none():
    assert measure(made_up_interference(tasks=2)) == {POETRY: None, ARITHMETIC: None}
    without_poetry = measure(made_up_interference(tasks=3))
    assert without_poetry[POETRY] is None
    assert list(without_poetry[ARITHMETIC].fresh.sources) == ["antonyms"]


@pytest.mark.filterwarnings("error")
def test_impossible_texts_and_targets_give_figures_or_none_and_no_warning(measured):
    impossible = measure(measured.assign(probability=0.0))[POETRY].fresh
    assert impossible.improvement.value == -100
    assert impossible.log_probability.value < -20
    nothing = measure(measured.assign(probability=0.0, baseline=0.0))[POETRY].fresh
    pair = nothing.sources["addition"].tasks["rhymes"]
    assert (pair.improvement, pair.random, pair.equivalence) == (UNDEFINED, None, "undecided")
    assert nothing.log_probability.value == 0


def test_the_order_of_rows_does_not_matter(measured, found):
    assert measure(measured.sample(frac=1, random_state=1)) == found


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-7.0, 7.0, "inside"),
        (-7.1, 0.0, "undecided"),
        (5.0, 9.0, "undecided"),
        (7.1, 9.0, "outside"),
        (-30.0, -8.0, "outside"),
        (-30.0, 30.0, "undecided"),
        (None, None, "undecided"),
    ],
)
def test_equivalence_asks_for_the_whole_interval(low, high, expected):
    assert equivalence(Estimate(0.0, low, high), MARGIN) == expected


def test_arrays_hold_each_source_and_task_in_order(measured):
    rows = lay_out(rows_of(measured, setting=POETRY, prompts="fresh"))
    assert [task.name for task in rows.tasks] == ["rhymes", "verses"]
    assert [source.name for source in rows.sources] == ["addition", "multiplication", "sequences", "subtraction"]
    for task in rows.tasks:
        assert task.changes.shape == task.random.shape == task.probability.shape == (4, 24)
    other = rows_of(measured, setting=POETRY, prompts="fresh", source="sequences", task="verses", scored="target")
    expected = rows_of(other, kind="selected").sort_values("prompt")["probability"]
    assert rows.tasks[1].probability[2].tolist() == expected.to_list()


def test_arrays_alone_give_the_same_figures(measured, found):
    rows = lay_out(rows_of(measured, setting=POETRY, prompts="fresh"))
    assert measure_effect(rows, MARGIN, SETTINGS) == found[POETRY].fresh
    unchanged = replace(rows, tasks=[replace(task, changes=task.random) for task in rows.tasks])
    assert measure_effect(unchanged, MARGIN, SETTINGS).difference.value == 0
