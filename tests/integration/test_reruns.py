"""An edit reruns the stage that it concerns and what rests on it; whatever changes no result reruns nothing."""

import os
import subprocess
from collections.abc import Callable

import pytest
import yaml
from project import FIGURES, Project, tiny_model
from tiny_models import build_tiny_model

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
    """Comment in the script and in a module of another stage, and in an environment."""
    for name in ("scripts/rendering/plot_grid.py", "scripts/sna/verdicts/claims.py", "envs/rendering.yaml"):
        with open(project.folder / name, "a", encoding="utf-8") as file:
            file.write("# edited\n")


def change_another_stages_config(project: Project) -> None:
    configure(project, lambda config: config["golden_zone"].update(share=0.4))
    configure(project, lambda config: config["sentiment"].update(uncertain=0.7))


@pytest.mark.parametrize("change", [touch, comment, commit, change_another_stages_config])
def test_what_changes_no_result_reruns_nothing(copy, change):
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


def test_a_stage_that_ran_alone_makes_what_rests_on_it_run_when_it_is_asked_for(copy):
    copy.succeed("--forcerun", "analyze_layers", "--until", "analyze_layers")
    assert copy.planned(FIGURES[0]) == {}
    assert copy.planned(*FIGURES) == {"plot_layers": 1}
