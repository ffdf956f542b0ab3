"""The claims: every rule can come out either way, and a mistake in one names the claim and the key."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from made_up_evidence import (
    EVIDENCE,
    SMOKE,
    category,
    evidence,
    in_ascii,
    reviews,
    reviews_between,
    statement,
    zone,
)

from sna import formats
from sna.errors import InputError
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.permutation import UNTESTED as NO_TEST
from sna.statistics.saturation import correlate_tasks
from sna.verdicts.claims import VERDICTS, judge, read_claims

FILE = Path(__file__).parents[3] / "report" / "claims.yaml"
CLAIMS = read_claims(FILE)
YES, PARTLY, NO, UNTESTED = VERDICTS

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
]


def at_layer(name, kind, layer):
    """Give the cases of a claim about a category's best layer."""
    key = f"layers/by_category/{kind}"
    return [
        (name, {key: category(layer, layer - 2, layer + 2)}, YES),
        (name, {key: category(layer + 1, layer, layer + 2)}, YES),
        (name, {key: category(layer, layer - 2, layer + 2, gain=(1, -1, 3))}, PARTLY),
        (name, {key: category(layer - 6, 0, 23)}, PARTLY),
        (name, {key: category(1, 0, 2)}, NO),
        (name, {"model/name": "smollm2-135m"}, UNTESTED),
        (name, {"layers/layers": 3}, UNTESTED),
        (name, {"layers/by_category": {"poetry": category()}}, UNTESTED),
    ]


def in_statement(name, found, expected):
    """Give a case of a claim about one category's neurons and another's tasks."""
    statements = {
        "interference-arithmetic": "arithmetic-on-poetry",
        "interference-semantics": "semantics-on-arithmetic",
    }
    return [(name, {f"interference/statements/{statements[name]}": found}, expected)]


def on_reviews(name, found, expected):
    """Give a case of a claim about reviews of which the model is uncertain, or confident."""
    kind = name.removeprefix("sst2-")
    edges = {"uncertain": (0.5, 0.6), "confident": (0.9, 1.0)}[kind]
    return [(name, {f"reviews/{kind}": reviews_between(*edges, found)}, expected)]


