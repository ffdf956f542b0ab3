"""Timing methods side by side: every round runs each of them at every layer, and medians over rounds count."""

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median

import torch
from torch import Tensor

from benchmarks.arithmetic import count_operations, product_speeds, seconds
from benchmarks.methods import Engine, OneByOne, picked, size
from benchmarks.workload import Workload
from sna.engine.grid import Grid
from sna.model.loading import LanguageModel


def spread(n_layers: int, wanted: int = 4) -> list[int]:
    """Return the layers in the middle of equal parts of the depth: together they stand for a sweep of all.

    Parameters
    ----------
    n_layers : int
        How many the model has.
    wanted : int

    Returns
    -------
    list of int
        From 0.
    """
    return [round((part + 0.5) * n_layers / wanted - 0.5) for part in range(wanted)]


def measure_model(
    model: LanguageModel,
    workloads: Sequence[Workload],
    others: Sequence[OneByOne],
    grid: Grid,
    *,
    layers: Sequence[int],
    rounds: int,
) -> dict:
    """Time the engine and other methods on one model.

    Parameters
    ----------
    model : LanguageModel
    workloads : sequence of Workload
    others : sequence of OneByOne
        What the engine is compared with.
    grid : Grid
    layers : sequence of int
    rounds : int

    Returns
    -------
    dict
        ratio_<method> : seconds of a method, over those of the engine, both summed over the layers.
        peak : the fastest of the machine's packed matrix products, in floating-point operations a second.
        peak_share : the engine's operations a second over `peak`.
        max_abs_error, max_relative_error : the largest disagreement in a probability between any two methods.
        products : operations a second by shape.
        layers : the same for each layer, with all seconds; those of a method that measured a part of the grid are
            scaled to the whole.
    """
    engine = Engine(model)
    methods = [*others, engine]
    for method in others:
        for layer in layers:
            method.prepare(layer, workloads)
    for method in methods:
        # Whatever is done at the first pass only.
        method.run(layers[0], workloads, Grid(grid.n_neurons[-1:], grid.multipliers[-1:]))
    operations = {layer: sweep_operations(engine, layer, workloads, grid) for layer in layers}
    taken = {layer: defaultdict(list) for layer in layers}
    speeds = defaultdict(list)
    errors = []
    for number in range(rounds):
        for layer in layers:
            print(f"{model.name}: round {number + 1} of {rounds}, layer {layer}", file=sys.stderr, flush=True)
            found = {}
            for method in methods:
                elapsed, found[method] = _timed(partial(method.run, layer, workloads, grid))
                taken[layer][method.name].append(elapsed * size(grid) / len(picked(grid, method.every)))
            for shape, speed in product_speeds(model.adapter.blocks[layer]).items():
                speeds[shape].append(speed)
            errors.append(_disagreement(found, grid))
    products = {shape: median(measured) for shape, measured in speeds.items()}
    return _summarize(taken, operations, products) | {
        "max_abs_error": max(absolute for absolute, _ in errors),
        "max_relative_error": max(relative for _, relative in errors),
        "products": products,
    }


def sweep_operations(engine: Engine, layer: int, workloads: Sequence[Workload], grid: Grid) -> int:
    """Return how many floating-point operations the engine makes, from two small sweeps.

    Every further multiplier adds the same.

    Parameters
    ----------
    engine : Engine
    layer : int
    workloads : sequence of Workload
    grid : Grid

    Returns
    -------
    int
    """
    one, two = (
        count_operations(partial(engine.run, layer, workloads, Grid(grid.n_neurons, grid.multipliers[:multipliers])))
        for multipliers in (1, 2)
    )
    return one + (len(grid.multipliers) - 1) * (two - one)


def _timed(run: Callable[[], list[Tensor]]) -> tuple[float, list[Tensor]]:
    kept = []
    return seconds(lambda: kept.extend(run())), kept


def _disagreement(found: Mapping[Engine | OneByOne, list[Tensor]], grid: Grid) -> tuple[float, float]:
    """Return the largest difference between two methods' probabilities, absolute and relative to the smaller."""
    measured = defaultdict(list)
    for method, probabilities in found.items():
        for number, row in zip(picked(grid, method.every), torch.cat(probabilities, dim=-1), strict=True):
            measured[number].append(row)
    ranges = [torch.stack(rows).aminmax(dim=0) for rows in measured.values()]
    absolute = max((of_one.max - of_one.min).max().item() for of_one in ranges)
    relative = max((of_one.max / of_one.min - 1).max().item() for of_one in ranges)
    return absolute, relative


def _summarize(
    taken: Mapping[int, Mapping[str, list[float]]], operations: Mapping[int, int], products: Mapping[str, float]
) -> dict:
    peak = max(products.values())
    medians = {layer: {name: median(times) for name, times in methods.items()} for layer, methods in taken.items()}
    names = next(iter(medians.values()))
    totals = {name: sum(of_layer[name] for of_layer in medians.values()) for name in names}
    engine = totals.pop("engine")
    return {
        **{f"ratio_{name}": total / engine for name, total in totals.items()},
        "peak": peak,
        "peak_share": sum(operations.values()) / engine / peak,
        "layers": [
            {
                "layer": layer,
                "operations": operations[layer],
                "peak_share": operations[layer] / medians[layer]["engine"] / peak,
                "seconds": medians[layer],
                "rounds": dict(taken[layer]),
            }
            for layer in taken
        ],
    }


def measure_scaling(cases: Mapping[str, Mapping[int, Callable[[], object]]], rounds: int) -> dict:
    """Time the engine against the size of its task.

    Parameters
    ----------
    cases : mapping
        For each kind of size, what to run by size.
    rounds : int

    Returns
    -------
    dict
        For each kind of size, median seconds by size.
    """
    taken = {kind: {value: [] for value in runs} for kind, runs in cases.items()}
    for _ in range(rounds):
        for kind, runs in cases.items():
            for value, run in runs.items():
                taken[kind][value].append(seconds(run))
    return {
        kind: [{"size": value, "seconds": median(times)} for value, times in sizes.items()]
        for kind, sizes in taken.items()
    }
