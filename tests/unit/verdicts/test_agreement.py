"""Whether models agree is said in words, with the figures that it rests on."""

import pytest
from made_up_evidence import in_ascii

from sna.statistics.estimate import Estimate
from sna.verdicts.agreement import Agreement, compare, count_agreements
from sna.verdicts.claims import Verdict
from sna.verdicts.words import WORDS, Outcome

YES, PARTLY, NO, CANNOT, UNTESTED = Outcome


def verdicts(*found, kind="fresh"):
    """Return the verdicts on models a, b, c, of which each has its number for a figure."""
    return {
        "abc"[n]: Verdict(None if outcome == UNTESTED else n, None, f"{n}.0 %", WORDS[kind][outcome], "Because.")
        for n, outcome in enumerate(found)
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([YES, YES], "agree"),
        ([NO, NO, UNTESTED], "agree"),
        ([YES, NO], "disagree"),
        ([YES, PARTLY], "disagree"),
        ([YES, NO, CANNOT], "cannot tell"),
        ([CANNOT, CANNOT], "cannot tell"),
        ([YES, UNTESTED], "not compared"),
        ([UNTESTED, UNTESTED], "not compared"),
    ],
)
def test_models_agree_if_their_verdicts_do_and_can_be_told(found, expected):
    for kind in WORDS:
        assert compare(kind, verdicts(*found, kind=kind), "percent", None).outcome == expected


def said(found, unit="percent", difference=None):
    return in_ascii(compare("fresh", verdicts(*found), unit, difference).reason)


def test_each_verdict_is_said_with_the_models_that_got_it():
    assert said([YES, NO, YES]).startswith("The models disagree: holds on a and c; does not hold on b.")
    assert said([YES, YES, YES]).startswith("The models agree: holds on a, b and c.")
    assert said([YES, CANNOT]).startswith("Nobody can tell whether the models agree: holds on a; cannot tell on b.")
    assert said([YES, UNTESTED]) == "Not compared: tested on a alone."
    assert said([UNTESTED, UNTESTED]) == "Not compared: tested on no model."


@pytest.mark.parametrize(
    ("unit", "difference", "expected"),
    [
        ("percent", Estimate(-20, -30, -10), "a less b, is -20.0 points (-30.0 to -10.0)."),
        ("share", Estimate(0.2, -0.1, 0.5), "a less b, is 20.0 points (-10.0 to 50.0), so that there may be none."),
        ("nats", Estimate(0.5, 0.25, 0.75), "a less b, is 0.500 nats (0.250 to 0.750)."),
        ("number", Estimate(0.5, 0.25, 0.75), "a less b, is 0.500 (0.250 to 0.750)."),
    ],
)
def test_the_difference_of_two_figures_stands_beside_their_verdicts(unit, difference, expected):
    assert said([YES, NO], unit, difference).endswith(f"The difference of their values, {expected}")


def test_without_a_difference_the_figures_are_said_unless_they_are_the_same():
    assert said([YES, NO, NO]).endswith("Their values run from 0.0 % on a to 2.0 % on c.")
    same = {model: Verdict(1, None, "yes", "holds", "") for model in "ab"}
    assert compare("fresh", same, "yes_no", None).reason == "The models agree: holds on a and b."


def test_agreements_are_counted_and_the_claims_on_which_models_disagree_are_named():
    outcomes = ["agree", "agree", "disagree", "disagree", "cannot tell", "not compared"]
    found = {f"Claim {n}": Agreement(outcome, "") for n, outcome in enumerate(outcomes)}
    assert count_agreements("fresh", found) == (
        "On fresh prompts, of 6 claims the models agree on 2 and disagree on 2 (Claim 2, Claim 3); on 1 nobody can "
        "tell, and 1 is tested on fewer than two of them."
    )
    assert "agree on 0 and disagree on 0; on 0" in count_agreements("measured", {})
