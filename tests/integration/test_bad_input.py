"""Whatever a user gets wrong ends with a message that says where, and leaves nothing half-written."""

import re
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from project import Project, tiny_config, tiny_model
from safetensors.torch import load_file, save_file
from tiny_models import LAYERS, WIDTH, build_tiny_model, build_tokenizer
from transformers import BloomConfig, BloomForCausalLM

Change = Callable[[dict], object]


def refused(project: Project, *arguments: str, **environment: str) -> str:
    """Run Snakemake, which must fail with a message and leave nothing half-written; return what it printed."""
    code, printed = project.run(*arguments, **environment)
    assert code != 0, printed
    assert "Traceback" not in printed
    assert project.half_written() == []
    return printed


def set_at(path: str, value: object) -> Change:
    """Return what sets a key, given as `studies/tiny/neurons`, or removes it if the value is None."""

    def change(content: dict) -> None:
        *parents, last = path.split("/")
        for part in parents:
            content = content[int(part) if isinstance(content, list) else part]
        if value is None:
            del content[last]
        else:
            content[last] = value

    return change


def edit(path: Path, change: Change) -> None:
    """Change a YAML file."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def line_of(path: Path, text: str) -> int:
    """Return the number of the line that holds a text."""
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1) if text in line)


# What is refused before anything runs.


@pytest.fixture
def fresh(tmp_path) -> Project:
    """A project in which nothing was run."""
    project = Project.copy(tmp_path / "project")
    project.write_config(tiny_config(["tiny"]))
    return project


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("studies/tiny/layer", [1], "studies.tiny.layer"),
        ("studies/tiny/neurons", None, "studies.tiny.neurons"),
        ("studies/tiny/multipliers", [2.0, float("inf")], "studies.tiny.multipliers.1"),
        ("study", "tony", "study"),
    ],
)
def test_a_wrong_config_key_is_named_before_anything_runs(fresh, path, value, named):
    edit(fresh.folder / "config.yaml", set_at(path, value))
    assert f"config.yaml: {named}: " in refused(fresh, "--dry-run")
    assert not (fresh.folder / "results").exists()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (set_at("evaluation/2/target", None), "evaluation.2.target"),
        (lambda task: task["selection"].append(task["evaluation"][0]), "evaluation.0"),
    ],
    ids=["no target", "evaluated on what selected"],
)
def test_a_wrong_task_is_named_before_anything_runs(fresh, change, named):
    edit(fresh.folder / "tasks" / "addition.yaml", change)
    assert re.search(rf"tasks/addition\.yaml:\d+: {re.escape(named)}: ", refused(fresh, "--dry-run"))
    assert not (fresh.folder / "results").exists()


def test_a_key_given_twice_in_a_task_is_named_with_its_line(fresh):
    path = fresh.folder / "tasks" / "addition.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "category: logic\n", encoding="utf-8")
    line = line_of(path, "category: logic")
    assert f"tasks/addition.yaml:{line}: 'category' is given twice" in refused(fresh, "--dry-run")


def test_a_section_given_twice_in_config_yaml_is_named_with_its_line_rather_than_read_as_the_last(fresh):
    path = fresh.folder / "config.yaml"
    again = "statistics:\n  task_improvement: mean\n  confidence_level: 0.5\n  resamples: 99\n  seed: 1\n"
    line = len(path.read_text(encoding="utf-8").splitlines()) + 1
    path.write_text(path.read_text(encoding="utf-8") + again, encoding="utf-8")
    assert f"config.yaml:{line}: 'statistics' is given twice" in refused(fresh, "--dry-run")


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("    - 2\n    - 3\n", "    - 010\n    - true\n", "studies.tiny.layers.1: YAML takes 010 for 8; "),
        ("seed: 20260408", "seed: 2026-13-08", "statistics.seed: 2026-13-08 is no date; "),
        ("seed: 20260408", f"seed: {'1' * 4301}", f"statistics.seed: {'1' * 40} is no number that can be read; "),
    ],
)
def test_a_value_of_config_yaml_that_is_not_what_it_looks_like_is_named_with_its_line(fresh, written, instead, said):
    path = fresh.folder / "config.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(written) == 1
    path.write_text(text.replace(written, instead), encoding="utf-8")
    line = line_of(path, instead.strip().splitlines()[0])
    assert f"config.yaml:{line}: {said}" in refused(fresh, "--dry-run")


def test_true_is_no_layer(fresh):
    edit(fresh.folder / "config.yaml", set_at("studies/tiny/layers", [True, 2]))
    assert "config.yaml: studies.tiny.layers.0: must be a number (given: True)" in refused(fresh, "--dry-run")


def test_a_file_of_the_command_line_is_read_as_strictly_and_takes_the_place_of_values(fresh):
    path = fresh.folder / "other.yaml"
    path.write_text("studies: {tiny: {layers: [1]}}\nstatistics: {resamples: 199}\n", encoding="utf-8")
    planned = fresh.planned("--configfile", "other.yaml", "--config", "statistics={seed: 7}")
    assert planned["amplify_layer"] == 1
    path.write_text("statistics: {resamples: 199,\n  resamples: 299}\n", encoding="utf-8")
    assert "other.yaml:2: statistics: 'resamples' is given twice" in refused(fresh, "-n", "--configfile", "other.yaml")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("study=7", "study: must be text; quote it (given: 7)"),
        ("statistics={seed: -1}", "statistics.seed: "),
        ("statistics={draws: 1}", "statistics.draws: "),
    ],
)
def test_a_wrong_value_of_the_command_line_is_named(fresh, given, said):
    assert f"config.yaml: {said}" in refused(fresh, "--dry-run", "--config", given)


def test_a_target_without_its_space_is_named_before_anything_runs(fresh):
    path = fresh.folder / "tasks" / "addition.yaml"
    edit(path, lambda task: task["evaluation"][2].update(prompt="The capital of France is", target="Paris"))
    line = line_of(path, "target: Paris")
    said = f"tasks/addition.yaml:{line}: evaluation.2.target: 's' and 'P' meet without a space: "
    assert said in refused(fresh, "--dry-run")
    edit(path, set_at("joined", True))
    fresh.planned()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda lines: lines[:20],
            "config.yaml: studies.tiny.fresh.prompts: 24 given; tasks/fresh/addition.tsv has 19",
        ),
        (lambda lines: [*lines, "3 + 3 =\t 6"], "tasks/fresh/addition.tsv:"),
    ],
    ids=["too small", "a cell too few"],
)
def test_a_bank_that_cannot_be_used_is_named_before_anything_runs(fresh, change, said):
    path = fresh.folder / "tasks" / "fresh" / "addition.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{line}\n" for line in change(lines)), encoding="utf-8")
    assert said in refused(fresh, "--dry-run")
    assert not (fresh.folder / "results").exists()


def test_a_task_without_a_bank_is_refused_before_anything_runs(fresh):
    (fresh.folder / "tasks" / "fresh" / "addition.tsv").unlink()
    assert "tasks/fresh/addition.tsv: no such file" in refused(fresh, "--dry-run")


def test_a_bank_with_a_prompt_of_the_task_itself_is_refused_before_anything_runs(fresh):
    task = yaml.safe_load((fresh.folder / "tasks" / "addition.yaml").read_text(encoding="utf-8"))
    own = task["evaluation"][3]
    with open(fresh.folder / "tasks" / "fresh" / "addition.tsv", "a", encoding="utf-8") as bank:
        bank.write(f"{own['prompt']}\t{own['target']}\tmade up\n")
    assert f"{own['prompt']!r} is also evaluation.3 of addition; it is not fresh" in refused(fresh, "--dry-run")


def test_prose_with_an_empty_line_is_refused_before_anything_runs(fresh):
    path = fresh.folder / "tasks" / "fresh" / "prose.txt"
    path.write_text("\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert "tasks/fresh/prose.txt:1: an empty line" in refused(fresh, "--dry-run")


def test_an_empty_task_is_said_to_be_empty(fresh):
    (fresh.folder / "tasks" / "addition.yaml").write_text("", encoding="utf-8")
    assert "tasks/addition.yaml: is empty" in refused(fresh, "--dry-run")


@pytest.mark.parametrize("name", ["models", "t\u52a0\u6cd5"])
def test_a_study_whose_name_is_no_folder_of_its_own_is_refused_before_anything_runs(fresh, name):
    config = tiny_config(["tiny"])
    fresh.write_config(config | {"study": name, "studies": {name: config["studies"]["tiny"]}})
    assert f"config.yaml: studies.{name}: " in refused(fresh, "--dry-run")
    assert not (fresh.folder / "results").exists()


# What only shows when a model is fetched: one run of several models, each with its own mistake.

FETCHED = {
    "bloom": "config.yaml: models.bloom.path: architecture 'bloom' is not supported; those that work: gpt2, ",
    "deeper": f"config.yaml: models.deeper.layers: {LAYERS + 1} given; the weights have {LAYERS}",
    "damaged": "config.yaml: models.damaged.path: the weight model.norm.weight holds NaN or infinity",
    "unreachable": "config.yaml: models.unreachable.repository: openai-community/gpt2 cannot be downloaded from",
    "altered": f"config.yaml: models.altered.sha256: {'0' * 64} given; ",
}


def build_bloom(folder: Path) -> None:
    tokenizer = build_tokenizer()
    config = BloomConfig(vocab_size=len(tokenizer), hidden_size=16, n_layer=LAYERS, n_head=2)
    BloomForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def build_damaged(folder: Path) -> None:
    path = build_tiny_model("llama", folder) / "model.safetensors"
    weights = load_file(path)
    weights["model.norm.weight"][3] = torch.nan
    save_file(weights, path, metadata={"format": "pt"})


def build_wheel(folder: Path) -> None:
    """Write a wheel whose model is not the one that was pinned."""
    folder.mkdir()
    information = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_weights/tiny.gguf", b"GGUF, but another one")
        wheel.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n")
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def fetched(tmp_path_factory) -> tuple[Project, str]:
    """A project whose models were all refused, and what Snakemake printed."""
    project = Project.copy(tmp_path_factory.mktemp("fetched") / "project")
    models = project.folder / "models"
    build_bloom(models / "bloom")
    build_tiny_model("llama", models / "deeper")
    build_damaged(models / "damaged")
    build_wheel(project.folder / "wheels")
    config = tiny_config(list(FETCHED))
    config["models"] |= {
        "deeper": tiny_model("deeper", layers=LAYERS + 1),
        "unreachable": {
            "title": "Unreachable",
            "description": "A model on a hub that cannot be reached.",
            "source": "hub",
            "repository": "openai-community/gpt2",
            "revision": "607a30d783dfa663caf39e06633721c8d4cfcd7e",
            "layers": LAYERS,
            "license": "MIT",
        },
        "altered": {
            "title": "Altered",
            "description": "A model with another file than is pinned.",
            "source": "package",
            "parts": [{"package": "tiny-weights", "version": "1.0", "file": "tiny_weights/tiny.gguf"}],
            "size": 21,
            "sha256": "0" * 64,
            "layers": LAYERS,
            "license": "MIT",
        },
    }
    project.write_config(config)
    printed = refused(
        project,
        "--keep-going",
        *(f"results/models/{name}/model.safetensors" for name in FETCHED),
        HF_ENDPOINT=f"http://127.0.0.1:{closed_port()}",
        PIP_CONFIG_FILE="/dev/null",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(project.folder / "wheels"),
    )
    return project, printed


@pytest.mark.parametrize("name", FETCHED)
def test_a_model_that_cannot_be_used_is_refused_with_its_key_and_leaves_nothing(fetched, name):
    project, printed = fetched
    assert f"error: {FETCHED[name]}" in printed
    assert not list((project.folder / "results" / "models" / name).glob("*"))


# What only shows when a tokenizer or a ranking is at hand.


@pytest.fixture(scope="module")
def measured(ranked, tmp_path_factory) -> tuple[Project, str]:
    """A project where one prompt is unclean, one model reads few tokens, and one count is too large."""
    project = Project.copy(tmp_path_factory.mktemp("measured") / "project", ranked.folder)
    build_tiny_model("llama", project.folder / "models" / "brief", max_position_embeddings=8)
    project.write_config(tiny_config(["tiny", "brief"], neurons=[5, WIDTH + 1]))
    # The space belongs to the target.
    edit(project.folder / "tasks" / "antonyms.yaml", set_at("evaluation/7/prompt", "The opposite of wet is "))
    edit(project.folder / "tasks" / "antonyms.yaml", set_at("evaluation/7/target", "the"))
    edit(project.folder / "tasks" / "antonyms.yaml", set_at("evaluation/7/joined", True))
    baselines = [f"results/tiny/baseline/{name}.parquet" for name in ("tiny", "brief")]
    printed = refused(project, "--keep-going", *baselines, "results/tiny/neurons/tiny.parquet")
    return project, printed


def test_a_target_that_does_not_tokenize_cleanly_is_named_with_its_line(measured):
    project, printed = measured
    line = line_of(project.folder / "tasks" / "antonyms.yaml", "The opposite of wet is ")
    assert f"error: tasks/antonyms.yaml:{line}: evaluation.7: target 'the' does not tokenize cleanly" in printed


def test_a_prompt_longer_than_the_context_is_named_with_its_line(measured):
    project, printed = measured
    line = line_of(project.folder / "tasks" / "addition.yaml", "evaluation:") + 1
    assert f"error: tasks/addition.yaml:{line}: evaluation.0: " in printed
    assert "the model reads at most 8" in printed
    assert not (project.results / "baseline" / "brief.parquet").exists()


def test_more_neurons_than_a_layer_has_are_refused(measured):
    _, printed = measured
    message = f"config.yaml: studies.tiny.neurons: {WIDTH + 1} given; a layer of this model has {WIDTH} neurons (tiny)"
    assert f"error: {message}" in printed


def test_a_table_cut_short_is_made_again_before_anything_is_built_on_it(swept, tmp_path):
    project = Project.copy(tmp_path / "project", swept.folder)
    path = project.results / "amplified" / "tiny" / "layer_2.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    printed = project.succeed("aggregate_experiments")
    assert "modified: results/tiny/amplified/tiny/layer_2.parquet has another checksum than was recorded" in printed
    assert path.read_bytes() == whole


def test_a_python_in_a_folder_with_a_space_is_named_before_anything_runs(fresh, tmp_path):
    (tmp_path / "my environment").symlink_to(sys.prefix)
    python = tmp_path / "my environment" / "bin" / "python"
    command = [str(python), "-m", "snakemake", "--cores=1", "report"]
    finished = subprocess.run(command, cwd=fresh.folder, capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert f"the path of this Python, '{python}', holds ' '" in finished.stdout + finished.stderr
    assert not (fresh.folder / "results").exists()


def test_a_project_in_a_folder_with_braces_is_named_before_anything_runs(tmp_path):
    project = Project.copy(tmp_path / "{my} project")
    said = f"the path of this project, '{project.folder}', holds '{{', with which Snakemake cannot run scripts"
    assert said in refused(project, "--dry-run")
