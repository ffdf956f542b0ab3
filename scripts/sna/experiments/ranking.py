"""Neuron selection by differential activation: which neurons respond more to a task than to other text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from sna.errors import InputError
from sna.model.loading import LanguageModel


@torch.inference_mode()
def mean_activations(model: LanguageModel, texts: Sequence[str]) -> np.ndarray:
    """Measure how strongly each neuron responds to each text.

    Returns
    -------
    ndarray, shape (texts, layers, neurons)
        The absolute activation, averaged over the text's tokens.
    """
    captured: list[Tensor] = []

    def capture(module: nn.Module, inputs: tuple[Tensor]) -> None:
        captured.append(inputs[0][0].abs().mean(dim=0))

    handles = [module.register_forward_pre_hook(capture) for module in model.anatomy.down_projections]
    responses = []
    try:
        for text in texts:
            captured.clear()
            model.network(torch.tensor([model.tokenizer(text)["input_ids"]], device=model.device), use_cache=False)
            responses.append(torch.stack(captured))
    finally:
        for handle in handles:
            handle.remove()
    return torch.stack(responses).cpu().numpy().astype(np.float64)


@dataclass(frozen=True)
class Ranking:
    """The neurons of every layer, the most differentially active first.

    Attributes
    ----------
    neurons : ndarray of int, shape (layers, ranks)
    scores : ndarray, shape (layers, ranks)
        Mean response to the task minus mean response to contrast text, in units of activation.
    effect_sizes : ndarray, shape (layers, ranks)
        The same difference in units of the pooled standard deviation over texts (Cohen's d).
    """

    neurons: np.ndarray
    scores: np.ndarray
    effect_sizes: np.ndarray


def rank_neurons(task: np.ndarray, contrast: np.ndarray, top: int) -> Ranking:
    """Rank each layer's neurons by differential activation.

    Parameters
    ----------
    task, contrast : ndarray, shape (texts, layers, neurons)
        As `mean_activations` returns them.
    top : int
        How many of each layer's neurons to keep.

    Raises
    ------
    InputError
        If a layer has fewer neurons than `top`.

    References
    ----------
    Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed., chapter 2, for the effect size.
    """
    width = task.shape[-1]
    if top > width:
        raise InputError(f"neurons: {top} given; a layer of this model has {width} neurons")
    score = task.mean(axis=0) - contrast.mean(axis=0)
    degrees = len(task) + len(contrast) - 2
    spread = ((len(task) - 1) * task.var(axis=0, ddof=1) + (len(contrast) - 1) * contrast.var(axis=0, ddof=1)) / degrees
    # A neuron that answers every text alike has no spread and no difference: its effect is none, not undefined.
    effect = np.divide(score, np.sqrt(spread), out=np.zeros_like(score), where=spread > 0)
    order = np.argsort(-score, axis=-1, kind="stable")[:, :top]
    return Ranking(order, np.take_along_axis(score, order, -1), np.take_along_axis(effect, order, -1))
