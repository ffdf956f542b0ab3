"""An edit reruns the stage that it concerns and what rests on it; whatever changes no result reruns nothing."""

import os
import subprocess
from collections.abc import Callable

import pytest
import yaml
from editing import add_comment, edit_function, replace
from project import FIGURES, Project, tiny_model
from tiny_models import build_tiny_model

from sna.provenance.record import read_record

AGGREGATED = {
    "aggregate_experiments": 1,
    "analyze_saturation": 1,
    "analyze_held_out": 1,
    "plot_saturation": 1,
    "analyze_layers": 1,
    "plot_layers": 1,
}


@pytest.fixture
def copy(drawn, tmp_path) -> Project:
    return Project.copy(tmp_path / "project", drawn.folder)


def configure(project: Project, change: Callable[[dict], object]) -> None:
    """Change config.yaml."""
    path = project.folder / "config.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(config)
    project.write_config(config)


def study(config: dict) -> dict:
    return config["studies"]["tiny"]


def commit(project: Project) -> None:
    """Commit all files, as another commit than that of the run, if there was one."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    for command in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "--message", "a commit"]):
        subprocess.run(["git", *command], cwd=project.folder, check=True, capture_output=True)


def touch(project: Project) -> None:
    """Give every file a new time, in an order that has nothing to do with that of their making."""
    for number, path in enumerate(sorted(project.folder.rglob("*"))):
        if path.is_file() and ".snakemake" not in path.parts:
            os.utime(path, (4e9 - number, 4e9 - number))


def comment(project: Project) -> None:
    """Comment in the stages' own scripts, in what all stages share, in what records them, and in an environment."""
    shared = ("scripts/sna/tables.py", "scripts/sna/job.py", "scripts/sna/provenance/record.py", "envs/rendering.yaml")
    for name in ("scripts/rendering/plot_layers.py", "scripts/sna/statistics/layers.py", *shared):
        add_comment(project.folder / name)


def write_another_stages_code(project: Project) -> None:
    """Edit the script and a module of another stage, and a table that it alone reads."""
    edit_function("draw")(project.folder / "scripts" / "rendering" / "plot_grid.py")
    edit_function("judge")(project.folder / "scripts" / "sna" / "verdicts" / "claims.py")
    replace('"number": _index', '"number": _count')(project.folder / "scripts" / "sna" / "tables.py")


def change_another_stages_config(project: Project) -> None:
    configure(project, lambda config: config["golden_zone"].update(share=0.4))
    configure(project, lambda config: config["sentiment"].update(uncertain=0.7))
    configure(project, lambda config: config["models"]["tiny"].update(title="Another", description="Tiny, as before."))
    configure(project, lambda config: study(config)["fresh"].update(draws=9))


def test_what_changes_no_result_reruns_nothing(copy):
    for change in (comment, write_another_stages_code, change_another_stages_config, commit, touch):
        change(copy)
    assert copy.planned(*FIGURES) == {}


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        (lambda config: study(config)["multipliers"].append(2), {"amplify_layer": 3, **AGGREGATED}),
        (lambda config: study(config)["neurons"].append(10), {"amplify_layer": 3, **AGGREGATED}),
        (lambda config: study(config)["neurons"].append(50), {"rank_neurons": 1, "amplify_layer": 3, **AGGREGATED}),
        (lambda config: study(config)["layers"].append(1), {"amplify_layer": 1, **AGGREGATED}),
        (lambda config: study(config)["layers"].remove(3), AGGREGATED),
        (
            lambda config: study(config)["tasks"].append("rhymes"),
            {"measure_baseline": 1, "rank_neurons": 1, "amplify_layer": 3, **AGGREGATED},
        ),
    ],
    ids=["a multiplier", "a smaller count", "a larger count", "a layer", "a layer less", "a task"],
)
def test_what_is_added_to_a_study_reruns_no_more_than_it_must(copy, change, jobs):
    configure(copy, change)
    assert copy.planned(*FIGURES) == jobs


def test_a_model_that_is_added_leaves_the_others_measured(copy):
    build_tiny_model("gpt2", copy.folder / "models" / "second")
    configure(copy, lambda config: study(config)["models"].append("second"))
    configure(copy, lambda config: config["models"].update(second=tiny_model("second")))
    of_the_model = {"fetch_model": 1, "measure_baseline": 1, "rank_neurons": 1, "amplify_layer": 3}
    assert copy.planned(*FIGURES) == {**of_the_model, **AGGREGATED}


def test_a_stage_that_is_forced_reruns_with_what_rests_on_it(copy):
    assert copy.planned(*FIGURES, "-R", "plot_saturation") == {"plot_saturation": 1}
    assert copy.planned(*FIGURES, "--forcerun", "analyze_layers") == {"analyze_layers": 1, "plot_layers": 1}


def test_until_stops_at_the_stage_and_leaves_its_siblings(copy):
    configure(copy, lambda config: study(config)["layers"].append(1))
    assert copy.planned(*FIGURES, "--until", "analyze_layers") == {
        "amplify_layer": 1,
        "aggregate_experiments": 1,
        "analyze_layers": 1,
    }


def test_a_damaged_result_that_is_not_asked_for_is_left_alone(copy):
    (copy.folder / FIGURES[0]).write_text("damaged", encoding="utf-8")
    assert copy.planned(FIGURES[1]) == {}


@pytest.mark.parametrize("target", ["results/models/tiny/model.safetensors", "results/tiny/experiments.parquet"])
def test_a_job_that_ran_again_and_gave_the_same_bytes_reruns_nothing_after_it(copy, target):
    stage = "fetch_model" if "models" in target else "aggregate_experiments"
    place = "models/records/tiny" if "models" in target else f"tiny/records/{stage}"
    record = copy.folder / "results" / f"{place}.json"
    before = read_record(record)
    copy.succeed("--forcerun", stage, "--", target)
    assert read_record(record).started > before.started
    assert copy.planned(*FIGURES) == {}
    assert copy.audit(*FIGURES)[0] == 0


def test_a_plan_is_made_where_checksums_cannot_be_remembered(copy):
    memory = copy.folder / ".snakemake" / "checksums.json"
    memory.unlink(missing_ok=True)
    memory.mkdir()
    assert copy.planned(*FIGURES) == {}


@pytest.mark.parametrize(
    ("file", "directive"),
    [("models", '"../envs/model.yaml"'), ("rendering", '"../envs/rendering.yaml"'), ("models", "fetch_model.py")],
)
def test_a_rule_that_runs_something_else_than_its_parameters_say_is_refused(copy, file, directive):
    replace(directive, directive.replace("model", "statistics").replace("rendering", "statistics"))(
        copy.folder / "rules" / f"{file}.smk"
    )
    code, printed = copy.run("--dry-run", *FIGURES)
    assert code != 0
    assert "its script and conda are not those that its params.code names" in printed


def test_a_stage_that_ran_alone_and_gave_the_same_bytes_reruns_nothing(copy):
    copy.succeed("--forcerun", "analyze_layers", "--until", "analyze_layers")
    assert copy.planned(*FIGURES) == {}
