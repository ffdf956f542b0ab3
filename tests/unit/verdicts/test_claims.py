"""The claims: every rule can come out each way, and a mistake in one names the claim and the key."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from made_up_evidence import (
    EVIDENCE,
    SMOKE,
    category,
    effect,
    evidence,
    in_ascii,
    reviews,
    reviews_between,
    statement,
    zone,
)
from made_up_fresh_evidence import fresh_task, fresh_zone, gains_at
from made_up_transition import course, part

from sna import formats
from sna.errors import InputError
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.layers import Specialization
from sna.statistics.saturation import correlate_tasks
from sna.verdicts.claims import decide, judge, read_claims
from sna.verdicts.words import WORDS, Outcome

FILE = Path(__file__).parents[3] / "report" / "claims.yaml"
CLAIMS = read_claims(FILE)
YES, PARTLY, NO, CANNOT, UNTESTED = Outcome

#: The paper's, in its order.
IDS = [
    "scale",
    "saturation",
    "zone1-mean",
    "zone1-max",
    "zone2",
    "zone3",
    "baseline-beats-task-type",
    "layer-arithmetic",
    "layer-logic",
    "layer-semantics",
    "layer-coding",
    "specialization",
    "interference-arithmetic",
    "interference-semantics",
    "sst2-uncertain",
    "sst2-confident",
    "reversible",
    "pythia",
    "weak-activation",
    "confident-unmoved",
    "measure-first",
]
#: They are no matter of what the model knows.
WHATEVER_IS_KNOWN = {"scale", "reversible"}


def at_layer(name, kind, layer):
    """Give the cases of a claim about a category's best layer, as the paper measured it and on fresh prompts."""
    key, fresh, layers = f"layers/by_category/{kind}", "fresh/layers/by_category", f"fresh/layers/layers/{kind}"
    measured = [
        ({key: category(layer, layer - 2, layer + 2)}, YES),
        ({key: category(layer + 1, layer, layer + 2)}, YES),
        ({key: category(layer, layer - 2, layer + 2, gain=(1, -1, 3))}, CANNOT),
        ({key: category(layer, 0, 23)}, CANNOT),
        ({key: category(layer - 6, 0, 23)}, CANNOT),
        ({key: category(layer + 1, layer + 1, layer + 1)}, PARTLY),
        ({key: category(1, 0, 2)}, NO),
        ({"model/name": "smollm2-135m"}, UNTESTED),
        ({"layers/layers": 3}, UNTESTED),
        ({"layers/by_category": {"poetry": category()}}, UNTESTED),
    ]
    on_fresh = [
        ({}, YES),
        ({layers: layer - 1}, YES),
        ({fresh: gains_at((0.1, -0.1, 0.3))}, CANNOT),
        ({fresh: gains_at(others=0.9)}, PARTLY),
        ({layers: layer - 2}, NO),
        ({fresh: gains_at((-0.2, -0.3, -0.1))}, NO),
        ({fresh: gains_at((0.3, None, None))}, UNTESTED),
        ({fresh: {}}, UNTESTED),
        ({"model/name": "smollm2-135m"}, UNTESTED),
    ]
    return [
        *((name, "measured", changes, expected) for changes, expected in measured),
        *((name, "fresh", changes, expected) for changes, expected in on_fresh),
    ]


def in_statement(name, *cases):
    """Give the cases of a claim about one category's neurons and another's tasks, the same for both verdicts."""
    statements = {
        "interference-arithmetic": "arithmetic-on-poetry",
        "interference-semantics": "semantics-on-arithmetic",
    }
    key = f"interference/statements/{statements[name]}"
    return [(name, kind, {key: found}, expected) for kind in WORDS for found, expected in cases]


def on_reviews(name, kind, *cases):
    """Give the cases of a claim about reviews of which the model is uncertain, or confident."""
    group, part = name.removeprefix("sst2-"), {"measured": "tuning", "fresh": "test"}[kind]
    edges = {"uncertain": (0.5, 0.6), "confident": (0.9, 1.0)}[group]
    return [
        (name, kind, {f"reviews/{part}/{group}": reviews_between(*edges, found)}, expected) for found, expected in cases
    ]


