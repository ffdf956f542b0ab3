"""Check the engine on a GPU; see tests/gpu/check.sh."""

import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import yaml
from benchmarks.arithmetic import seconds
from benchmarks.measure import measure_model, spread
from benchmarks.methods import BatchedHook, OneByOne, Reference
from benchmarks.workload import build_gpt2, build_workloads
from tiny_models import LAYERS, build_tiny_model, build_tokenizer
from transformers import PreTrainedTokenizerBase

from gpu.exactness import BOUNDS, measure_errors, ranked, repeats_exactly
from gpu.table import render
from sna.engine.grid import Grid
from sna.engine.sweep import SweepInput, sweep_layer
from sna.files import write_json
from sna.inputs.config import validate_config
from sna.inputs.studies import Study
from sna.inputs.tasks import read_task
from sna.model.adapters import ADAPTERS
from sna.model.loading import LanguageModel, load_model
from sna.model.prompts import TokenizedPrompt, tokenize_task

TASKS = Path("tasks")
OUTPUT = Path("results/gpu.json")
PACKAGES = ("torch", "transformers", "transformer-lens", "nnsight")
#: GPT-2's weights are random: products take as long by any.
SHAPES = {"gpt2": {}, "gpt2-medium": {"n_embd": 1024, "n_layer": 24, "n_head": 16}}
#: Seconds that the paper's sweep may take.
TARGET = 300
ROUNDS = 3
#: So that the tasks' prompts have about as many tokens as by a real tokenizer: 1,483; by SmolLM2's 1,455.
VOCABULARY = 2500


def train_tokenizer() -> PreTrainedTokenizerBase:
    """Train a tokenizer on the tasks' own texts, as GPT-2's needs the hub."""
    files = [*sorted(TASKS.rglob("*.yaml")), *sorted(TASKS.rglob("*.tsv"))]
    return build_tokenizer((path.read_text(encoding="utf-8") for path in files), VOCABULARY)


def read_prompts(model: LanguageModel, study: Study) -> list[list[TokenizedPrompt]]:
    """Return the evaluation prompts of each of a study's tasks."""
    paths = [TASKS / f"{task}.yaml" for task in study.tasks]
    return [tokenize_task(model, read_task(path), path) for path in paths]


def ends(values: Sequence) -> list:
    """Return the first and the last of some values."""
    return [values[0], values[-1]]


def check_families(device: str, families: Sequence[str] = tuple(ADAPTERS)) -> dict[str, dict[str, float]]:
    """Return the errors of tiny models of every family, in all layers."""
    errors = {}
    for family in families:
        with TemporaryDirectory() as folder:
            model = load_model(build_tiny_model(family, Path(folder)), family, LAYERS, device)
        starts = ((20, 3), (20, 9), (50, 5))
        prompts = [TokenizedPrompt(tuple(range(first, first + length)), (7, 9)) for first, length in starts]
        errors[family] = measure_errors(model, prompts, range(LAYERS), Grid([5, 500], [0.5, 5.0]))
    return errors


def peers(model: LanguageModel) -> list[OneByOne]:
    """Return what the engine is compared with: the libraries too, if they are there."""
    others: list[OneByOne] = [Reference(model, every=56), BatchedHook(model, every=28)]
    try:
        from benchmarks.peers import NNsight, TransformerLens  # noqa: PLC0415 - they need not be there
    except ImportError as error:
        print(f"TransformerLens and nnsight are not compared: {error}", file=sys.stderr)
        return others
    return [*others, TransformerLens(model, every=28), NNsight(model, every=28)]


def sweep(model: LanguageModel, study: Study) -> dict:
    """Sweep all layers as the paper does; says how long it takes, and how much of the GPU's memory."""
    prompts, grid = read_prompts(model, study), Grid(study.neurons, study.multipliers)
    n_layers = model.adapter.n_layers

    def run() -> None:
        for layer in range(n_layers):
            sweep_layer(model, layer, [SweepInput(of_task, [ranked(model, layer)]) for of_task in prompts], grid)

    on_gpu = model.device.type == "cuda"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    return {
        "experiments": len(prompts) * n_layers * len(grid.n_neurons) * len(grid.multipliers),
        "tokens": sum(len(prompt.context) for of_task in prompts for prompt in of_task),
        "seconds": seconds(run),
        "peak_memory": torch.cuda.max_memory_allocated() if on_gpu else None,
    }


def check_shape(model: LanguageModel, study: Study) -> dict:
    """Check a model: errors and repetition on a sample, seconds a layer beside other methods, and the paper's sweep."""
    grid = Grid(study.neurons, study.multipliers)
    sample = [of_task[0] for of_task in read_prompts(model, study)]
    layers, corners = spread(model.adapter.n_layers), Grid(ends(grid.n_neurons), ends(grid.multipliers))
    workloads = build_workloads(model, TASKS, n_neurons=max(grid.n_neurons))
    return {
        "errors": measure_errors(model, sample, layers, corners),
        "repeats_exactly": repeats_exactly(model, sample, layers[0], grid),
        "layers": measure_model(model, workloads, peers(model), grid, layers=layers, rounds=ROUNDS),
        "sweep": sweep(model, study),
    }


def judge(families: Mapping[str, Mapping[str, float]], shapes: Mapping[str, Mapping]) -> list[str]:
    """Return what is wrong or too slow."""
    errors = families | {name: found["errors"] for name, found in shapes.items()}
    wrong = [
        f"{name}: {precision}: the largest relative error is {error:.0e}, above {BOUNDS[precision]}"
        for name, of_model in errors.items()
        for precision, error in of_model.items()
        # Not above: that would be false of what is not a number.
        if not error <= BOUNDS[precision]
    ]
    wrong += [f"{name}: a sweep gave other bytes again" for name, of in shapes.items() if not of["repeats_exactly"]]
    taken = sum(found["sweep"]["seconds"] for found in shapes.values())
    return wrong + ([f"the paper's sweep took {taken:.0f} seconds, above {TARGET}"] if taken > TARGET else [])


def versions() -> dict[str, str | None]:
    """Return what the figures were measured with."""
    found: dict[str, str | None] = {"python": platform.python_version(), "cuda": torch.version.cuda}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def main() -> None:
    if not torch.cuda.is_available():
        build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "a CPU build"
        print(f"skipped: torch {torch.__version__}, {build}, finds no GPU here")
        return
    torch.set_float32_matmul_precision("highest")
    config = validate_config(yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")))
    study, tokenizer = config.studies["paper"], train_tokenizer()
    families = check_families("cuda")
    shapes = {name: check_shape(build_gpt2(name, tokenizer, "cuda", **shape), study) for name, shape in SHAPES.items()}
    results = {
        "device": torch.cuda.get_device_name(),
        "memory": torch.cuda.get_device_properties("cuda").total_memory,
        "versions": versions(),
        "families": families,
        "shapes": shapes,
        "wrong": judge(families, shapes),
    }
    write_json(OUTPUT, results)
    print(render(results))
    sys.exit(1 if results["wrong"] else 0)


if __name__ == "__main__":
    main()
