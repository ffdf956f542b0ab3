"""What the page tells of tasks and verdicts."""

from pathlib import Path

import pytest

from sna.inputs.fresh import FreshPrompt
from sna.report.contents import EXAMPLES, count_earned_by_noise, gather_reasons, pick_examples
from sna.verdicts.claims import read_claims


def entry(measured, noise=None, fresh="holds", model="small"):
    """Return what claims.json says of a claim and a model; `fresh` is None for what is no matter of prompts."""
    return {
        "model": model,
        "measured": {"verdict": measured, "noise": noise},
        "fresh": fresh and {"verdict": fresh, "noise": None},
    }


CLAIMS = [
    {"models": [entry("reproduced", 0.9), entry("not reproduced", model="other")]},
    {"models": [entry("reproduced", 0.05, fresh="cannot tell"), entry("reproduced", 0.06, model="other")]},
    {"models": [entry("partly reproduced", 0.5), entry("cannot tell", model="other")]},
    {"models": [entry("reproduced", fresh=None), entry("reproduced", fresh=None, model="other")]},
]


def test_only_what_noise_earns_more_often_than_rarely_counts():
    assert count_earned_by_noise(CLAIMS, "small", above=0.05) == 2
    assert count_earned_by_noise(CLAIMS, "other", above=0.05) == 1


@pytest.mark.parametrize("n", [1, EXAMPLES, EXAMPLES + 1, 240])
def test_examples_are_few_different_and_from_the_whole_bank(n):
    bank = [FreshPrompt(f"{number}", " yes", "counting") for number in range(n)]
    picked = [int(example.prompt) for example in pick_examples(bank)]
    assert len(set(picked)) == min(n, EXAMPLES)
    assert picked == sorted(picked)
    assert picked[-1] >= n - n / len(picked) - 1


DEFINITIONS = read_claims(Path(__file__).parents[3] / "report" / "claims.yaml")


def because(measured, fresh="Because.", model="small"):
    """Return what claims.json says of a claim and a model, as far as it gives reasons."""
    return {"model": model, "measured": {"reason": measured}, "fresh": fresh and {"reason": fresh}}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([because("Because.")], [("", "Because.")]),
        ([because("So.")], [("As the paper measured it", "So."), ("On fresh prompts", "Because.")]),
        (
            [because("So."), because("So.", "No.", model="other")],
            [
                ("As the paper measured it", "So."),
                ("On fresh prompts, small", "Because."),
                ("On fresh prompts, other", "No."),
            ],
        ),
        ([because("So."), because("So.", "So.", "other")], [
            ("As the paper measured it; On fresh prompts, other", "So."), ("On fresh prompts, small", "Because."),
        ]),
    ],
    ids=["both alike", "one model", "two models", "across both"],
)  # fmt: skip
def test_a_reason_that_several_verdicts_share_is_given_once_with_their_names(entries, said):
    assert gather_reasons(DEFINITIONS["saturation"], {"models": entries}) == {"Why": said}


def test_why_a_claim_has_no_verdict_on_fresh_prompts_is_among_the_reasons():
    reasons = gather_reasons(DEFINITIONS["scale"], {"models": [because("So.", None)]})
    assert reasons == {
        "Why": [("As the paper measured it", "So."), ("On fresh prompts", DEFINITIONS["scale"].no_fresh)]
    }