NO_CHANGE = replace(reviews(difference=(0, -1, 1)), probability_difference=Estimate(0, -1, 1))
ONLY_ARITHMETIC = {"model/name": "pythia-160m", "layers/by_category": {"arithmetic": category()}}
IN_ZONE1 = "zones/zones/1"
FRESH_ZONE1, FRESH_ZONE3 = "fresh/zones/1", "fresh/zones/3"
SLOPES, COMPOSED = "transition/change/course", "transition/change/composed"
TO_ZONE2 = f"{COMPOSED}/falls/zone1_to_transition/logit_gain"
TO_ZONE3 = f"{COMPOSED}/falls/transition_to_zone3/logit_gain"
RHO, FRESH_RHO = "saturation/rho", "fresh/saturation/rho"
CASES = [
    ("scale", "measured", {}, YES),
    ("scale", "measured", {"study/experiments": 24000}, NO),
    ("scale", "measured", {"study/planned": 20160, "study/experiments": 20160}, PARTLY),
    ("scale", "measured", {"study/planned": 20000, "study/experiments": 20000}, UNTESTED),
    ("scale", "measured", {"layers/layers": 3}, UNTESTED),
    ("saturation", "measured", {}, YES),
    ("saturation", "measured", {"saturation/pvalue": 0.2}, PARTLY),
    ("saturation", "measured", {RHO: Estimate(-0.4, -0.6, -0.1)}, PARTLY),
    ("saturation", "measured", {RHO: Estimate(-0.4, -0.8, 0.1)}, CANNOT),
    ("saturation", "measured", {RHO: Estimate(-0.2, -0.6, 0.1)}, NO),
    ("saturation", "measured", {RHO: Estimate(0.4, 0.1, 0.8)}, NO),
    ("saturation", "measured", {"saturation/n": 5}, UNTESTED),
    ("saturation", "measured", {RHO: UNDEFINED, "saturation/pvalue": None}, UNTESTED),
    ("saturation", "fresh", {}, YES),
    ("saturation", "fresh", {"fresh/saturation/pvalue_shuffled": 0.2}, PARTLY),
    ("saturation", "fresh", {"fresh/saturation/beyond_random": Estimate(-0.2, -0.5, 0.1)}, NO),
    ("saturation", "fresh", {"fresh/saturation/beyond_random": Estimate(-0.4, -0.8, 0.1)}, CANNOT),
    ("saturation", "fresh", {FRESH_RHO: Estimate(-0.4, -0.8, 0.1)}, CANNOT),
    ("saturation", "fresh", {FRESH_RHO: Estimate(-0.2, -0.6, 0.1)}, NO),
    ("saturation", "fresh", {FRESH_RHO: Estimate(0.4, 0.1, 0.8)}, NO),
    ("saturation", "fresh", {"fresh/known": 5, "fresh/n": 6}, UNTESTED),
    ("saturation", "fresh", {"fresh/saturation/pvalue_shuffled": None}, UNTESTED),
    ("saturation", "fresh", {"fresh/saturation/beyond_random": UNDEFINED}, UNTESTED),
    ("zone1-mean", "measured", {}, YES),
    ("zone1-mean", "measured", {IN_ZONE1: zone(mean=(80, 60, 99))}, PARTLY),
    ("zone1-mean", "measured", {IN_ZONE1: zone(mean=(60, 5, 115))}, CANNOT),
    ("zone1-mean", "measured", {IN_ZONE1: zone(mean=(25, -5, 60))}, CANNOT),
    ("zone1-mean", "measured", {IN_ZONE1: zone(mean=(5, -5, 15))}, NO),
    ("zone1-mean", "measured", {IN_ZONE1: zone(2)}, UNTESTED),
    ("zone1-mean", "fresh", {}, YES),
    ("zone1-mean", "fresh", {FRESH_ZONE1: fresh_zone(difference=(0.1, -0.1, 0.3))}, CANNOT),
    ("zone1-mean", "fresh", {FRESH_ZONE1: fresh_zone(difference=(-0.2, -0.3, -0.1))}, NO),
    ("zone1-mean", "fresh", {FRESH_ZONE1: fresh_zone(mean=(60, 5, 115))}, CANNOT),
    ("zone1-mean", "fresh", {FRESH_ZONE1: fresh_zone(mean=(-20, -60, 20))}, CANNOT),
    ("zone1-mean", "fresh", {FRESH_ZONE1: fresh_zone(mean=(10, 5, 15))}, PARTLY),
    ("zone1-mean", "fresh", {FRESH_ZONE1: fresh_zone(mean=(10, 5, 15), difference=(0.1, -0.1, 0.3))}, NO),
    ("zone1-mean", "fresh", {FRESH_ZONE1: fresh_zone(mean=(5, -5, 15))}, NO),
    ("zone1-mean", "fresh", {FRESH_ZONE1: fresh_zone(2)}, UNTESTED),
    ("zone1-max", "measured", {}, YES),
    ("zone1-max", "measured", {IN_ZONE1: zone(best=(332, 10, 1001))}, CANNOT),
    ("zone1-max", "measured", {IN_ZONE1: zone(best=(200, 150, 250))}, PARTLY),
    ("zone1-max", "measured", {IN_ZONE1: zone(best=(6, 1, 9))}, NO),
    ("zone1-max", "measured", {IN_ZONE1: zone(0)}, UNTESTED),
    ("zone1-max", "fresh", {}, YES),
    ("zone1-max", "fresh", {FRESH_ZONE1: fresh_zone(best=(200, 150, 250))}, YES),
    ("zone1-max", "fresh", {FRESH_ZONE1: fresh_zone(best=(100, 10, 400))}, CANNOT),
    ("zone1-max", "fresh", {"fresh/by_task/task 0": fresh_task(holds=False)}, CANNOT),
    ("zone1-max", "fresh", {"fresh/by_task/task 0": fresh_task(holds=False, difference=(-0.3, -0.4, -0.2))}, NO),
    ("zone1-max", "fresh", {FRESH_ZONE1: fresh_zone(best=(20, 10, 30))}, PARTLY),
    ("zone1-max", "fresh", {FRESH_ZONE1: fresh_zone(best=(6, 1, 9))}, NO),
    ("zone1-max", "fresh", {FRESH_ZONE1: fresh_zone(0)}, UNTESTED),
    ("zone2", "measured", {}, YES),
    ("zone2", "measured", {"zones/zones/2": zone(2), IN_ZONE1: zone(6)}, YES),
    ("zone2", "measured", {"zones/zones/2": zone(3)}, PARTLY),
    ("zone2", "measured", {"zones/zones/2": zone(6)}, NO),
    ("zone2", "measured", {IN_ZONE1: zone(1)}, UNTESTED),
    ("zone2", "measured", {"study/tasks_chosen_by_baseline": True}, UNTESTED),
    ("zone2", "fresh", {}, YES),
    ("zone2", "fresh", {SLOPES: course((-1.2, -2.7, 0.3))}, CANNOT),
    ("zone2", "fresh", {TO_ZONE2: Estimate(0.1, -0.1, 0.3)}, CANNOT),
    ("zone2", "fresh", {TO_ZONE3: Estimate(0.1, -0.1, 0.3)}, CANNOT),
    ("zone2", "fresh", {SLOPES: course((-0.3, -0.9, 0.3))}, PARTLY),
    ("zone2", "fresh", {SLOPES: course((0.3, 0.1, 0.5))}, PARTLY),
    ("zone2", "fresh", {TO_ZONE2: Estimate(0.0, -0.1, 0.1)}, NO),
    ("zone2", "fresh", {TO_ZONE3: Estimate(-0.2, -0.3, -0.1)}, NO),
    ("zone2", "fresh", {SLOPES: course(None)}, UNTESTED),
    ("zone2", "fresh", {f"{COMPOSED}/parts/zone1": part((0.1, -0.1, 0.3))}, UNTESTED),
    ("zone2", "fresh", {"fresh/known": 5, "fresh/n": 6}, UNTESTED),
    ("zone3", "measured", {}, YES),
    ("zone3", "measured", {"zones/zones/3": zone(mean=(2, -6, 10))}, CANNOT),
    ("zone3", "measured", {"zones/zones/3": zone(share=0.5)}, PARTLY),
    ("zone3", "measured", {"zones/zones/3": zone(share=0.75)}, NO),
    ("zone3", "measured", {"zones/zones/3": zone(2)}, UNTESTED),
    ("zone3", "measured", {IN_ZONE1: zone(mean=(2, -3, 6))}, UNTESTED),
    ("zone3", "fresh", {}, YES),
    ("zone3", "fresh", {FRESH_ZONE3: fresh_zone(5, above=(1, 1))}, YES),
    ("zone3", "fresh", {FRESH_ZONE3: fresh_zone(5, above=(1, 2))}, CANNOT),
    ("zone3", "fresh", {FRESH_ZONE3: fresh_zone(5, above=(2, 3))}, NO),
    ("zone3", "fresh", {FRESH_ZONE3: fresh_zone(2)}, UNTESTED),
    ("zone3", "fresh", {FRESH_ZONE1: fresh_zone(difference=(0.1, -0.1, 0.3))}, UNTESTED),
    ("baseline-beats-task-type", "measured", {}, YES),
    ("baseline-beats-task-type", "measured", {"predictors/difference": Estimate(0.1, -0.2, 0.4)}, CANNOT),
    ("baseline-beats-task-type", "measured", {"predictors/difference": Estimate(-0.3, -0.4, -0.2)}, NO),
    ("baseline-beats-task-type", "measured", {"predictors/pvalue": 0.2}, CANNOT),
    ("baseline-beats-task-type", "measured", {"predictors/n": 3}, UNTESTED),
    ("baseline-beats-task-type", "measured", {"predictors/pvalue": None}, UNTESTED),
    ("baseline-beats-task-type", "measured", {"predictors/difference": UNDEFINED}, UNTESTED),
    ("baseline-beats-task-type", "fresh", {}, YES),
    ("baseline-beats-task-type", "fresh", {"fresh/predictors/difference": Estimate(0.1, -0.2, 0.4)}, PARTLY),
    ("baseline-beats-task-type", "fresh", {"fresh/predictors_logit/difference": Estimate(0.1, -0.2, 0.4)}, CANNOT),
    ("baseline-beats-task-type", "fresh", {"fresh/predictors_logit/difference": Estimate(-0.3, -0.4, -0.2)}, NO),
    ("baseline-beats-task-type", "fresh", {"fresh/predictors/pvalue": 0.2}, PARTLY),
    ("baseline-beats-task-type", "fresh", {"fresh/predictors_logit/pvalue": 0.2}, CANNOT),
    ("baseline-beats-task-type", "fresh", {"fresh/predictors_logit/n": 3}, UNTESTED),
    ("baseline-beats-task-type", "fresh", {"fresh/predictors/pvalue": None}, UNTESTED),
    *at_layer("layer-arithmetic", "arithmetic", 8),
    *at_layer("layer-logic", "logic", 10),
    *at_layer("layer-semantics", "semantics", 21),
    *at_layer("layer-coding", "coding", 22),
    ("layer-semantics", "measured", {"model/name": "gpt2"}, UNTESTED),
    ("specialization", "measured", {}, YES),
    ("specialization", "measured", {"layers/specialization/pvalue": 0.2}, NO),
    ("specialization", "measured", {"layers/specialization": Specialization(None, None, None, None)}, UNTESTED),
    ("specialization", "measured", {"layers/by_task": {"addition": {}}}, UNTESTED),
    ("specialization", "fresh", {}, YES),
    ("specialization", "fresh", {"fresh/layers/specialization": Estimate(0.1, -0.1, 0.3)}, CANNOT),
    ("specialization", "fresh", {"fresh/layers/specialization": Estimate(0.01, -0.02, 0.04)}, NO),
    ("specialization", "fresh", {"fresh/n": 6, "fresh/known": 5}, UNTESTED),
    ("specialization", "fresh", {"fresh/layers/layers": {"logic": 3}}, UNTESTED),
    *in_statement(
        "interference-arithmetic",
        (statement(), YES),
        (statement(effect(difference=(-0.1, -0.2, 0.05))), CANNOT),
        (statement(effect(log_probability=(-0.1, -0.2, 0.05))), CANNOT),
        (statement(effect(difference=(0.2, 0.1, 0.3))), NO),
        (statement(effect(log_probability=(0.2, 0.1, 0.3))), NO),
        (statement(layer=5), UNTESTED),
        (None, UNTESTED),
    ),
    *in_statement(
        "interference-semantics",
        (statement(effect(improvement=(1, -6.9, 6.9))), YES),
        (statement(effect(undecided=2)), CANNOT),
        (statement(effect(improvement=(-6.9, -9, -1))), CANNOT),
        (statement(effect(outside=1)), NO),
        (statement(effect(improvement=(-20, -30, -10))), NO),
        (statement(effect(acts=False)), UNTESTED),
        (statement(layer=9), UNTESTED),
        (None, UNTESTED),
    ),
    *on_reviews(
        "sst2-uncertain",
        "measured",
        (reviews(difference=(50, 40, 60)), YES),
        (reviews(difference=(40, 10, 70)), CANNOT),
        (reviews(difference=(5, 1, 9)), PARTLY),
        (reviews(difference=(5, 1, 9), beyond_shift=(-3, -5, -1)), PARTLY),
        (reviews(difference=(2, -2, 6)), NO),
        (reviews(19), UNTESTED),
        (reviews(0), UNTESTED),
    ),
    *on_reviews(
        "sst2-uncertain",
        "fresh",
        (reviews(difference=(50, 40, 60)), YES),
        (reviews(difference=(50, 40, 60), beyond_shift=(1, -1, 3)), CANNOT),
        (reviews(difference=(50, 40, 60), auc=(0.0, -0.1, 0.1)), CANNOT),
        (reviews(difference=(5, 1, 9)), PARTLY),
        (reviews(difference=(5, 1, 9), beyond_shift=(-3, -5, -1)), NO),
        (reviews(difference=(5, 1, 9), auc=(-0.02, -0.03, -0.01)), NO),
        (reviews(difference=(2, -2, 6)), NO),
        (reviews(19), UNTESTED),
        (reviews(0), UNTESTED),
        (replace(reviews(), auc=None), UNTESTED),
    ),
    *(
        case
        for kind in WORDS
        for case in on_reviews(
            "sst2-confident",
            kind,
            (reviews(150, difference=(0, 0, 0)), YES),
            (reviews(150, difference=(0.5, -2, 2)), YES),
            (reviews(149, difference=(0, 0, 0)), CANNOT),
            (reviews(difference=(1, -1, 3)), CANNOT),
            (reviews(difference=(-3, -5, -1)), CANNOT),
            (reviews(difference=(-4, -5, -3)), NO),
            (reviews(19), UNTESTED),
            (reviews(0), UNTESTED),
        )
    ),
    ("sst2-confident", "measured", {"reviews/tuning/uncertain": reviews_between(0.5, 0.6, NO_CHANGE)}, UNTESTED),
    ("sst2-confident", "fresh", {"reviews/test/uncertain": reviews_between(0.5, 0.6, NO_CHANGE)}, UNTESTED),
    ("reversible", "measured", {}, YES),
    ("reversible", "measured", {"reversibility/outputs_identical": False}, PARTLY),
    (
        "reversible",
        "measured",
        {"reversibility/outputs_identical": False, "reversibility/parameters_unchanged": False},
        NO,
    ),
    ("reversible", "measured", {"reversibility/outputs_amplified_differ": False}, UNTESTED),
    ("pythia", "measured", ONLY_ARITHMETIC | {IN_ZONE1: zone(mean=(170, 90, 250))}, YES),
    ("pythia", "measured", ONLY_ARITHMETIC | {IN_ZONE1: zone(mean=(170, 10, 330))}, CANNOT),
    ("pythia", "measured", ONLY_ARITHMETIC, PARTLY),
    ("pythia", "measured", ONLY_ARITHMETIC | {IN_ZONE1: zone(mean=(5, -5, 15))}, NO),
    ("pythia", "measured", ONLY_ARITHMETIC | {IN_ZONE1: zone(2)}, UNTESTED),
    ("pythia", "measured", {"model/name": "pythia-160m"}, UNTESTED),
    ("pythia", "measured", {}, UNTESTED),
    ("pythia", "fresh", ONLY_ARITHMETIC | {FRESH_ZONE1: fresh_zone(mean=(170, 90, 250))}, YES),
    ("pythia", "fresh", ONLY_ARITHMETIC | {FRESH_ZONE1: fresh_zone(mean=(170, 10, 330))}, CANNOT),
    ("pythia", "fresh", ONLY_ARITHMETIC, PARTLY),
    ("pythia", "fresh", ONLY_ARITHMETIC | {FRESH_ZONE1: fresh_zone(mean=(5, -5, 15))}, NO),
    ("pythia", "fresh", ONLY_ARITHMETIC | {FRESH_ZONE1: fresh_zone(2)}, UNTESTED),
    ("pythia", "fresh", {}, UNTESTED),
    ("weak-activation", "fresh", {}, YES),
    ("weak-activation", "fresh", {"fresh/answers/put_right": Estimate(0.5, 0.4, 0.6)}, PARTLY),
    ("weak-activation", "fresh", {"fresh/net_put_right": Estimate(0.1, -0.1, 0.3)}, CANNOT),
    ("weak-activation", "fresh", {"fresh/net_put_right": Estimate(0.01, -0.01, 0.03)}, NO),
    ("weak-activation", "fresh", {"fresh/net_put_right": Estimate(-0.2, -0.3, -0.1)}, NO),
    ("weak-activation", "fresh", {"fresh/answers/wrong": 0}, UNTESTED),
    ("weak-activation", "fresh", {"fresh/net_put_right": UNDEFINED}, UNTESTED),
    ("confident-unmoved", "fresh", {}, YES),
    ("confident-unmoved", "fresh", {"fresh/confident/improvement": Estimate(5, -1, 11)}, CANNOT),
    ("confident-unmoved", "fresh", {"fresh/confident/improvement": Estimate(-15, -20, -10)}, NO),
    ("confident-unmoved", "fresh", {"fresh/confident/n": 29}, UNTESTED),
    ("confident-unmoved", "fresh", {"fresh/confident/difference": Estimate(0.1, -0.1, 0.3)}, UNTESTED),
    ("measure-first", "fresh", {}, YES),
    ("measure-first", "fresh", {FRESH_ZONE3: fresh_zone(above=(0, 1))}, PARTLY),
    ("measure-first", "fresh", {FRESH_ZONE1: fresh_zone(difference=(0.1, -0.1, 0.3))}, CANNOT),
    ("measure-first", "fresh", {FRESH_ZONE1: fresh_zone(difference=(0.0, -0.04, 0.04))}, NO),
    ("measure-first", "fresh", {FRESH_ZONE1: fresh_zone(difference=(-0.2, -0.3, -0.1))}, NO),
    ("measure-first", "fresh", {FRESH_ZONE1: fresh_zone(2)}, UNTESTED),
    *(
        (name, kind, {"fresh/known": 6}, UNTESTED)
        for name, claim in CLAIMS.items()
        for kind in WORDS
        if getattr(claim, kind) and name not in WHATEVER_IS_KNOWN
    ),
]


