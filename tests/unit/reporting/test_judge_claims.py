"""Every claim is judged and every question answered for every model, and a mistake is named with its file."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import judge_claims
import pytest
import yaml
from made_up import experiments_of, made_up_prompts
from made_up_evidence import EVIDENCE, NOISE, SMOKE, zone

from sna.errors import InputError
from sna.files import read_json, write_json
from sna.inputs.entries import select_entries
from sna.inputs.studies import OptionalPart
from sna.statistics.registry import RESULTS
from sna.statistics.results import write_results
from sna.tables import EXPERIMENTS, write_table
from sna.verdicts.claims import read_claims
from sna.verdicts.questions import read_questions
from sna.verdicts.words import WORDS

REPORT = Path(__file__).parents[3] / "report"


@pytest.fixture
def study(tmp_path):
    """Write what judge_claims reads, for two models."""
    models = ("gpt2", "gpt2-medium")
    pooled = ("saturation", "zones", "held_out")
    experiments = experiments_of(made_up_prompts(models=models))
    write_table(experiments, EXPERIMENTS, tmp_path / "experiments.parquet")
    for name in RESULTS:
        found = (*models, "all models") if name in pooled else models
        write_results(dict.fromkeys(found, EVIDENCE[name]), tmp_path / f"{name}.json")
    write_json(tmp_path / "noise.json", dict.fromkeys(models, NOISE))
    for model in models:
        write_json(tmp_path / "reversibility" / f"{model}.json", EVIDENCE["reversibility"])
    paths = SimpleNamespace(
        claims=REPORT / "claims.yaml",
        comparisons=REPORT / "comparisons.yaml",
        questions=REPORT / "questions.yaml",
        statistics=[tmp_path / f"{name}.json" for name in RESULTS],
        noise=tmp_path / "noise.json",
        reversibility=[tmp_path / "reversibility" / f"{model}.json" for model in models],
        experiments=tmp_path / "experiments.parquet",
    )
    params = SimpleNamespace(
        models=[{"name": model, "layers": 24} for model in models],
        confidence_level=0.95,
        study="paper",
        parts=get_args(OptionalPart),
        planned=24192,
        tasks_chosen_by_baseline=True,
    )
    return paths, params


@pytest.fixture
def claims(study, tmp_path):
    """Return the claims as they are judged, by id."""
    judge_claims.main(study[0], tmp_path / "claims.json", study[1])
    return {claim["id"]: claim for claim in read_json(tmp_path / "claims.json")["claims"]}


def test_every_claim_is_judged_on_every_model(study, claims, tmp_path):
    judged = read_json(tmp_path / "claims.json")
    assert judged["study"] == "paper"
    assert judged["experiments"] == len(judge_claims.read_table(study[0].experiments, EXPERIMENTS))
    defined = read_claims(study[0].claims)
    assert list(claims) == list(defined)
    for name, claim in claims.items():
        assert [entry["model"] for entry in claim["models"]] == ["gpt2", "gpt2-medium"]
        for kind, words in WORDS.items():
            judged_here = kind == "measured" or defined[name].fresh is not None
            assert (claim["overall"][kind] is not None) == judged_here
            for entry in claim["models"]:
                assert (entry[kind]["verdict"] in words) if judged_here else (entry[kind] is None)


def test_beside_a_verdict_stands_how_often_noise_earns_it(claims):
    verdict = claims["saturation"]["models"][0]["measured"]
    assert (verdict["verdict"], verdict["noise"]) == ("reproduced", 0.95)
    assert claims["saturation"]["models"][0]["fresh"]["noise"] == 0.0
    assert claims["reversible"]["models"][0]["measured"]["noise"] is None


def test_what_is_no_matter_of_prompts_is_none_of_their_noise(study, tmp_path):
    noise = {**NOISE, "claims": {"reversible": {"measured": {"reproduced": 400}}}}
    write_json(study[0].noise, dict.fromkeys(["gpt2", "gpt2-medium"], noise))
    judge_claims.main(study[0], tmp_path / "claims.json", study[1])
    claims = {claim["id"]: claim for claim in read_json(tmp_path / "claims.json")["claims"]}
    assert claims["reversible"]["models"][0]["measured"]["noise"] is None


def test_what_the_paper_pools_is_judged_over_all_models_together(claims):
    pooled = {name: claim["overall"]["pooled"] for name, claim in claims.items()}
    assert [name for name, verdict in pooled.items() if verdict] == ["saturation", "zone1-mean", "zone1-max", "zone3"]
    assert pooled["saturation"]["shown"] == claims["saturation"]["models"][0]["measured"]["shown"]
    assert pooled["saturation"]["caution"] is None


def test_models_together_that_know_too_little_are_not_judged(study, tmp_path):
    unknown = replace(EVIDENCE["fresh"], known=1)
    write_results({"gpt2": unknown, "gpt2-medium": EVIDENCE["fresh"]}, tmp_path / "fresh.json")
    judge_claims.main(study[0], tmp_path / "claims.json", study[1])
    claims = {claim["id"]: claim for claim in read_json(tmp_path / "claims.json")["claims"]}
    overall = claims["saturation"]["overall"]
    assert overall["measured"]["verdict"] == "reproduced"
    assert overall["pooled"]["reason"].startswith("11 of 24 tasks")


def test_a_study_of_one_model_pools_nothing(study, tmp_path):
    for name in RESULTS:
        write_results({"smollm2-135m": SMOKE[name]}, tmp_path / f"{name}.json")
    write_json(study[0].noise, {"smollm2-135m": NOISE})
    write_json(tmp_path / "reversibility" / "smollm2-135m.json", SMOKE["reversibility"])
    study[0].reversibility = [tmp_path / "reversibility" / "smollm2-135m.json"]
    study[1].models = [{"name": "smollm2-135m", "layers": 30}]
    judge_claims.main(study[0], tmp_path / "claims.json", study[1])
    judged = read_json(tmp_path / "claims.json")
    assert not any(claim["overall"]["pooled"] for claim in judged["claims"])
    assert judged["agreement"] is None
    assert not any(found and found["models"] for claim in judged["claims"] for found in claim["overall"].values())


def test_every_question_is_answered_for_every_model(study, tmp_path):
    judge_claims.main(study[0], tmp_path / "claims.json", study[1])
    answered = read_json(tmp_path / "claims.json")["questions"]
    assert [question["id"] for question in answered] == list(
        select_entries(read_questions(study[0].questions), study[1].parts)
    )
    for question in answered:
        assert [entry["model"] for entry in question["models"]] == ["gpt2", "gpt2-medium"]
        assert all(entry["answer"] for entry in question["models"])


def test_a_model_that_a_statistic_lacks_is_named_with_the_file(study, tmp_path):
    write_results({"gpt2": EVIDENCE["saturation"]}, study[0].statistics[0])
    with pytest.raises(InputError, match=r"saturation\.json: has nothing on gpt2-medium"):
        judge_claims.main(study[0], tmp_path / "claims.json", study[1])


@pytest.mark.parametrize(
    ("name", "entry", "keys"),
    [("claims", "saturation", ("measured", "value")), ("questions", "held-out", ("answer",))],
)
def test_a_mistake_in_a_rule_or_an_answer_is_named_with_its_file(study, tmp_path, name, entry, keys):
    raw = yaml.safe_load((REPORT / f"{name}.yaml").read_text(encoding="utf-8"))
    *parents, last = keys
    place = raw[entry]
    for parent in parents:
        place = place[parent]
    place[last] = "saturation.rh.value" if name == "claims" else "{{ saturation.rh.value }}"
    path = tmp_path / f"{name}.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    setattr(study[0], name, path)
    with pytest.raises(InputError, match=rf"{name}\.yaml: {entry}: {'.'.join(keys)}: "):
        judge_claims.main(study[0], tmp_path / "claims.json", study[1])


def test_models_with_the_same_evidence_agree_on_whatever_can_be_told_and_their_figures_do_not_differ(claims, tmp_path):
    for name, claim in claims.items():
        for kind in filter(claim["overall"].get, WORDS):
            found, words = claim["overall"][kind]["models"], [entry[kind]["verdict"] for entry in claim["models"]]
            tested = [word for word in words if word != "not tested here"]
            outcome = {2: "cannot tell" if "cannot tell" in words else "agree"}.get(len(tested), "not compared")
            assert found["agreement"]["outcome"] == outcome, (name, kind)
            assert not found["difference"] or found["difference"]["value"] == 0
    agreement = read_json(tmp_path / "claims.json")["agreement"]
    assert all("and disagree on 0; on" in agreement[kind] for kind in WORDS)


def test_figures_that_are_means_or_correlations_have_a_mean_over_models_in_their_unit(claims):
    found = claims["saturation"]["overall"]["fresh"]["models"]["random_effects"]
    assert found["models"] == 2
    assert found["mean"]["value"] == pytest.approx(claims["saturation"]["models"][0]["fresh"]["value"])
    assert -1 < found["mean"]["low"] < found["mean"]["high"] < 1
    assert claims["zone1-max"]["overall"]["fresh"]["models"]["random_effects"] is None
    # On one of the two models it is not tested.
    assert claims["layer-semantics"]["overall"]["fresh"]["models"]["random_effects"] is None


def test_models_that_differ_are_said_to_with_the_difference_of_their_figures(study, tmp_path):
    zones = EVIDENCE["zones"]
    low = replace(zones, zones=zones.zones | {"1": zone(mean=(3, -5, 11))})
    write_results({"gpt2": zones, "gpt2-medium": low, "all models": zones}, tmp_path / "zones.json")
    judge_claims.main(study[0], tmp_path / "claims.json", study[1])
    judged = read_json(tmp_path / "claims.json")
    claim = next(claim for claim in judged["claims"] if claim["id"] == "zone1-mean")
    agreement = claim["overall"]["measured"]["models"]["agreement"]
    assert agreement["outcome"] == "disagree"
    assert "reproduced on gpt2; not reproduced on gpt2-medium." in agreement["reason"]
    assert "gpt2 less gpt2-medium, is 22.0\N{NO-BREAK SPACE}points (" in agreement["reason"]
    assert "disagree on 1 (Mean improvement in zone 1)" in judged["agreement"]["measured"]


def test_the_papers_own_figures_random_neurons_and_units_stand_with_ours(claims):
    assert claims["zone1-mean"]["paper_figure"] == 27.85
    assert claims["sst2-confident"]["paper_figure"] is None
    assert claims["specialization"]["units"] == {"measured": "pvalue", "fresh": "nats"}
    assert claims["reversible"]["units"]["fresh"] is None
    by_random = {name: claim["models"][0]["random"] for name, claim in claims.items()}
    assert by_random["saturation"] == {"value": -0.1, "interval": [-0.5, 0.3], "shown": "\N{MINUS SIGN}0.100"}
    assert by_random["reversible"] is None


def test_a_mistake_in_how_figures_are_compared_is_named_with_its_file(study, tmp_path):
    path = tmp_path / "comparisons.yaml"
    path.write_text("saturation: {fresh: {scale: correlation, n: saturation.m}}", encoding="utf-8")
    study[0].comparisons = path
    with pytest.raises(InputError, match=r"comparisons\.yaml: saturation: fresh\.n: "):
        judge_claims.main(study[0], tmp_path / "claims.json", study[1])
