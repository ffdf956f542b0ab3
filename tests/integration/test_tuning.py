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


def test_what_cannot_be_tuned_on_is_refused_before_anything_runs(project):
    configure(project, tasks=["rhymes"])
    code, printed = project.run("--dry-run", TABLE)
    assert code != 0
    assert "config.yaml: models.tuned.tasks: no rule makes prompts of rhymes: all that there are, " in printed
    assert "Traceback" not in printed