def test_every_claim_of_the_paper_is_stated():
    assert list(CLAIMS) == IDS


@pytest.mark.parametrize(("name", "kind", "changes", "expected"), CASES)
def test_a_rule_comes_out_as_its_words_say(name, kind, changes, expected):
    verdict = judge(name, CLAIMS[name], kind, evidence(changes))
    assert verdict.verdict == WORDS[kind][expected]
    assert verdict.reason
    assert verdict.value is not None or expected == UNTESTED
    assert (verdict.enough is not None) == (expected == CANNOT)
    assert decide(name, CLAIMS[name], kind, evidence(changes)) == verdict.verdict


@pytest.mark.parametrize("kind", WORDS)
def test_no_rule_can_only_come_out_one_way(kind):
    for name, claim in CLAIMS.items():
        rule = getattr(claim, kind)
        if rule is None:
            continue
        seen = {expected for case, judged, _, expected in CASES if (case, judged) == (name, kind)}
        possible = {YES, NO, UNTESTED} | ({PARTLY} if rule.partly else set()) | ({CANNOT} if rule.undecided else set())
        assert seen == possible, name


def test_what_no_rule_judges_says_why():
    for name, claim in CLAIMS.items():
        for kind in WORDS:
            if getattr(claim, kind) is None:
                verdict = judge(name, claim, kind, EVIDENCE)
                assert (verdict.verdict, verdict.value) == ("not tested here", None)
                assert verdict.reason.endswith(".")
                assert decide(name, claim, kind, EVIDENCE) == "not tested here"


