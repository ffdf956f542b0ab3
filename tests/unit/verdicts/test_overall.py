"""One verdict over several models, and how often noise alone would earn one."""

import pytest
from made_up_evidence import NOISE

from sna.verdicts.noise import noise_rate
from sna.verdicts.overall import combine
from sna.verdicts.words import KINDS, WORDS, Outcome, outcome_of

YES, PARTLY, NO, CANNOT, UNTESTED = Outcome


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([YES], YES),
        ([YES, YES], YES),
        ([CANNOT, UNTESTED], CANNOT),
        ([YES, NO], PARTLY),
        ([YES, CANNOT], PARTLY),
        ([YES, PARTLY], PARTLY),
        ([PARTLY, NO], NO),
        ([PARTLY, CANNOT], CANNOT),
        ([NO, CANNOT], NO),
        ([UNTESTED, UNTESTED], UNTESTED),
    ],
)
def test_models_that_disagree_are_combined_by_the_rule(kind, found, expected):
    assert combine(kind, [WORDS[kind][outcome] for outcome in found]) == WORDS[kind][expected]


@pytest.mark.parametrize("kind", KINDS)
def test_every_outcome_has_its_word(kind):
    assert [outcome_of(kind, word) for word in WORDS[kind]] == list(Outcome)


@pytest.mark.parametrize(
    ("claim", "kind", "word", "expected"),
    [
        ("saturation", "measured", "reproduced", 0.95),
        ("saturation", "measured", "partly reproduced", 0.98),
        ("saturation", "measured", "not reproduced", None),
        ("saturation", "measured", "cannot tell", None),
        ("saturation", "fresh", "holds", 0.0),
        ("zone1-mean", "fresh", "partly holds", 0.02),
        ("zone3", "fresh", "holds", 0.0),
        ("scale", "fresh", "holds", None),
        ("pythia", "measured", "reproduced", None),
    ],
)
def test_noise_counts_with_a_verdict_what_is_better(claim, kind, word, expected):
    assert noise_rate(NOISE, claim, kind, word) == expected
