from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import made_up_classified, made_up_log_odds
from scipy import stats
from scipy.special import expit, logit
from statsmodels.stats.multitest import multipletests

from sna.errors import InputError
from sna.inputs.config import Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate
from sna.statistics.reviews import (
    Asked,
    Bin,
    Certainty,
    Reviews,
    ShiftOnly,
    choose_boundary,
    measure_reviews,
    tabulate_reviews,
)
from sna.statistics.sentences import NOTHING as EMPTY
from sna.statistics.sentences import Comparison, compare, wilson_interval

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
CERTAINTY = Certainty(bins=[0.5, 0.6, 0.7, 0.8, 0.9, 1.0], uncertain=0.6, confident=0.9)
ASKED = Asked("sst2", {"negative": " bad", "positive": " good"})

sentences = st.lists(st.tuples(st.floats(-20, 20), st.booleans()), min_size=1, max_size=30)


def classified_as(labels: str, before: list[float], after: list[float]) -> pd.DataFrame:
    """Make a test part by hand: `labels` such as "+-", and the positive label's normalized probabilities.

    The one tuning sentence is positive at 0.7, so that the boundary stays where it is.
    """
    number = np.arange(len(labels) + 1)
    before, after = np.array([0.7, *before]), np.array([0.7, *after])
    return pd.DataFrame(
        {
            "model": "small",
            "part": ["tuning"] + ["test"] * len(labels),
            "layer": 3,
            "neurons": 50,
            "multiplier": 2.0,
            "number": number,
            "label": ["positive" if label == "+" else "negative" for label in "+" + labels],
            "negative_before": 0.1 * (1 - before),
            "positive_before": 0.1 * before,
            "negative_after": 0.3 * (1 - after),
            "positive_after": 0.3 * after,
        }
    )


def measure(classified: pd.DataFrame):
    return measure_reviews(classified, ASKED, 100, CERTAINTY, SETTINGS)


@pytest.mark.filterwarnings("error")
def test_accuracy_and_probability_of_a_hand_made_classification():
    found = measure(classified_as("++--", before=[0.55, 0.4, 0.95, 0.2], after=[0.65, 0.6, 0.95, 0.1]))
    assert (found.accuracy.n, found.accuracy.before, found.accuracy.after) == (4, 0.5, 0.75)
    assert found.accuracy.difference.value == pytest.approx(25)
    assert found.probability.before == pytest.approx(np.mean([0.55, 0.4, 0.05, 0.8]))
    assert found.probability.after == pytest.approx(np.mean([0.65, 0.6, 0.05, 0.9]))
    assert found.probability.difference.value == pytest.approx(10)
    assert found.accuracy.probability_difference == found.probability.difference
    assert found.probability.pvalue is None
    assert found.predicted_positive == {"before": 0.5, "after": 0.75}
    assert {label: (group.before, group.after) for label, group in found.by_label.items()} == {
        "negative": (0.5, 0.5),
        "positive": (0.5, 1.0),
    }


def test_what_was_tried_and_chosen_is_counted():
    found = measure(made_up_classified(tuning=10, test=20))
    assert found.n == {"selection": 100, "tuning": 10, "test": 20}
    assert (found.reviews, found.labels) == (ASKED.reviews, ASKED.labels)
    assert found.tried == 4
    assert found.configuration == Configuration(layer=2, neurons=50, multiplier=3.0)


def test_confidence_is_that_before_amplification_whichever_label_it_is_for():
    found = measure(classified_as("+-+-+", before=[0.55, 0.45, 0.72, 0.05, 0.999], after=[0.999] * 5))
    assert [(group.low, group.high, group.n) for group in found.bins] == [
        (0.5, 0.6, 2), (0.6, 0.7, 0), (0.7, 0.8, 1), (0.8, 0.9, 0), (0.9, 1.0, 2),
    ]  # fmt: skip
    assert (found.uncertain.n, found.uncertain.low, found.uncertain.high) == (2, 0.5, 0.6)
    assert (found.confident.n, found.confident.low, found.confident.high) == (2, 0.9, 1.0)


def test_a_sentence_of_which_the_model_is_certain_is_in_the_last_bin():
    rows = classified_as("+", before=[1.0], after=[1.0])
    assert measure(rows).bins[-1].n == 1


@pytest.mark.filterwarnings("error")
def test_a_model_that_says_neither_label_is_taken_for_negative():
    rows = classified_as("+-", before=[0.5, 0.5], after=[0.5, 0.5])
    rows[["negative_before", "positive_before"]] = 0.0
    found = measure(rows)
    assert (found.by_label["negative"].before, found.by_label["positive"].before) == (1, 0)
    assert found.probability.before == 0.5
    assert found.bins[0].n == 2