def test_what_does_not_happen_is_not_tested_where_nothing_happens():
    nothing = evidence(
        {
            IN_ZONE1: zone(mean=(1, -3, 5)),
            FRESH_ZONE1: fresh_zone(mean=(0, -5, 5), difference=(0.0, -0.1, 0.1)),
            "fresh/confident/difference": Estimate(0.0, -0.1, 0.1),
            "interference/statements/semantics-on-arithmetic": statement(effect(acts=False)),
            "reviews/tuning/uncertain": reviews_between(0.5, 0.6, NO_CHANGE),
            "reviews/test/uncertain": reviews_between(0.5, 0.6, NO_CHANGE),
        }
    )
    absences = {name: claim for name, claim in CLAIMS.items() if claim.absence}
    assert set(absences) == {"zone3", "interference-semantics", "sst2-confident", "confident-unmoved"}
    for name, claim in absences.items():
        for kind in WORDS:
            assert decide(name, claim, kind, nothing) == "not tested here", (name, kind)


def test_a_wider_interval_does_not_win_more_easily():
    for width in range(1, 200):
        mean = Estimate(27.85, 27.85 - width, 27.85 + width)
        found = evidence({"zones/zones/1/mean": mean, "fresh/zones/1/mean": mean})
        for kind in WORDS:
            expected = YES if width <= 18 else CANNOT
            assert decide("zone1-mean", CLAIMS["zone1-mean"], kind, found) == WORDS[kind][expected], width


