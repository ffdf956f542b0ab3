"""A tuned model in the workflow: made from its base, traced to it, and refused before anything runs."""

import pytest
from project import Project, tiny_config, tiny_model

TABLE = "results/tiny/baseline/tuned.parquet"
TUNED = {
    "source": "tuned",
    "base": "tiny",
    "method": "lora",
    "tasks": ["addition"],
    "prompts": 12,
    "steps": 3,
    "learning_rate": 0.01,
    "seed": 1,
}


def configure(project: Project, **changes) -> None:
    config = tiny_config(["tiny", "tuned"])
    config["models"]["tuned"] = {key: value for key, value in tiny_model("tuned").items() if key != "path"}
    config["models"]["tuned"] |= TUNED | changes
    project.write_config(config)


@pytest.fixture(scope="module")
def project(ranked, tmp_path_factory) -> Project:
    return Project.copy(tmp_path_factory.mktemp("tuned") / "project", ranked.folder)


def test_a_tuned_model_is_measured_like_a_fetched_one_and_traced_to_its_base_and_its_tasks(project):
    configure(project)
    printed = project.succeed(TABLE)
    assert "Tuning tiny into tuned" in printed
    code, tree = project.audit(TABLE)
    assert code == 0, tree
    for line in ("(tune_model)", "tuned: tiny", "(fetch_model)", "tasks/addition.yaml", "tasks/fresh/addition.tsv"):
        assert line in tree
    assert project.planned(TABLE) == {}
    weights = project.folder / "results" / "models" / "tuned" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    code, tree = project.audit(TABLE)
    assert code == 1
    assert "modified" in tree


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": ["rhymes"]}, "no rule makes prompts of rhymes: all that there are, "),
        ({"prompts": 5000}, "5000 prompts of addition asked for; "),
        ({"tasks": ["adition"]}, "tasks/adition.yaml: "),
    ],
)
def test_what_cannot_be_tuned_on_is_refused_before_anything_runs(project, changes, message):
    configure(project, **changes)
    code, printed = project.run("--dry-run", TABLE)
    assert code != 0
    assert f"config.yaml: models.tuned.tasks: {message}" in printed
    assert "Traceback" not in printed
