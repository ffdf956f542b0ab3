from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up import made_up_classified
from statsmodels.stats.multitest import multipletests

from sna.errors import InputError
from sna.inputs.config import Statistics
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate
from sna.statistics.reviews import Asked, Bin, Certainty, Part, Reviews, measure_reviews, tabulate_reviews
from sna.statistics.sentences import NOTHING as EMPTY
from sna.statistics.sentences import Comparison
from sna.statistics.thresholds import Auc, Interval, MatchedShift

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
CERTAINTY = Certainty(bins=[0.5, 0.6, 0.7, 0.8, 0.9, 1.0], uncertain=0.6, confident=0.9)
ASKED = Asked("SST-2", True, {"negative": " bad", "positive": " good"})


def classified_as(labels: str, before: list[float], after: list[float]) -> pd.DataFrame:
    """Make a test part by hand: `labels` such as "+-", and the positive label's normalized probabilities.

    The tuning part is one positive sentence.
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


def measure(classified: pd.DataFrame) -> Reviews:
    return measure_reviews(classified, ASKED, 100, CERTAINTY, SETTINGS)


@pytest.mark.filterwarnings("error")
def test_each_part_is_measured_with_its_own_sentences():
    found = measure(classified_as("++--", before=[0.55, 0.4, 0.95, 0.2], after=[0.65, 0.6, 0.95, 0.1]))
    assert (found.tuning.all.n, found.tuning.all.before, found.tuning.all.after) == (1, 1, 1)
    assert (found.test.all.n, found.test.all.before, found.test.all.after) == (4, 0.5, 0.75)
    assert found.test.predicted_positive == {"before": 0.5, "after": 0.75}
    assert {label: (group.before, group.after) for label, group in found.test.by_label.items()} == {
        "negative": (0.5, 0.5),
        "positive": (0.5, 1.0),
    }


def test_what_was_tried_and_chosen_is_counted():
    found = measure(made_up_classified(tuning=10, test=20))
    assert found.n == {"selection": 100, "tuning": 10, "test": 20}
    assert (found.title, found.is_sst2, found.labels) == (ASKED.title, True, ASKED.labels)
    assert found.tried == 4
    assert found.configuration == Configuration(layer=2, neurons=50, multiplier=3.0)


def test_the_tuning_sentences_are_shown_under_the_chosen_configuration_alone():
    found = measure(made_up_classified(truth="better", tuning=300, test=300))
    assert found.tuning.all.n == 300
    assert found.tuning.all.difference.low > 5, "the other configurations do nothing"


def test_confidence_is_that_before_amplification_whichever_label_it_is_for():
    found = measure(classified_as("+-+-+", before=[0.55, 0.45, 0.72, 0.05, 0.999], after=[0.999] * 5)).test
    assert [(group.low, group.high, group.n) for group in found.bins] == [
        (0.5, 0.6, 2), (0.6, 0.7, 0), (0.7, 0.8, 1), (0.8, 0.9, 0), (0.9, 1.0, 2),
    ]  # fmt: skip
    assert (found.uncertain.n, found.uncertain.low, found.uncertain.high) == (2, 0.5, 0.6)
    assert (found.confident.n, found.confident.low, found.confident.high) == (2, 0.9, 1.0)


def test_a_sentence_of_which_the_model_is_certain_is_in_the_last_bin():
    rows = classified_as("+", before=[1.0], after=[1.0])
    assert measure(rows).test.bins[-1].n == 1


@pytest.mark.filterwarnings("error")
def test_a_model_that_says_neither_label_is_taken_for_negative():
    rows = classified_as("+-", before=[0.5, 0.5], after=[0.5, 0.5])
    rows[["negative_before", "positive_before"]] = 0.0
    found = measure(rows).test
    assert (found.by_label["negative"].before, found.by_label["positive"].before) == (1, 0)
    assert found.bins[0].n == 2


@pytest.mark.filterwarnings("error")
def test_groups_without_sentences_have_no_figures():
    found = measure(classified_as("+", before=[0.95], after=[0.9])).test
    assert {name: value for name, value in vars(found.uncertain).items() if name not in {"low", "high"}} == vars(EMPTY)
    assert found.by_label["negative"] == EMPTY
    assert found.bins[0].pvalue_corrected is None
    assert found.confident.difference == Estimate(0.0, None, None)


@pytest.mark.filterwarnings("error")
def test_bins_may_hold_no_sentence_at_all():
    certainty = replace(CERTAINTY, bins=[0.5, 0.6])
    found = measure_reviews(classified_as("+-", before=[0.9, 0.9], after=[0.9, 0.9]), ASKED, 100, certainty, SETTINGS)
    assert [group.n for group in found.test.bins] == [0]


def test_only_the_pvalues_of_bins_are_corrected():
    found = measure(made_up_classified(truth="better")).test
    pvalues = [group.pvalue for group in found.bins]
    assert [group.pvalue_corrected for group in found.bins] == pytest.approx(multipletests(pvalues, method="holm")[1])
    others = [found.all, found.uncertain, found.confident, *found.by_label.values()]
    assert {group.pvalue_corrected for group in others} == {None}


def test_uncertain_sentences_get_a_shift_of_their_own_and_labels_that_of_all():
    found = measure(made_up_classified(truth="shift", tuning=200, test=1000)).test
    assert found.uncertain.difference.low > 20, "a shift alone improves what is uncertain"
    assert found.uncertain.shift.difference.low <= 0 <= found.uncertain.shift.difference.high
    thresholds = {group.shift.threshold for group in [found.all, *found.by_label.values()]}
    assert thresholds == {found.all.shift.threshold}
    right = np.mean([found.by_label[label].shift.right for label in ("negative", "positive")])
    assert right == pytest.approx(found.all.shift.right), "as many of either label"
    assert found.by_label["positive"].difference.high < 0 < found.by_label["negative"].difference.low


def test_the_order_of_rows_does_not_matter():
    rows = made_up_classified(truth="better")
    assert measure(rows.sample(frac=1, random_state=4)) == measure(rows)


@pytest.mark.parametrize(
    "broken", ["two configurations in the test part", "no tuning part", "no test part", "a configuration never tried"]
)
def test_a_table_that_chose_no_configuration_is_refused(broken):
    rows = made_up_classified(tuning=10, test=10)
    part = rows["part"]
    rows = {
        "two configurations in the test part": rows.assign(part="test"),
        "no tuning part": rows[part == "test"],
        "no test part": rows[part == "tuning"],
        "a configuration never tried": rows.assign(neurons=np.where(part == "test", 7, 50)),
    }[broken]
    with pytest.raises(InputError, match="small: the test part has"):
        measure(rows)


def comparison(after, corrected=None):
    change, probability = Estimate(1 / 3, -1.5, 20.0), Estimate(2.5, 2.0, 3.0)
    shift = MatchedShift(0.5, 0.125, Interval(0.0, 1.0), Estimate(12.5, 1.0, 24.0), 0.75)
    auc = Auc(0.875, 0.75, Estimate(-0.125, -0.25, 0.0))
    return Comparison(10, 0.5, after, change, 50.0, 0.25, corrected, probability, None, None, shift, auc)


def part(after):
    return Part(
        all=comparison(after),
        predicted_positive={},
        bins=[
            Bin(**vars(comparison(after + 0.01, corrected=0.5)), low=0.5, high=0.75),
            Bin(**vars(EMPTY), low=0.75, high=1.0),
        ],
        uncertain=Bin(**vars(comparison(after + 0.02)), low=0.5, high=0.6),
        confident=Bin(**vars(comparison(after + 0.03)), low=0.9, high=1.0),
        by_label={"negative": comparison(after + 0.04), "positive": comparison(after + 0.05)},
    )


def test_each_group_of_a_part_is_a_row_and_what_is_undefined_is_empty():
    found = Reviews(**vars(ASKED), n={}, tried=1, configuration=Configuration(2, 50, 3.0), tuning=part(0), test=part(1))
    change, rest = f"{1 / 3},-1.5,20.0,50.0,0.25", "0.125,12.5,1.0,24.0,0.75,0.875,0.75,-0.125,-0.25,0.0,2.5,2.0,3.0"
    lines = tabulate_reviews({"small": found}).to_csv(index=False).splitlines()
    assert lines[:5] == [
        "model,part,group,n,before,after,difference,difference_low,difference_high,reachable,pvalue,pvalue_corrected,"
        "shifted,beyond_shift,beyond_shift_low,beyond_shift_high,beyond_shift_pvalue,"
        "auc_before,auc_after,auc_difference,auc_difference_low,auc_difference_high,"
        "probability_difference,probability_difference_low,probability_difference_high",
        f"small,tuning,all,10,0.5,0.0,{change},,{rest}",
        f"small,tuning,confidence 0.5 to 0.75,10,0.5,0.01,{change},0.5,{rest}",
        f"small,tuning,confidence 0.75 to 1,0{21 * ','}",
        f"small,tuning,uncertain: below 0.6,10,0.5,0.02,{change},,{rest}",
    ]
    assert [line.split(",")[:3] for line in lines[5:9]] == [
        ["small", "tuning", "confident: from 0.9"],
        ["small", "tuning", "negative"],
        ["small", "tuning", "positive"],
        ["small", "test", "all"],
    ]
    assert len(lines) == 1 + 2 * 7