def test_texts_are_whole_sentences_with_all_their_figures():
    for name, kind, changes, _ in CASES:
        verdict = judge(name, CLAIMS[name], kind, evidence(changes))
        for text in filter(None, (verdict.reason, verdict.caution, verdict.enough)):
            assert text.endswith("."), (name, text)
            for wrong in ("  ", " .", " ,", "None", formats.NOTHING):
                assert wrong not in text, (name, text)


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("name", [name for name in IDS if name != "reversible"])
def test_a_study_that_is_too_small_tests_nothing_and_says_why(name, kind):
    verdict = judge(name, CLAIMS[name], kind, SMOKE)
    assert verdict.verdict == "not tested here"
    assert verdict.reason.endswith(".")


def test_every_rule_has_its_date_and_every_change_its_reason():
    for name, claim in CLAIMS.items():
        for change in claim.changes:
            assert claim.written <= change.date, name
            assert change.what.endswith("."), name
            assert change.why.endswith("."), name
        dates = [change.date for change in claim.changes]
        assert dates == sorted(dates), name


def says(name, kind="measured", changes=None):
    """Return the reason and the caution of a verdict."""
    verdict = judge(name, CLAIMS[name], kind, evidence(changes or {}))
    return in_ascii(verdict.reason), in_ascii(verdict.caution or "")