ONLY_ARITHMETIC = {"model/name": "pythia-160m", "layers/by_category": {"arithmetic": category()}}
CASES = [
    ("scale", {}, YES),
    ("scale", {"study/experiments": 24000}, NO),
    ("scale", {"study/planned": 20160, "study/experiments": 20160}, PARTLY),
    ("scale", {"study/planned": 20000, "study/experiments": 20000}, UNTESTED),
    ("scale", {"layers/layers": 3}, UNTESTED),
    ("saturation", {}, YES),
    ("saturation", {"saturation/pvalue": 0.2}, PARTLY),
    ("saturation", {"saturation/rho": Estimate(-0.4, -0.8, 0.1)}, PARTLY),
    ("saturation", {"saturation/rho": Estimate(0.4, 0.1, 0.8)}, NO),
    ("saturation", {"saturation/n": 5}, UNTESTED),
    ("saturation", {"saturation/rho": UNDEFINED, "saturation/pvalue": None}, UNTESTED),
    ("zone1-mean", {"zones/zones/1": zone(mean=(25, 10, 40))}, YES),
    ("zone1-mean", {"zones/zones/1": zone(mean=(80, 60, 99))}, PARTLY),
    ("zone1-mean", {"zones/zones/1": zone(mean=(25, -5, 60))}, NO),
    ("zone1-mean", {"zones/zones/1": zone(2)}, UNTESTED),
    ("zone1-max", {"zones/zones/1": zone(best=(65, 50, 80))}, YES),
    ("zone1-max", {"zones/zones/1": zone(best=(200, 150, 250))}, PARTLY),
    ("zone1-max", {"zones/zones/1": zone(best=(6, 1, 9))}, NO),
    ("zone1-max", {"zones/zones/1": zone(0)}, UNTESTED),
    ("zone2", {}, YES),
    ("zone2", {"zones/zones/2": zone(2), "zones/zones/1": zone(6)}, YES),
    ("zone2", {"zones/zones/2": zone(3)}, PARTLY),
    ("zone2", {"zones/zones/2": zone(6)}, NO),
    ("zone2", {"zones/zones/1": zone(1)}, UNTESTED),
    ("zone3", {"zones/zones/3": zone(share=0.0)}, YES),
    ("zone3", {"zones/zones/3": zone(share=0.5)}, PARTLY),
    ("zone3", {"zones/zones/3": zone(share=0.75)}, NO),
    ("zone3", {"zones/zones/3": zone(2)}, UNTESTED),
    ("baseline-beats-task-type", {}, YES),
    ("baseline-beats-task-type", {"predictors/difference": Estimate(0.1, -0.2, 0.4)}, PARTLY),
    ("baseline-beats-task-type", {"predictors/difference": Estimate(-0.1, -0.4, 0.2)}, NO),
    ("baseline-beats-task-type", {"predictors/n": 3}, UNTESTED),
    ("baseline-beats-task-type", {"predictors/difference": UNDEFINED}, UNTESTED),
    *at_layer("layer-arithmetic", "arithmetic", 8),
    *at_layer("layer-logic", "logic", 10),
    *at_layer("layer-semantics", "semantics", 21),
    *at_layer("layer-coding", "coding", 22),
    ("layer-semantics", {"model/name": "gpt2"}, UNTESTED),
    ("specialization", {}, YES),
    ("specialization", {"layers/specialization/pvalue": 0.2, "layers/by_category/logic": category(9, 8, 9)}, PARTLY),
    ("specialization", {"layers/specialization/pvalue": 0.2}, NO),
    ("specialization", {"layers/specialization": NO_TEST}, UNTESTED),
    ("specialization", {"layers/by_task": {"addition": {}}}, UNTESTED),
    *in_statement("interference-arithmetic", statement((-0.1, -0.2, -0.05)), YES),
    *in_statement("interference-arithmetic", statement((-0.1, -0.2, 0.05)), PARTLY),
    *in_statement("interference-arithmetic", statement((0.1, -0.2, 0.3)), NO),
    *in_statement("interference-arithmetic", statement(layer=5), UNTESTED),
    *in_statement("interference-arithmetic", None, UNTESTED),
    *in_statement("interference-semantics", statement(improvement=(1, -6.9, 6.9)), YES),
    *in_statement("interference-semantics", statement(improvement=(-6.9, -9, -1)), PARTLY),
    *in_statement("interference-semantics", statement(improvement=(-7.1, -9, -1)), NO),
    *in_statement("interference-semantics", statement(layer=9), UNTESTED),
    *in_statement("interference-semantics", None, UNTESTED),
    *on_reviews("sst2-uncertain", reviews(difference=(50, 40, 60)), YES),
    *on_reviews("sst2-uncertain", reviews(difference=(5, 1, 9)), PARTLY),
    *on_reviews("sst2-uncertain", reviews(difference=(70, 60, 80)), PARTLY),
    *on_reviews("sst2-uncertain", reviews(difference=(20, -20, 60)), NO),
    *on_reviews("sst2-uncertain", reviews(19), UNTESTED),
    *on_reviews("sst2-uncertain", reviews(0), UNTESTED),
    *on_reviews("sst2-confident", reviews(150, difference=(0, 0, 0)), YES),
    *on_reviews("sst2-confident", reviews(150, difference=(0.5, -2, 2)), YES),
    *on_reviews("sst2-confident", reviews(149, difference=(0, 0, 0)), PARTLY),
    *on_reviews("sst2-confident", reviews(difference=(1, -1, 3)), PARTLY),
    *on_reviews("sst2-confident", reviews(difference=(-3, -5, -1)), NO),
    *on_reviews("sst2-confident", reviews(19), UNTESTED),
    *on_reviews("sst2-confident", reviews(0), UNTESTED),
    ("reversible", {}, YES),
    ("reversible", {"reversibility/outputs_identical": False}, PARTLY),
    ("reversible", {"reversibility/outputs_identical": False, "reversibility/parameters_unchanged": False}, NO),
    ("reversible", {"reversibility/outputs_amplified_differ": False}, UNTESTED),
    ("pythia", ONLY_ARITHMETIC | {"zones/zones/1": zone(mean=(170, 90, 250))}, YES),
    ("pythia", ONLY_ARITHMETIC, PARTLY),
    ("pythia", ONLY_ARITHMETIC | {"zones/zones/1": zone(mean=(5, -5, 15))}, NO),
    ("pythia", ONLY_ARITHMETIC | {"zones/zones/1": zone(2)}, UNTESTED),
    ("pythia", {"model/name": "pythia-160m"}, UNTESTED),
    ("pythia", {}, UNTESTED),
]


def test_every_claim_of_the_paper_is_stated():
    assert list(CLAIMS) == IDS


@pytest.mark.parametrize(("name", "changes", "expected"), CASES)
def test_a_rule_comes_out_as_its_words_say(name, changes, expected):
    verdict = judge(name, CLAIMS[name], evidence(changes))
    assert verdict.verdict == expected
    assert verdict.reason
    assert verdict.value is not None or expected == UNTESTED
    assert (verdict.caution is None) == (verdict.value is None)


def test_no_rule_can_only_come_out_one_way():
    for name, claim in CLAIMS.items():
        seen = {expected for case, _, expected in CASES if case == name}
        assert seen == {YES, NO, UNTESTED} | ({PARTLY} if claim.judgement.partly != "false" else set()), name


def test_texts_are_whole_sentences_with_all_their_figures():
    for name, changes, _ in CASES:
        verdict = judge(name, CLAIMS[name], evidence(changes))
        for text in (verdict.reason, verdict.caution or "."):
            assert text.endswith("."), (name, text)
            assert "  " not in text, (name, text)
            assert " ." not in text, (name, text)
            assert "None" not in text, (name, text)
            assert formats.NOTHING not in text, (name, text)


