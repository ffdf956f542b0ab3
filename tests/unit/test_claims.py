"""The claims: every rule can come out either way, and a mistake in one names the claim and the key."""

from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import judge_claims
import pytest
import yaml
from made_up import experiments_of, made_up_prompts

from sna import formats
from sna.claims import VERDICTS, judge, read_claims
from sna.errors import InputError
from sna.files import read_json, write_json
from sna.tables import EXPERIMENTS, write_table

FILE = Path(__file__).parents[2] / "report" / "claims.yaml"
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


def estimate(value, low, high):
    return {"value": value, "low": low, "high": high}


def zone(n=4, mean=(20, 10, 30), best=(40, 30, 50), share=0.5):
    return {
        "n": n,
        "tasks": [f"task {number}" for number in range(n)],
        "mean": estimate(*mean),
        "best": estimate(*best) | {"task": "a_task"} if n else None,
        "share_above_negligible": share if n else None,
    }


def category(layer=5, low=4, high=6, gain=(20, 10, 30)):
    return {
        "layer": layer, "depth": 0.5, "gain": estimate(*gain), "layer_low": low, "layer_high": high, "tasks": 2
    }  # fmt: skip


KINDS = ("arithmetic", "logic", "semantics", "coding")
FIT = {"r_squared": 0.5, "adjusted_r_squared": 0.4, "predicted_r_squared": 0.3, "pvalue": 0.01}
EVIDENCE = {
    "model": {"name": "gpt2-medium", "layers": 24},
    "study": {"name": "paper", "planned": 24192, "experiments": 24192},
    "saturation": {"n": 12, "rho": estimate(-0.7, -0.9, -0.2), "pvalue": 0.01},
    "zones": {"boundaries": [0.07, 0.1], "negligible": 7.0, "zones": {"1": zone(), "2": zone(0), "3": zone()}},
    "predictors": {"n": 12, "baseline": FIT, "category": FIT, "difference": estimate(0.3, 0.1, 0.5)},
    "layers": {
        "layers": 24,
        "by_category": {kind: category() for kind in KINDS},
        "by_task": {f"task {number}": {} for number in range(12)},
        "specialization": {"statistic": 0.5, "pvalue": 0.01, "method": "permutation test"},
    },
    "reversibility": {
        "parameters_unchanged": True, "outputs_identical": True, "outputs_amplified_differ": True, "prompts": 9
    },
}  # fmt: skip


def evidence(changes):
    """Return the evidence with some of it changed; a key is a path such as ``zones/zones/1``."""
    changed = deepcopy(EVIDENCE)
    for path, value in changes.items():
        *parents, last = path.split("/")
        place = changed
        for parent in parents:
            place = place[parent]
        place[last] = value
    return changed


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


ONLY_ARITHMETIC = {"model/name": "pythia-160m", "layers/by_category": {"arithmetic": category()}}
CASES = [
    ("scale", {}, YES),
    ("scale", {"study/experiments": 24000}, NO),
    ("scale", {"study/planned": 20160, "study/experiments": 20160}, UNTESTED),
    ("saturation", {}, YES),
    ("saturation", {"saturation/pvalue": 0.2}, PARTLY),
    ("saturation", {"saturation/rho": estimate(-0.4, -0.8, 0.1)}, PARTLY),
    ("saturation", {"saturation/rho": estimate(0.4, 0.1, 0.8)}, NO),
    ("saturation", {"saturation/n": 5}, UNTESTED),
    ("saturation", {"saturation/rho": estimate(None, None, None), "saturation/pvalue": None}, UNTESTED),
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
    ("baseline-beats-task-type", {"predictors/difference": estimate(0.1, -0.2, 0.4)}, PARTLY),
    ("baseline-beats-task-type", {"predictors/difference": estimate(-0.1, -0.4, 0.2)}, NO),
    ("baseline-beats-task-type", {"predictors/n": 3}, UNTESTED),
    ("baseline-beats-task-type", {"predictors/difference": estimate(None, None, None)}, UNTESTED),
    *at_layer("layer-arithmetic", "arithmetic", 8),
    *at_layer("layer-logic", "logic", 10),
    *at_layer("layer-semantics", "semantics", 21),
    *at_layer("layer-coding", "coding", 22),
    ("layer-semantics", {"model/name": "gpt2"}, UNTESTED),
    ("specialization", {}, YES),
    ("specialization", {"layers/specialization/pvalue": 0.2, "layers/by_category/logic": category(9, 8, 9)}, PARTLY),
    ("specialization", {"layers/specialization/pvalue": 0.2}, NO),
    ("specialization", {"layers/specialization": {"statistic": None, "pvalue": None, "method": None}}, UNTESTED),
    ("specialization", {"layers/by_task": {"addition": {}}}, UNTESTED),
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


def test_no_rule_can_only_come_out_one_way():
    for name, claim in CLAIMS.items():
        seen = {expected for case, _, expected in CASES if case == name}
        possible = set()
        if claim.judgement:
            possible = {YES, NO, UNTESTED} | ({PARTLY} if claim.judgement.partly != "false" else set())
        assert seen == possible, name


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if claim.untested])
def test_a_claim_without_a_stage_is_not_tested_and_says_why(name):
    verdict = judge(name, CLAIMS[name], EVIDENCE)
    assert (verdict.verdict, verdict.value, verdict.shown) == (UNTESTED, None, formats.NOTHING)
    assert verdict.reason == CLAIMS[name].untested


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
        ("value", "saturation.__class__.__mro__"),
    ],
)
def test_what_the_evidence_does_not_hold_is_refused_with_claim_and_key(tmp_path, key, wrong):
    claims = read_claims(claims_with(tmp_path, "saturation", **{key: wrong}))
    with pytest.raises(InputError, match=f"^saturation: {key}: "):
        judge("saturation", claims["saturation"], EVIDENCE)