def test_a_model_that_knows_too_little_is_said_to():
    reason, _ = says("saturation", changes={"fresh/known": 1})
    assert reason.startswith("1 of 12 tasks has a baseline clearly above a guess.")


def test_what_is_left_of_a_gain_weakens_it():
    assert "48.0 % of the mean is left" in says("zone1-mean")[1]
    nothing = {"held_out/zones/1": zone(mean=(-3, -9, 2))}
    assert "nothing of the mean is left" in says("zone1-mean", changes=nothing)[1]
    assert "is left" not in says("zone1-mean", changes={IN_ZONE1: zone(mean=(-3, -9, 2))})[1]
    assert "20.0 % of the gain is left" in says("zone1-max")[1]


def test_saturation_on_fresh_prompts_stands_beside_shuffled_gains_and_random_neurons():
    reason, _ = says("saturation", "fresh")
    assert "shuffled over the tasks, give -0.200 (-0.600 to 0.300), and a rho as low as ours with p = 0.020" in reason
    assert "beyond that by random neurons rho is -0.600 (-0.900 to -0.100); theirs alone gives -0.100." in reason


def test_what_cannot_be_told_says_what_would_be_enough():
    wide = {IN_ZONE1: zone(4, mean=(27.85, 0, 55.7)), RHO: Estimate(-0.4, -0.781, 0.0)}
    mean = judge("zone1-mean", CLAIMS["zone1-mean"], "measured", evidence(wide))
    assert "About 36 tasks in zone 1" in in_ascii(mean.enough)
    rho = judge("saturation", CLAIMS["saturation"], "measured", evidence(wide))
    assert "About 13 tasks" in in_ascii(rho.enough)


