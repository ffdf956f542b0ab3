"""The benchmark, but for the time it takes: what it counts, that its methods agree, and what it reports."""

import json
from functools import partial
from pathlib import Path

import pytest
import torch
from benchmarks.arithmetic import count_operations, product_speeds
from benchmarks.measure import measure_model, measure_scaling, spread, sweep_operations
from benchmarks.methods import BatchedHook, Engine, Reference, picked
from benchmarks.table import render
from benchmarks.workload import TASKS, Workload, build_workloads, pad
from tiny_models import LAYERS, WIDTH, build_tiny_model
from torch import nn

from sna.engine.grid import Grid
from sna.engine.prepacking import prepack
from sna.model.architecture import Projection
from sna.model.loading import load_model
from sna.model.prompts import tokenize

ROOT = Path(__file__).parents[3]
GRID = Grid([5, 50, 500], [1.25, 5.0])
TEXTS = [("The quick brown", " fox"), ("The quick", " dog"), ("2 + 2 =", " 4"), ("and then it sleeps", " in the sun.")]


@pytest.fixture(scope="module", params=["gpt2", "llama"])
def model(request, tmp_path_factory):
    return load_model(build_tiny_model(request.param, tmp_path_factory.mktemp(request.param)), request.param, LAYERS)


@pytest.fixture(scope="module")
def workloads(model):
    generator = torch.Generator().manual_seed(0)
    ranked = torch.stack([torch.randperm(WIDTH, generator=generator) for _ in range(LAYERS)]).numpy()
    prompts = [tokenize(model, *text) for text in TEXTS]
    return [Workload(prompts[:2], ranked), Workload(prompts, ranked[::-1])]


@pytest.fixture(scope="module")
def measured(model, workloads):
    others = [Reference(model, every=6), BatchedHook(model, every=3)]
    return measure_model(model, workloads, others, GRID, layers=[1, 3], rounds=3)


# Floating-point operations


@torch.inference_mode()
def test_plain_and_packed_products_count_alike():
    inputs, weight, bias = torch.randn(3, 7, 48), torch.randn(96, 48), torch.randn(96)
    by_hand = 2 * 3 * 7 * 48 * 96
    for projection in (Projection(weight), Projection(weight, bias)):
        assert count_operations(partial(projection, inputs)) == by_hand
        assert count_operations(partial(prepack(projection), inputs)) == by_hand


