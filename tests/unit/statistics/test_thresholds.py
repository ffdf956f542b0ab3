import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import made_up_log_odds
from scipy.stats import mannwhitneyu

from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate
from sna.statistics.thresholds import Auc, match_threshold, measure_auc

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)


def ordered(labels, before, after):
    return pd.DataFrame({"positive": [label == "+" for label in labels], "before": before, "after": after})


@given(st.lists(st.integers(-50, 50), min_size=1, unique=True), st.data())
def test_as_many_lie_above_the_matching_threshold_as_are_asked_for(log_odds, data):
    wanted = data.draw(st.integers(0, len(log_odds)))
    threshold = match_threshold(np.array(log_odds, dtype=float), wanted)
    assert np.sum(np.array(log_odds) > threshold) == wanted


def test_equal_log_odds_are_not_parted():
    threshold = match_threshold(np.array([-1.0, 2.0, 2.0, 2.0]), 2)
    assert threshold == 2.0, "none of the three lies above"


@given(
    st.lists(st.tuples(st.booleans(), st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=30).filter(
        lambda rows: len({positive for positive, *_ in rows}) == 2
    )
)
def test_the_area_is_the_share_of_pairs_in_the_right_order_ties_half(rows):
    positive, before, after = (np.array(column) for column in zip(*rows, strict=True))
    found = measure_auc(pd.DataFrame({"positive": positive, "before": before, "after": after}), SETTINGS)
    for area, odds in ((found.before, before), (found.after, after)):
        pairs = positive.sum() * (~positive).sum()
        assert area == pytest.approx(mannwhitneyu(odds[positive], odds[~positive]).statistic / pairs)
    assert found.difference.value == pytest.approx(found.after - found.before)


def test_sentences_of_one_label_have_no_order_to_measure():
    assert measure_auc(ordered("++", [0.0, 1.0], [0.0, 1.0]), SETTINGS) is None


@pytest.mark.filterwarnings("error")
def test_one_sentence_of_a_label_gives_no_interval():
    assert measure_auc(ordered("+--", [1.0, 2.0, 0.0], [3.0, 2.0, 0.0]), SETTINGS) == Auc(
        0.5, 1.0, Estimate(0.5, None, None)
    )


def test_a_shift_leaves_the_area_as_it_is():
    sentences = made_up_log_odds("none", 100, np.random.default_rng(0))
    found = measure_auc(sentences.assign(after=sentences["before"] - 2), SETTINGS)
    assert found.difference == Estimate(0.0, 0.0, 0.0)


def test_the_intervals_of_a_difference_cover_it_as_often_as_they_say():
    rng = np.random.default_rng(1)
    truth = measure_auc(made_up_log_odds("better", 200_000, rng), SETTINGS).difference.value
    found = [measure_auc(made_up_log_odds("better", 200, rng), SETTINGS).difference for _ in range(400)]
    assert np.mean([one.low <= truth <= one.high for one in found]) == pytest.approx(0.95, abs=0.03)
