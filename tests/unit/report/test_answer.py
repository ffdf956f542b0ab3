"""The first screen's answer: what it says follows from the verdicts, of one model and of several."""

import pytest

from sna.report.answer import answer, headline
from sna.verdicts.overall import combine

SHORT = {
    "yes": "holds",
    "partly": "partly holds",
    "no": "does not hold",
    "unsure": "cannot tell",
    "not": "not tested here",
}


def claim(name, *words, noise=None, absence=False):
    """Return a claim with a verdict on fresh prompts for each model, or without any."""
    models = [
        {
            "model": f"model{number}",
            "fresh": {"verdict": SHORT[word], "noise": noise, "reason": f"Why {name} is {word}."},
        }
        for number, word in enumerate(words)
    ]
    overall = {"verdict": combine("fresh", [SHORT[word] for word in words])} if words else None
    models = models or [{"model": "model0", "fresh": None}]
    return {
        "id": name,
        "title": f"Title of {name}",
        "absence": absence,
        "models": models,
        "overall": {"fresh": overall},
    }


def test_claims_are_sorted_by_their_verdict_and_those_without_a_rule_are_left_out():
    found = answer([claim("a", "yes"), claim("b", "no"), claim("c", "unsure"), claim("d", "not"), claim("e")], "fresh")
    assert {word: [named.id for named in claims] for word, claims in found.claims.items()} == {
        "holds": ["a"],
        "partly holds": [],
        "does not hold": ["b"],
        "cannot tell": ["c"],
        "not tested here": ["d"],
    }
    assert found.tested == 3


def test_where_models_differ_it_is_said_on_which_a_claim_is_so():
    found = answer([claim("mixed", "yes", "no", "not"), claim("same", "no", "no")], "fresh")
    [mixed], [same] = found.claims["partly holds"], found.claims["does not hold"]
    assert mixed.where == {"holds": ["model0"], "does not hold": ["model1"]}
    assert same.where == {}


def test_noise_is_that_of_the_verdict_that_it_earns_most_often():
    assert answer([claim("a", "yes", noise=0.1), claim("b", "partly", noise=0.4)], "fresh").by_noise == 0.4
    assert answer([claim("a", "no")], "fresh").by_noise is None


def test_why_nothing_is_tested_is_the_reason_that_is_given_most_often():
    found = answer([claim("a", "not"), claim("b", "not", "not"), claim("c", "yes")], "fresh")
    assert found.untested == "Why b is not."
    assert answer([claim("c", "yes")], "fresh").untested is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["not", "not"], "This study cannot say."),
        (["yes", "yes", "not"], "Yes, in all that could be tested."),
        (["yes", "partly", "no"], "For the most part."),
        (["yes", "unsure"], "In some respects."),
        (["partly", "no", "no", "unsure"], "Hardly, as far as this study can tell."),
        (["no", "unsure"], "Not that this study shows."),
        (["unsure"], "Nobody can tell yet."),
    ],
)
def test_the_headline_says_how_much_holds_of_what_could_be_tested(words, said):
    claims = [claim(f"claim{number}", word) for number, word in enumerate(words)]
    assert headline(claims) == said
    # That nothing happens where nothing should is no sign that it works.
    assert headline([*claims, *(claim(f"absence{number}", "yes", absence=True) for number in range(9))]) == said