@torch.inference_mode()
@pytest.mark.parametrize("shared", [1, 2])
def test_attention_counts_for_every_head_that_asks(shared):
    query = torch.randn(5, 4, 3, 16)
    key = torch.randn(5, 4 // shared, 8, 16)
    mask = torch.ones(3, 8, dtype=torch.bool)
    attend = partial(nn.functional.scaled_dot_product_attention, attn_mask=mask, enable_gqa=shared > 1)
    # Scores of 3 queries with 8 keys, and as many weights of 8 values, in each of 5 x 4 heads.
    assert count_operations(partial(attend, query, key, key)) == 2 * (2 * 5 * 4 * 3 * 8 * 16)


@torch.inference_mode()
def test_a_forward_pass_counts_its_projections_attention_and_unembedding(model):
    config, tokens = model.network.config, 9
    width, vocabulary = config.hidden_size, config.vocab_size
    # Queries and the output, keys and values of all heads or of half of them, and two or three of the MLP's.
    heads, of_mlp = (4, 2) if config.model_type == "gpt2" else (3, 3)
    block = 2 * tokens * width * (heads * width + of_mlp * WIDTH) + 4 * tokens**2 * width
    by_hand = LAYERS * block + 2 * tokens * width * vocabulary
    counted = count_operations(partial(model.network, torch.arange(tokens)[None], use_cache=False))
    # Rotary positions are a matter of one product of a few frequencies.
    assert by_hand <= counted <= 1.001 * by_hand


def test_two_small_sweeps_tell_what_the_whole_one_computes(model, workloads):
    engine, grid = Engine(model), Grid([5, 50, 500], [1.25, 2.0, 3.0, 5.0])
    # What is probed at the first pass only would count as a part of it.
    engine.run(0, workloads, grid)
    counted = [count_operations(partial(engine.run, layer, workloads, grid)) for layer in range(LAYERS)]
    assert [sweep_operations(engine, layer, workloads, grid) for layer in range(LAYERS)] == counted
    # The more blocks are above, the more is computed.
    assert counted == sorted(counted, reverse=True)


def test_every_shape_of_a_block_has_a_speed(model):
    block = model.adapter.blocks[0]
    speeds = product_speeds(block)
    assert f"32 x {WIDTH}" in speeds
    assert f"{WIDTH} x 32" in speeds
    assert all(speed > 0 for speed in speeds.values())


# Methods


@pytest.mark.parametrize("layer", range(LAYERS))
@pytest.mark.parametrize("method", [Reference, BatchedHook])
def test_a_method_measures_what_the_engine_measures(model, workloads, method, layer):
    for every in (1, 4):
        found = method(model, every).run(layer, workloads, GRID)
        for probabilities, of_engine in zip(found, Engine(model).run(layer, workloads, GRID), strict=True):
            torch.testing.assert_close(probabilities, of_engine[picked(GRID, every)], rtol=1e-4, atol=0)


@pytest.mark.parametrize(("every", "numbers"), [(1, [0, 1, 2, 3, 4, 5]), (3, [2, 5]), (4, [1, 5]), (28, [5])])
def test_a_part_of_the_grid_has_the_last_configuration(every, numbers):
    assert picked(GRID, every) == numbers


def test_padding_keeps_where_targets_are_predicted(workloads):
    prompts = workloads[1].prompts
    padded = pad(prompts)
    assert padded.tokens.shape == (len(prompts), max(len(prompt.context) for prompt in prompts))
    scored = zip(padded.rows.tolist(), padded.positions.tolist(), padded.targets.tolist(), strict=True)
    assert list(scored) == [(row, *pair) for row, prompt in enumerate(prompts) for pair in prompt.scored]


def test_workloads_are_the_projects_own_tasks(model):
    workloads = build_workloads(model, ROOT / "tasks", n_neurons=50)
    assert [len(workload.prompts) for workload in workloads] == [8] * len(TASKS)
    assert all(workload.neuron_ids.shape == (LAYERS, 50) for workload in workloads)


@pytest.mark.parametrize(
    ("layers", "chosen"), [(12, [1, 4, 7, 10]), (24, [2, 8, 14, 20]), (30, [3, 11, 18, 26]), (4, [0, 1, 2, 3])]
)
def test_layers_are_spread_over_the_depth(layers, chosen):
    assert spread(layers) == chosen


# Results


def test_ratios_are_those_of_the_seconds(measured):
    seconds = [of_layer["seconds"] for of_layer in measured["layers"]]
    engine = sum(of_layer["engine"] for of_layer in seconds)
    for name in ("reference", "batched"):
        assert measured[f"ratio_{name}"] == pytest.approx(sum(of_layer[name] for of_layer in seconds) / engine)


def test_the_share_of_the_peak_is_operations_over_time(measured):
    assert measured["peak"] == max(measured["products"].values())
    for of_layer in measured["layers"]:
        rate = of_layer["operations"] / of_layer["seconds"]["engine"]
        assert of_layer["peak_share"] == pytest.approx(rate / measured["peak"])


def test_methods_agree_within_rounding(measured):
    assert 0 <= measured["max_abs_error"] < 1e-5
    assert 0 <= measured["max_relative_error"] < 1e-4


def test_every_round_is_kept(measured):
    assert [of_layer["layer"] for of_layer in measured["layers"]] == [1, 3]
    for of_layer in measured["layers"]:
        assert {name: len(times) for name, times in of_layer["rounds"].items()} == {
            "reference": 3,
            "batched": 3,
            "engine": 3,
        }


def test_scaling_gives_a_time_for_every_size():
    calls = []
    cases = {"prompts": {size: partial(calls.append, size) for size in (6, 12)}}
    (small, large) = measure_scaling(cases, rounds=3)["prompts"]
    assert (small["size"], large["size"]) == (6, 12)
    # In turns.
    assert calls == [6, 12] * 3


def test_results_are_json_and_a_table(measured):
    results = {
        "machine": {"processor": "a processor"},
        "rounds": 3,
        "tasks": list(TASKS),
        "prompts": 6,
        "configurations": 6,
        "configurations_timed": {"reference": 1, "batched": 2, "engine": 6},
        "models": {"tiny": measured},
        "scaling": {"prompts": [{"size": 6, "seconds": 0.5}]},
    }
    text = render(json.loads(json.dumps(results, allow_nan=False)))
    assert f"| tiny | {measured['ratio_reference']:.1f}x |" in text
    assert "| engine, seconds | 0.50 |" in text
    assert "1 for hook, prompt by prompt" in text