def test_a_claim_is_judged_or_says_why_not(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text("a: {title: t, statement: s, paper: p, stage: x, rule: r}", encoding="utf-8")
    with pytest.raises(InputError, match="a: give either judgement or untested"):
        read_claims(path)


@pytest.mark.parametrize("content", ["a: [", None])
def test_an_unreadable_file_is_refused(tmp_path, content):
    path = tmp_path / "claims.yaml"
    if content:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"claims\.yaml: not readable"):
        read_claims(path)


@pytest.fixture
def study(tmp_path):
    """Write what judge_claims reads, for two models."""
    models = ("gpt2", "gpt2-medium")
    experiments = experiments_of(made_up_prompts(models=models))
    write_table(experiments, EXPERIMENTS, tmp_path / "experiments.parquet")
    names = ("saturation", "zones", "predictors", "layers")
    for name in names:
        write_json(tmp_path / f"{name}.json", dict.fromkeys(models, EVIDENCE[name]))
    for model in models:
        write_json(tmp_path / "reversibility" / f"{model}.json", EVIDENCE["reversibility"])
    paths = SimpleNamespace(
        claims=FILE,
        statistics=[tmp_path / f"{name}.json" for name in names],
        reversibility=[tmp_path / "reversibility" / f"{model}.json" for model in models],
        experiments=tmp_path / "experiments.parquet",
    )
    params = SimpleNamespace(models=[{"name": model, "layers": 24} for model in models], study="paper", planned=24192)
    return paths, params


def test_every_claim_is_judged_on_every_model(study, tmp_path):
    judge_claims.main(study[0], tmp_path / "claims.json", study[1])
    judged = read_json(tmp_path / "claims.json")
    assert judged["study"] == "paper"
    assert judged["experiments"] == len(judge_claims.read_table(study[0].experiments, EXPERIMENTS))
    assert [claim["id"] for claim in judged["claims"]] == IDS
    for claim in judged["claims"]:
        assert [entry["model"] for entry in claim["models"]] == ["gpt2", "gpt2-medium"]
        assert all(entry["verdict"] in VERDICTS for entry in claim["models"])


def test_a_model_that_a_statistic_lacks_is_named_with_the_file(study, tmp_path):
    write_json(study[0].statistics[0], {"gpt2": EVIDENCE["saturation"]})
    with pytest.raises(InputError, match=r"saturation\.json: has nothing on gpt2-medium"):
        judge_claims.main(study[0], tmp_path / "claims.json", study[1])


def test_a_mistake_in_a_rule_is_named_with_the_file(study, tmp_path):
    study[0].claims = claims_with(tmp_path, "saturation", value="saturation.rh.value")
    with pytest.raises(InputError, match=r"claims\.yaml: saturation: value: "):
        judge_claims.main(study[0], tmp_path / "claims.json", study[1])
