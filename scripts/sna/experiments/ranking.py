"""Neuron selection by differential activation: which neurons respond more to a task than to other text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from sna.engine.packed_pass import PackedPass
from sna.engine.prefix_tree import pack, split
from sna.errors import InputError
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt


@torch.inference_mode()
def mean_activations(model: LanguageModel, texts: Sequence[str]) -> np.ndarray:
    """Return how strongly each neuron responds to each text.

    Parameters
    ----------
    model : LanguageModel
    texts : sequence of str

    Returns
    -------
    ndarray, shape (texts, layers, neurons)
        The absolute activation, averaged over the text's tokens.
    """
    captured: list[Tensor] = []

    def capture(module: nn.Module, inputs: tuple[Tensor]) -> None:
        captured.append(inputs[0][0].abs().mean(dim=0))

    handles = [module.register_forward_pre_hook(capture) for module in model.adapter.down_projections]
    responses = []
    try:
        for text in texts:
            captured.clear()
            model.network(torch.tensor([model.encode(text)], device=model.device), use_cache=False)
            responses.append(torch.stack(captured))
    finally:
        for handle in handles:
            handle.remove()
    return torch.stack(responses).cpu().numpy().astype(np.float64)


#: From a neuron's activations at the tokens of a text, (tokens, neurons), to one response to it. The first position
#: carries activations of its own, larger than all others; a text of one token has no other.
RESPONSES: dict[str, Callable[[Tensor], Tensor]] = {
    "absolute": lambda activations: activations.abs().mean(dim=0),
    "signed": lambda activations: activations.mean(dim=0),
    "last_token": lambda activations: activations[-1].abs(),
    "without_first": lambda activations: activations[min(1, len(activations) - 1) :].abs().mean(dim=0),
}


@torch.inference_mode()
def layer_responses(model: LanguageModel, texts: Sequence[str], layer: int) -> dict[str, np.ndarray]:
    """Return how each neuron of a layer responds to each text, in every way of `RESPONSES`.

    Parameters
    ----------
    model : LanguageModel
    texts : sequence of str
    layer : int
        From 0.

    Returns
    -------
    dict of str to ndarray, shape (texts, neurons)
    """
    tokens = [model.encode(text) for text in texts]
    responses = []
    # The target that each text is given here is not looked at: it says which node is the text's last.
    for group in split([TokenizedPrompt(text, (0,)) for text in tokens]):
        packed = pack(group).to(model.device)
        _, activations = PackedPass(model.adapter, packed).run_blocks(model.adapter.blocks[: layer + 1])
        of_texts = [activations[packed.ancestors[last]] for last in packed.scored]
        responses += [[respond(of_text) for respond in RESPONSES.values()] for of_text in of_texts]
    return {
        name: torch.stack(values).double().cpu().numpy()
        for name, values in zip(RESPONSES, zip(*responses, strict=True), strict=True)
    }


@dataclass(frozen=True)
class Ranking:
    """The neurons of every layer, the most differentially active first.

    Attributes
    ----------
    neuron_ids : ndarray of int, shape (layers, ranks)
    scores : ndarray, shape (layers, ranks)
        Mean response to the task minus mean response to contrast text, in units of activation.
    effect_sizes : ndarray, shape (layers, ranks)
        The same difference in units of the pooled standard deviation over texts (Cohen's d).
    """

    neuron_ids: np.ndarray
    scores: np.ndarray
    effect_sizes: np.ndarray


def rank_neurons(task: np.ndarray, contrast: np.ndarray, n_neurons: int) -> Ranking:
    """Return the neurons of each layer that differ most in activation between a task and contrast text.

    Parameters
    ----------
    task, contrast : ndarray, shape (texts, layers, neurons)
        As `mean_activations` returns them.
    n_neurons : int
        How many neurons of each layer are ranked.

    Returns
    -------
    Ranking

    Raises
    ------
    InputError
        If a layer has fewer neurons.

    References
    ----------
    Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed., chapter 2, for the effect size.
    """
    width = task.shape[-1]
    if n_neurons > width:
        raise InputError(f"neurons: {n_neurons} given; a layer of this model has {width} neurons")
    score, effect = _differ(task, contrast)
    order = _largest(score, n_neurons)
    return Ranking(order, np.take_along_axis(score, order, -1), np.take_along_axis(effect, order, -1))


def rank_by_other_scores(
    task: Mapping[str, np.ndarray], contrast: Mapping[str, np.ndarray], n_neurons: int
) -> dict[str, np.ndarray]:
    """Return the neurons of a layer as other scores than the difference of mean absolute activations rank them.

    Parameters
    ----------
    task, contrast : mapping of str to ndarray, shape (texts, neurons)
        As `layer_responses` returns them.
    n_neurons : int
        How many neurons are ranked.

    Returns
    -------
    dict of str to ndarray of int, shape (ranks,)
        `standardized` by the effect size (Cohen's d); by the difference of other responses `signed`, `last_token` and
        `without_first`.
    """
    differences = {name: _differ(task[name], contrast[name]) for name in RESPONSES}
    _, effect = differences.pop("absolute")
    scores = {"standardized": effect} | {name: score for name, (score, _) in differences.items()}
    return {name: _largest(values, n_neurons) for name, values in scores.items()}


def _differ(task: np.ndarray, contrast: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the difference of the mean responses (texts, ..., neurons), and the same in standard deviations."""
    score = task.mean(axis=0) - contrast.mean(axis=0)
    degrees = len(task) + len(contrast) - 2
    spread = ((len(task) - 1) * task.var(axis=0, ddof=1) + (len(contrast) - 1) * contrast.var(axis=0, ddof=1)) / degrees
    # A neuron that answers every text alike has no spread and no difference: its effect is none, not undefined.
    return score, np.divide(score, np.sqrt(spread), out=np.zeros_like(score), where=spread > 0)


def _largest(scores: np.ndarray, count: int) -> np.ndarray:
    """Return the numbers of the neurons with the largest scores (..., neurons); equal ones keep the model's order."""
    return np.argsort(-scores, axis=-1, kind="stable")[..., :count]


def top_neurons(
    ranking: pd.DataFrame, task: str, layer_ids: Sequence[int] | None = None, n_neurons: int | None = None
) -> dict[int, list[int]]:
    """Return the first neurons of a task's ranking, by layer.

    Parameters
    ----------
    ranking : DataFrame
        One model's table that keeps `sna.tables.NEURONS`.
    task : str
        Whose neurons.
    layer_ids : sequence of int, optional
        In which layers; by default in all that are ranked.
    n_neurons : int, optional
        How many of each layer; by default all that are ranked.

    Returns
    -------
    dict of int to list of int
        The layers ascending, each one's neurons as they are ranked.

    Raises
    ------
    InputError
        If the task or a layer is not ranked, or fewer neurons are.
    """
    of_task = ranking[ranking["task"] == task].sort_values(["layer", "rank"])
    if of_task.empty:
        raise InputError(f"task: {task!r} is not ranked; choose one of {', '.join(sorted(ranking['task'].unique()))}")
    ranked, last = int(of_task["rank"].max()), int(of_task["layer"].max())
    if n_neurons is not None and n_neurons > ranked:
        raise InputError(f"neurons: {n_neurons} given; the study ranks {ranked} of each layer")
    by_layer = {int(layer): rows["neuron"].tolist()[:n_neurons] for layer, rows in of_task.groupby("layer")}
    for layer in layer_ids or ():
        if layer not in by_layer:
            raise InputError(f"layers: there is no layer {layer}; the last is {last}")
    return {layer: ids for layer, ids in by_layer.items() if layer_ids is None or layer in layer_ids}
