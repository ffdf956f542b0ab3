"""Time the engine beside what a user would otherwise write: `make benchmark`.

Reads config.yaml, tasks/ and the weights of SmolLM2; writes results/benchmark.json and prints its tables.
"""

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import torch
import yaml
from transformers import PreTrainedTokenizerBase

from benchmarks.measure import measure_model, measure_scaling, spread
from benchmarks.methods import BatchedHook, Engine, Reference, picked, size
from benchmarks.peers import NNsight, TransformerLens
from benchmarks.table import render
from benchmarks.workload import PROMPTS, TASKS, Workload, build_gpt2, build_workloads
from sna.engine.grid import Grid
from sna.files import write_json
from sna.inputs.config import validate_config
from sna.model.loading import LanguageModel, load_model

CONFIG = Path("config.yaml")
TASK_FILES = Path("tasks")
OUTPUT = Path("results/benchmark.json")
PACKAGES = ("torch", "transformers", "transformer-lens", "nnsight")
ROUNDS = 3
# By which step each goes through the grid's 56 configurations; the engine measures all.
OTHERS = {Reference: 56, BatchedHook: 28, TransformerLens: 28, NNsight: 28}
MEDIUM = {"n_embd": 1024, "n_layer": 24, "n_head": 16}
WIDTHS = (256, 512, 1024)


def models(smollm2: LanguageModel) -> Iterator[LanguageModel]:
    """Yield the models one after another; GPT-2's have random weights, which take as long as any."""
    yield build_gpt2("gpt2", smollm2.tokenizer)
    yield build_gpt2("gpt2-medium", smollm2.tokenizer, **MEDIUM)
    yield smollm2


def compare(model: LanguageModel, grid: Grid) -> dict:
    """Time all methods on one model."""
    others = [method(model, every) for method, every in OTHERS.items()]
    workloads = build_workloads(model, TASK_FILES, n_neurons=max(grid.n_neurons))
    return measure_model(model, workloads, others, grid, layers=spread(model.adapter.n_layers), rounds=ROUNDS)


def scaling_cases(tokenizer: PreTrainedTokenizerBase, grid: Grid) -> dict[str, dict[int, Callable[[], object]]]:
    """Return sweeps of one layer of GPT-2 that differ in the grid, the prompts or the width of the model."""

    def sweep(model: LanguageModel, workloads: Sequence[Workload], counts: Sequence[int]) -> Callable[[], object]:
        layer = spread(model.adapter.n_layers)[2]
        return partial(Engine(model).run, layer, workloads, Grid(counts, grid.multipliers))

    def ranked(model: LanguageModel) -> list[Workload]:
        return build_workloads(model, TASK_FILES, n_neurons=max(grid.n_neurons))

    small = build_gpt2("gpt2", tokenizer)
    workloads = ranked(small)
    by_counts = {counts * len(grid.multipliers): grid.n_neurons[:counts] for counts in (1, 2, 4, len(grid.n_neurons))}
    by_prompts = {
        prompts * len(TASKS): [replace(workload, prompts=workload.prompts[:prompts]) for workload in workloads]
        for prompts in (2, 4, PROMPTS)
    }
    by_width = {width: build_gpt2("gpt2", tokenizer, n_embd=width, n_head=width // 64) for width in WIDTHS}
    return {
        "configurations": {number: sweep(small, workloads, counts) for number, counts in by_counts.items()},
        "prompts": {number: sweep(small, part, grid.n_neurons) for number, part in by_prompts.items()},
        "width": {width: sweep(model, ranked(model), grid.n_neurons) for width, model in by_width.items()},
    }


def processor() -> str:
    """Return the processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main() -> None:
    torch.set_num_threads(1)
    config = validate_config(yaml.safe_load(CONFIG.read_text(encoding="utf-8")))
    grid = Grid(config.chosen.neurons, config.chosen.multipliers)
    smollm2 = load_model("results/models/smollm2-135m", "smollm2-135m", config.models["smollm2-135m"].layers)
    compared = {model.name: compare(model, grid) for model in models(smollm2)}
    results = {
        "machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.platform(), "threads": 1},
        "versions": {"python": platform.python_version()} | {package: version(package) for package in PACKAGES},
        "rounds": ROUNDS,
        "tasks": list(TASKS),
        "prompts": len(TASKS) * PROMPTS,
        "configurations": size(grid),
        "configurations_timed": {method.name: len(picked(grid, every)) for method, every in OTHERS.items()}
        | {Engine.name: size(grid)},
        "models": compared,
        "scaling": measure_scaling(scaling_cases(smollm2.tokenizer, grid), ROUNDS),
    }
    write_json(OUTPUT, results)
    print(render(results))


if __name__ == "__main__":
    main()