def test_pairs_that_reach_across_the_margin_say_how_many_prompts_they_need():
    changes = {"interference/statements/semantics-on-arithmetic": statement(effect(undecided=2))}
    verdict = judge("interference-semantics", CLAIMS["interference-semantics"], "fresh", evidence(changes))
    assert "About 149 prompts of the pair" in in_ascii(verdict.enough)


def test_a_figure_that_cannot_be_reached_is_called_so():
    high = {"reviews/test/uncertain": reviews_between(0.5, 0.6, reviews(before=0.563))}
    assert "more than 43.7 points, and with them the paper's value, cannot be reached" in in_ascii(
        says("sst2-uncertain", "fresh", high)[0]
    )
    assert "cannot be reached" not in says("sst2-uncertain", "fresh")[0]


def test_a_shift_towards_one_label_weakens_a_gain_on_reviews():
    reason, caution = says("sst2-uncertain", "fresh")
    assert "without any amplification, brings 45.0 %" in reason
    assert "what amplification brings beyond that is 3.0 points (1.0 to 5.0)." in reason
    assert "80.0 % are called positive before and 60.0 % after" in caution
    assert "not SST-2 itself" not in caution
    assert (
        "The reviews are snippets, not SST-2 itself."
        in says("sst2-uncertain", "fresh", {"reviews/is_sst2": False, "reviews/title": "snippets"})[1]
    )