@pytest.mark.filterwarnings("error")
def test_groups_without_sentences_have_no_figures():
    found = measure(classified_as("+", before=[0.95], after=[0.9]))
    assert {name: value for name, value in vars(found.uncertain).items() if name not in {"low", "high"}} == vars(EMPTY)
    assert found.by_label["negative"] == found.shift_only.by_label["negative"] == EMPTY
    assert found.bins[0].pvalue_corrected is None
    assert found.confident.difference == Estimate(0.0, None, None)


@pytest.mark.filterwarnings("error")
def test_bins_may_hold_no_sentence_at_all():
    certainty = replace(CERTAINTY, bins=[0.5, 0.6])
    found = measure_reviews(classified_as("+-", before=[0.9, 0.9], after=[0.9, 0.9]), ASKED, 100, certainty, SETTINGS)
    assert [group.n for group in found.bins] == [0]


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (5, 0), (12, 3), (4, 4)])
def test_the_pvalue_is_that_of_the_sentences_that_changed_sides(gained, lost):
    before = [0.4] * gained + [0.6] * lost + [0.6] * 10
    after = [0.6] * gained + [0.4] * lost + [0.6] * 10
    found = measure(classified_as("+" * len(before), before, after)).accuracy
    expected = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1
    assert found.pvalue == pytest.approx(expected)
    assert found.difference.value == pytest.approx(100 * (gained - lost) / len(before))


def test_only_the_pvalues_of_bins_are_corrected():
    found = measure(made_up_classified(truth="better"))
    pvalues = [group.pvalue for group in found.bins]
    assert [group.pvalue_corrected for group in found.bins] == pytest.approx(multipletests(pvalues, method="holm")[1])
    others = [found.accuracy, found.uncertain, found.confident, *found.by_label.values()]
    assert {group.pvalue_corrected for group in others} == {None}


def compare_many(truth: str, studies: int, sentences: int) -> list[Comparison]:
    rng = np.random.default_rng(0)
    return [compare(made_up_log_odds(truth, sentences, rng), SETTINGS) for _ in range(studies)]


def test_without_an_effect_few_studies_find_one():
    found = compare_many("none", studies=200, sentences=200)
    assert np.mean([each.pvalue < 0.05 for each in found]) < 0.08
    assert np.mean([not each.difference.low <= 0 <= each.difference.high for each in found]) < 0.1


def test_a_planted_effect_is_found_with_its_size():
    found = compare_many("better", studies=20, sentences=400)
    assert all(each.pvalue < 0.001 and each.difference.low > 0 for each in found)
    # Log odds of a mean of 0.8 and a spread of 1.2, moved by 1.
    truth = 100 * (stats.norm.cdf(1.8 / 1.2) - stats.norm.cdf(0.8 / 1.2))
    assert np.mean([each.difference.value for each in found]) == pytest.approx(truth, abs=1.5)


def test_a_pure_shift_is_reached_by_moving_the_boundary_alone():
    found = measure(made_up_classified(truth="shift", tuning=200, test=1000))
    assert found.uncertain.difference.low > 20, "a shift alone improves what is uncertain"
    assert found.shift_only.uncertain.after == pytest.approx(found.uncertain.after, abs=0.05)
    assert found.shift_only.after == pytest.approx(found.accuracy.after, abs=0.03)
    assert found.shift_only.threshold == pytest.approx(expit(1.5), abs=0.06)
    assert found.predicted_positive["before"] > 0.75
    assert found.by_label["positive"].difference.high < 0 < found.by_label["negative"].difference.low


def test_what_is_more_than_a_shift_is_not_reached_by_moving_the_boundary():
    found = measure(made_up_classified(truth="better", tuning=200, test=1000))
    assert found.accuracy.difference.low > 10
    assert found.shift_only.difference.high < 5


def test_the_shifted_model_is_the_unamplified_one():
    rows = made_up_classified(truth="shift")
    other = rows.assign(negative_after=rows["positive_after"], positive_after=rows["negative_after"])
    assert measure(rows).shift_only == measure(other).shift_only
    assert measure(rows).accuracy != measure(other).accuracy