@pytest.mark.parametrize("name", [name for name in IDS if name != "reversible"])
def test_a_study_that_is_too_small_tests_nothing_and_says_why(name):
    verdict = judge(name, CLAIMS[name], SMOKE)
    assert verdict.verdict == UNTESTED
    assert verdict.reason.endswith(".")


def says(name, changes=None):
    """Return the reason and the caution of a verdict."""
    verdict = judge(name, CLAIMS[name], evidence(changes or {}))
    return in_ascii(verdict.reason), in_ascii(verdict.caution or "")


@pytest.mark.parametrize(
    ("name", "in_sample", "held_out"),
    [
        ("saturation", "12 tasks", "-0.500 (-0.800 to 0.100)"),
        ("zone1-mean", "4 tasks", "12.0 % (3.0 to 20.0 %)"),
        ("zone1-max", "task 0", "12.0 % (3.0 to 20.0 %)"),
        ("zone3", "2 of 4 tasks", "1 of 4 do"),
    ],
)
def test_where_a_maximum_was_chosen_the_verdict_says_what_is_held_out(name, in_sample, held_out):
    reason, _ = says(name)
    assert in_sample in reason
    assert "did not choose" in reason
    assert held_out in reason.partition("did not choose")[2]


def test_what_is_left_of_a_gain_weakens_a_mean():
    assert "60.0 % of the mean is left" in says("zone1-mean")[1]
    nothing = {"held_out/zones/1": zone(mean=(-3, -9, 2))}
    assert "nothing of the mean is left" in says("zone1-mean", nothing)[1]
    assert "is left" not in says("zone1-mean", {"zones/zones/1": zone(mean=(-3, -9, 2))})[1]


def test_saturation_says_whether_more_than_the_null_model_was_found_and_what_random_neurons_give():
    reason, caution = says("saturation")
    assert "No more than the null model" in reason
    assert "Random neurons give -0.500 (-0.800 to 0.100)" in reason
    assert "More than the null model" in says("saturation", {"null_model/more_than_null": True})[0]
    assert "rho would be -1.000" in caution
    assert "25.0 % give a rho at least as negative" in caution


def test_a_shift_towards_one_label_weakens_a_gain_on_reviews():
    _, caution = says("sst2-uncertain")
    assert "80.0 % of all test reviews are called positive before and 60.0 % after" in caution


def test_a_best_layer_on_another_model_is_said_with_its_depth_and_the_command_that_tests_the_claim():
    reason, _ = says("layer-logic", {"model/name": "smollm2-135m", "model/layers": 24})
    assert "logic gains most at layer 5, depth 0.50" in reason
    assert "depth 0.91 or 0.43" in reason
    assert "`snakemake --cores 8 report --config study=paper`" in reason


def test_of_200_studies_without_saturation_few_say_reproduced():
    rng = np.random.default_rng(8)
    settings = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
    verdicts = []
    for _ in range(200):
        tasks = pd.DataFrame({"baseline": rng.random(12), "improvement": rng.random(12)})
        found = {"saturation": correlate_tasks(tasks, settings)}
        verdicts.append(judge("saturation", CLAIMS["saturation"], evidence(found)).verdict)
    # 5 % of 200, and two standard errors.
    assert verdicts.count(YES) <= 16


def test_a_planted_saturation_is_reproduced():
    settings = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=1)
    tasks = pd.DataFrame({"baseline": np.arange(1, 13) / 24, "improvement": 40 / np.arange(1, 13)})
    found = {"saturation": correlate_tasks(tasks, settings)}
    assert judge("saturation", CLAIMS["saturation"], evidence(found)).verdict == YES


def test_a_figure_is_shown_even_on_a_model_that_the_claim_is_not_about():
    verdict = judge("layer-logic", CLAIMS["layer-logic"], evidence({"model/name": "smollm2-135m"}))
    assert (verdict.value, verdict.interval, verdict.shown) == (5, [4, 6], "layer 5")
    assert "study=paper" in verdict.reason


def claims_with(folder, name, **changes):
    """Write claims.yaml with one judgement changed."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    raw = {name: raw[name]}
    raw[name]["judgement"] |= changes
    path = folder / "claims.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("key", "wrong"), [("value", "saturation.rho."), ("reason", "{{ saturation"), ("unit", "furlong")]
)
def test_what_does_not_compile_is_refused_with_claim_and_key(tmp_path, key, wrong):
    with pytest.raises(InputError, match=rf"claims.yaml: saturation\.judgement\.{key}"):
        read_claims(claims_with(tmp_path, "saturation", **{key: wrong}))


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
    ],
)
def test_what_the_evidence_does_not_hold_is_refused_with_claim_and_key(tmp_path, key, wrong):
    claims = read_claims(claims_with(tmp_path, "saturation", **{key: wrong}))
    with pytest.raises(InputError, match=f"^saturation: {key}: "):
        judge("saturation", claims["saturation"], EVIDENCE)


@pytest.mark.parametrize("content", ["a: [", None])
def test_an_unreadable_file_is_refused(tmp_path, content):
    path = tmp_path / "claims.yaml"
    if content:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"claims\.yaml(:1)?: not readable"):
        read_claims(path)