def test_a_best_layer_on_another_model_is_said_with_its_depth_and_the_command_that_tests_the_claim():
    reason, _ = says("layer-logic", changes={"model/name": "smollm2-135m", "model/layers": 24})
    assert "logic gains most at layer 5, depth 0.50" in reason
    assert "depth 0.91 or 0.43" in reason
    assert "`snakemake --cores 8 report --config study=paper`" in reason


def test_a_figure_is_shown_even_on_a_model_that_the_claim_is_not_about():
    verdict = judge("layer-logic", CLAIMS["layer-logic"], "measured", evidence({"model/name": "smollm2-135m"}))
    assert (verdict.value, verdict.interval, verdict.shown) == (5, [4, 6], "layer 5")
    assert "study=paper" in verdict.reason


def test_a_planted_saturation_is_reproduced():
    settings = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
    tasks = pd.DataFrame({"baseline": np.arange(1, 13) / 24, "improvement": [12.0, 10, 8, 11, 5, 9, 4, 6, 1, 7, 2, 3]})
    found = {"saturation": correlate_tasks(tasks, settings)}
    assert decide("saturation", CLAIMS["saturation"], "measured", evidence(found)) == "reproduced"


def claims_with(folder, name, **changes):
    """Write claims.yaml with one rule changed."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    raw = {name: raw[name]}
    raw[name]["measured"] |= changes
    path = folder / "claims.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("key", "wrong"), [("value", "saturation.rho."), ("reason", "{{ saturation"), ("unit", "furlong")]
)
def test_what_does_not_compile_is_refused_with_claim_and_key(tmp_path, key, wrong):
    with pytest.raises(InputError, match=rf"claims.yaml: saturation\.measured\.{key}"):
        read_claims(claims_with(tmp_path, "saturation", **{key: wrong}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"enough": None}, r"saturation\.measured: undecided and enough belong together"),
        ({"rules": "none"}, r"saturation\.measured\.rules: "),
    ],
)
def test_a_rule_that_says_half_is_refused(tmp_path, changes, message):
    with pytest.raises(InputError, match=rf"claims.yaml: {message}"):
        read_claims(claims_with(tmp_path, "saturation", **changes))


@pytest.mark.parametrize(("key", "value"), [("no_measured", "Why not."), ("elsewhere", "There.")])
def test_keys_that_contradict_are_refused(tmp_path, key, value):
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))["saturation"] | {key: value}
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump({"saturation": raw}), encoding="utf-8")
    with pytest.raises(InputError, match=r"claims.yaml: saturation: (give either|models and elsewhere)"):
        read_claims(path)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("partly", "satuartion.rho.value < 0"),  # never evaluated here, as the claim is reproduced
        ("value", "saturation.rh.value"),
        ("value", "saturation.rho.vlaue"),
        ("reproduced", "saturation.rho < 0"),
        ("reason", "{{ saturation.rh }}"),
        ("reason", "{% if saturation.rh < 0 %}less{% endif %}"),
        ("value", "saturation.__class__.__mro__"),
        ("value", "noise.studies"),  # what is simulated by the rules may not decide them
    ],
)
def test_what_the_evidence_does_not_hold_is_refused_with_claim_and_key(tmp_path, key, wrong):
    claims = read_claims(claims_with(tmp_path, "saturation", **{key: wrong}))
    with pytest.raises(InputError, match=rf"^saturation: measured\.{key}: "):
        judge("saturation", claims["saturation"], "measured", EVIDENCE)


@pytest.mark.parametrize("content", ["a: [", None])
def test_an_unreadable_file_is_refused(tmp_path, content):
    path = tmp_path / "claims.yaml"
    if content:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"claims\.yaml(:1)?: not readable"):
        read_claims(path)
