"""What the page tells of tasks and verdicts."""

import pytest

from sna.inputs.fresh import FreshPrompt
from sna.report.contents import EXAMPLES, count_earned_by_noise, pick_examples


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
