"""Every claim is judged and every question answered for every model, and a mistake is named with its file."""

from pathlib import Path
from types import SimpleNamespace

import judge_claims
import pytest
import yaml
from made_up import experiments_of, made_up_prompts
from made_up_evidence import EVIDENCE

from sna.errors import InputError
from sna.files import read_json, write_json
from sna.statistics.registry import RESULTS
from sna.statistics.results import write_results
from sna.tables import EXPERIMENTS, write_table
from sna.verdicts.claims import VERDICTS, read_claims
from sna.verdicts.questions import read_questions

REPORT = Path(__file__).parents[3] / "report"


@pytest.fixture
def study(tmp_path):
    """Write what judge_claims reads, for two models."""
    models = ("gpt2", "gpt2-medium")
    experiments = experiments_of(made_up_prompts(models=models))
    write_table(experiments, EXPERIMENTS, tmp_path / "experiments.parquet")
    for name in RESULTS:
        write_results(dict.fromkeys(models, EVIDENCE[name]), tmp_path / f"{name}.json")
    for model in models:
        write_json(tmp_path / "reversibility" / f"{model}.json", EVIDENCE["reversibility"])
    paths = SimpleNamespace(
        claims=REPORT / "claims.yaml",
        questions=REPORT / "questions.yaml",
        statistics=[tmp_path / f"{name}.json" for name in RESULTS],
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
    assert [claim["id"] for claim in judged["claims"]] == list(read_claims(study[0].claims))
    for claim in judged["claims"]:
        assert [entry["model"] for entry in claim["models"]] == ["gpt2", "gpt2-medium"]
        assert all(entry["verdict"] in VERDICTS for entry in claim["models"])
        assert all(entry["caution"] for entry in claim["models"] if entry["verdict"] != "not tested here")


def test_every_question_is_answered_for_every_model(study, tmp_path):
    judge_claims.main(study[0], tmp_path / "claims.json", study[1])
    answered = read_json(tmp_path / "claims.json")["questions"]
    assert [question["id"] for question in answered] == list(read_questions(study[0].questions))
    for question in answered:
        assert [entry["model"] for entry in question["models"]] == ["gpt2", "gpt2-medium"]
        assert all(entry["answer"] for entry in question["models"])


def test_a_model_that_a_statistic_lacks_is_named_with_the_file(study, tmp_path):
    write_results({"gpt2": EVIDENCE["saturation"]}, study[0].statistics[0])
    with pytest.raises(InputError, match=r"saturation\.json: has nothing on gpt2-medium"):
        judge_claims.main(study[0], tmp_path / "claims.json", study[1])


@pytest.mark.parametrize(
    ("name", "entry", "keys"),
    [("claims", "saturation", ("judgement", "value")), ("questions", "held-out", ("answer",))],
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
    with pytest.raises(InputError, match=rf"{name}\.yaml: {entry}: {last}: "):
        judge_claims.main(study[0], tmp_path / "claims.json", study[1])
