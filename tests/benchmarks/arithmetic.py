"""Floating-point operations: how many a sweep takes, and how fast this machine can do them."""

import math
import time
from collections.abc import Callable
from statistics import median

import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from sna.engine.chunks import chunks_on
from sna.engine.prepacking import prepack
from sna.model.architecture import Block, Projection

REPEATS = 3


def _attention(query, key, value, *args, out_shape=None, **kwargs) -> int:
    return sdpa_flop_count(query, key, value)


def _product(inputs, weight, *args, out_shape=None, **kwargs) -> int:
    return 2 * math.prod(inputs) * weight[0]


# What torch's own counter does not know, because only the CPU has it.
_OPERATORS = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention}
if hasattr(torch.ops.mkldnn, "_linear_pointwise"):
    _OPERATORS[torch.ops.mkldnn._linear_pointwise] = _product


def count_operations(run: Callable[[], object]) -> int:
    """Return the floating-point operations of all matrix products that `run` makes, attention's included.

    They are counted from the shapes of the operators that are really called: two for each multiplication and addition.
    """
    with FlopCounterMode(display=False, custom_mapping=_OPERATORS) as counter:
        run()
    return counter.get_total_flops()


def product_speeds(block: Block) -> dict[str, float]:
    """Measure the machine's packed matrix products, in the shapes of a block's projections.

    Parameters
    ----------
    block : Block

    Returns
    -------
    dict of str to float
        Floating-point operations a second, by "inputs x outputs".
    """
    shapes = {tuple(part.weight.shape) for part in vars(block).values() if isinstance(part, Projection)}
    device = block.up.weight.device
    return {f"{inputs} x {outputs}": _speed(inputs, outputs, device) for outputs, inputs in sorted(shapes)}


@torch.inference_mode()
def _speed(inputs: int, outputs: int, device: torch.device) -> float:
    n_rows = chunks_on(device).rows
    rows, weight = torch.randn(n_rows, inputs, device=device), torch.randn(outputs, inputs, device=device)
    product = prepack(Projection(weight))
    product(rows)
    return 2 * n_rows * inputs * outputs / median(seconds(lambda: product(rows)) for _ in range(REPEATS))


def seconds(run: Callable[[], object]) -> float:
    """Return how long `run` takes, what it asks of a GPU included."""
    start = time.perf_counter()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start
