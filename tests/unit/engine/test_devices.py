"""The engine on a GPU, without one: torch's device `meta`, whose tensors hold no numbers, stands in for it.

What would have to wait for a number that the GPU computes fails there by itself. What CUDA refuses besides is refused
here: an operation on tensors of two devices, or a matrix product of two precisions.
"""

from types import SimpleNamespace

import pytest
import torch
from directions import unit_vectors
from tiny_models import LAYERS, PROSE, WIDTH, build_tiny_config, build_tokenizer
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import AutoModelForCausalLM

from sna.engine import changes, chunks, divergence, layers, sweep
from sna.engine.grid import Grid
from sna.engine.reference import amplified
from sna.engine.site import Additions
from sna.errors import InputError
from sna.model.adapters import ADAPTERS
from sna.model.loading import LanguageModel, choose_device
from sna.model.prompts import tokenize, tokenize_text

TEXTS = [("The quick brown", " fox"), ("The quick", " dog"), ("2 + 2 =", " 4")]
RANKINGS = [[3, 17, 200, 8], [5, 6, 7, 9]]
GRID = Grid([2, 4], [1.5, 4.0])
GIB = 2**30
_COPIES = {torch.ops.aten.to, torch.ops.aten._to_copy, torch.ops.aten.copy_}
_PRODUCTS = {getattr(torch.ops.aten, name) for name in ("linear", "matmul", "einsum", "mm", "addmm", "bmm", "baddbmm")}


class AsOnCUDA(TorchDispatchMode):
    """Refuse what CUDA refuses, and give zeros for what is copied to the CPU."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        # Of no dimensions a tensor counts as a number, which goes everywhere.
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor) and leaf.ndim]
        operation = func.overloadpacket
        if operation in _COPIES:
            if kwargs.get("device") == torch.device("cpu") and tensors[0].is_meta:
                return torch.zeros(tensors[0].shape, dtype=tensors[0].dtype)
        else:
            assert len({tensor.device for tensor in tensors}) <= 1, f"{func} of tensors on two devices"
        if operation in _PRODUCTS:
            assert len({tensor.dtype for tensor in tensors}) == 1, f"{func} in two precisions"
        return func(*args, **kwargs)


@pytest.fixture(params=ADAPTERS)
def model(request):
    """A model of a family on a device where there are no numbers."""
    tokenizer = build_tokenizer()
    with torch.device("meta"):
        network = AutoModelForCausalLM.from_config(build_tiny_config(request.param, len(tokenizer)))
    with AsOnCUDA():
        yield LanguageModel(request.param, network.eval().requires_grad_(False), tokenizer)


@pytest.mark.parametrize("layer", [0, LAYERS - 1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_sweep_stays_on_the_gpu_until_its_results(model, layer, dtype):
    prompts = [tokenize(model, *text) for text in TEXTS]
    asked = sweep.SweepInput(prompts, RANKINGS, unit_vectors(model, 1))
    (found,) = sweep.sweep_layer(model, layer, [asked], GRID, dtype)
    assert found.probabilities.shape == (3, 2, 2, len(TEXTS))
    assert {found.probabilities.device.type, found.top.device.type, found.baseline.device.type} == {"cpu"}


def test_so_do_amplifications_changes_divergences_and_hooks(model):
    prompts, layer = [tokenize(model, *text) for text in TEXTS], 1
    amplification = layers.Amplification({1: {3: 2.0}, 2: {5: 0.5, 6: 4.0}})
    assert layers.measure_amplifications(model, prompts, [amplification]).top.device.type == "cpu"
    vector = unit_vectors(model, 1)[0].double()
    finished = changes.finish(model, prompts, layer, [changes.push(vector), changes.amplification([3, 17], 2.0)])
    assert finished.score(temperature=2.0).log_probabilities.shape == (3, len(TEXTS))
    texts, additions = [tokenize_text(model, PROSE)], Additions(RANKINGS, unit_vectors(model, 1))
    assert divergence.measure_divergence(model, layer, texts, additions, GRID).divergence.device.type == "cpu"
    with amplified(model, {1: [3, 17]}, 2.0):
        assert model.adapter.down_projections[1](torch.zeros(1, 2, WIDTH, device=model.device)).is_meta


@pytest.mark.parametrize(("memory", "times"), [(1, 1), (4, 2), (12, 6), (80, 8)])
def test_chunks_grow_with_a_gpus_memory(monkeypatch, memory, times):
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=memory * GIB))
    assert chunks.chunks_on(torch.device("cuda")) == chunks.CPU.times(times)


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == "cpu"
    with pytest.raises(InputError, match=r"engine\.device: there is no cuda on this machine; use auto or cpu"):
        choose_device("cuda")


def test_the_stand_in_refuses_what_a_gpu_refuses():
    here, there = torch.zeros(3, 3), torch.zeros(3, 3, device="meta")
    with AsOnCUDA():
        for mistake in (lambda: there + here, lambda: there @ here, lambda: there @ there.half()):
            with pytest.raises((AssertionError, RuntimeError)):
                mistake()
        with pytest.raises(RuntimeError, match="meta"):
            bool(there.sum() > 0)