@given(sentences)
def test_the_chosen_boundary_is_at_least_as_good_as_any_other(given_sentences):
    log_odds, positive = (np.array(column) for column in zip(*given_sentences, strict=True))
    boundary = choose_boundary(log_odds, positive)
    right = np.sum((log_odds > boundary) == positive)
    inside = np.append(log_odds[log_odds < log_odds.max()], 0.0)
    assert right >= max(np.sum((log_odds > other) == positive) for other in inside)


@pytest.mark.parametrize(
    ("probabilities", "labels", "threshold"),
    [
        ([0.3, 0.6], "-+", 0.5),  # nothing to gain: it stays
        ([0.6, 0.9], "-+", expit((logit(0.6) + logit(0.9)) / 2)),  # the middle between the two
        ([0.2, 0.6, 0.7, 0.9], "-+-+", 0.5),  # two are equally good: the one nearest to none
        ([0.2, 0.4, 0.6, 0.8], "-+-+", expit((logit(0.2) + logit(0.4)) / 2)),  # two are as near: the lower
    ],
)
def test_ties_between_boundaries_are_broken_towards_no_shift(probabilities, labels, threshold):
    positive = np.array([label == "+" for label in labels])
    assert expit(choose_boundary(logit(probabilities), positive)) == pytest.approx(threshold)


def test_the_order_of_rows_does_not_matter():
    rows = made_up_classified(truth="better")
    assert measure(rows.sample(frac=1, random_state=4)) == measure(rows)


@pytest.mark.parametrize("broken", ["two configurations in the test part", "no tuning part", "no test part"])
def test_a_table_that_chose_no_configuration_is_refused(broken):
    rows = made_up_classified(tuning=10, test=10)
    part = rows["part"]
    rows = {
        "two configurations in the test part": rows.assign(part="test"),
        "no tuning part": rows[part == "test"],
        "no test part": rows[part == "tuning"],
    }[broken]
    with pytest.raises(InputError, match="small: the test part has"):
        measure(rows)


def test_a_share_is_within_its_interval_and_more_sentences_narrow_it():
    for share in (0.0, 0.3, 1.0):
        few, many = (wilson_interval(pd.Series(np.arange(n) < share * n), 0.95) for n in (10, 1000))
        assert 0 <= few.low <= share <= few.high <= 1
        assert few.high - few.low > 0.1
        assert many.high - many.low < 0.1


def comparison(after, corrected=None):
    change, probability = Estimate(1 / 3, -1.5, 20.0), Estimate(2.5, 2.0, 3.0)
    return Comparison(10, 0.5, after, change, 0.25, corrected, probability, None, None)


def groups(after):
    return {
        "bins": [
            Bin(**vars(comparison(after + 0.01, corrected=0.5)), low=0.5, high=0.75),
            Bin(**vars(EMPTY), low=0.75, high=1.0),
        ],
        "uncertain": Bin(**vars(comparison(after + 0.02)), low=0.5, high=0.6),
        "confident": Bin(**vars(comparison(after + 0.03)), low=0.9, high=1.0),
        "by_label": {"negative": comparison(after + 0.04), "positive": comparison(after + 0.05)},
    }


def test_each_group_is_a_row_beside_what_a_shift_gives_and_what_is_undefined_is_empty():
    found = Reviews(
        **vars(ASKED),
        **groups(0.25),
        n={},
        tried=1,
        configuration=Configuration(2, 50, 3.0),
        accuracy=comparison(0.25),
        probability=EMPTY,
        predicted_positive={},
        shift_only=ShiftOnly(**vars(comparison(0.125)), **groups(0.125), threshold=0.5),
    )
    change, probability = f"{1 / 3},-1.5,20.0", "2.5,2.0,3.0"
    assert tabulate_reviews({"small": found}).to_csv(index=False).splitlines() == [
        "model,group,n,before,after,difference,difference_low,difference_high,pvalue,pvalue_corrected,shift_only,"
        "probability_difference,probability_difference_low,probability_difference_high",
        f"small,all,10,0.5,0.25,{change},0.25,,0.125,{probability}",
        f"small,confidence 0.5 to 0.75,10,0.5,0.26,{change},0.25,0.5,0.135,{probability}",
        "small,confidence 0.75 to 1,0,,,,,,,,,,,",
        f"small,uncertain: below 0.6,10,0.5,0.27,{change},0.25,,0.145,{probability}",
        f"small,confident: from 0.9,10,0.5,0.28,{change},0.25,,0.155,{probability}",
        f"small,negative,10,0.5,0.29,{change},0.25,,0.165,{probability}",
        f"small,positive,10,0.5,0.3,{change},0.25,,0.175,{probability}",
    ]
