"""Train a model further on prompts and their targets: in all its weights, or by a low-rank adapter (LoRA)."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Literal

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pad_sequence
from torch.optim import AdamW
from torch.optim.lr_scheduler import LinearLR
from transformers import PreTrainedModel

from sna.errors import InputError
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt

Method = Literal["lora", "full"]
#: Prompts a step, and the rank of an adapter's matrices.
BATCH, RANK = 8, 8
#: Longer gradients are cut to this length.
_LONGEST_GRADIENT = 1.0


@dataclass(frozen=True)
class TunedModel(LanguageModel):
    """A model after training.

    Attributes
    ----------
    trained : int
        How many numbers were trained: those of the adapter before it was merged, or all weights.
    losses : tuple of float
        For each step, the mean of -log P(target | prompt) over the step's prompts, before the step.
    """

    trained: int = 0
    losses: tuple[float, ...] = ()


def tune(
    model: LanguageModel,
    prompts: Sequence[TokenizedPrompt],
    *,
    method: Method,
    steps: int,
    learning_rate: float,
    seed: int,
    batch: int = BATCH,
    rank: int = RANK,
) -> TunedModel:
    """Train a copy of a model to give prompts' targets a higher probability.

    What is minimized is -log P(target | prompt), the very probability that is measured elsewhere: nothing is learned
    of the prompts' own tokens. The optimizer is AdamW without weight decay; its learning rate falls to 0 in a line.
    Dropout is off, so that the model that is trained is the one that is measured.

    Parameters
    ----------
    model : LanguageModel
        Left as it is.
    prompts : sequence of TokenizedPrompt
        They are taken in a random order, each once before any is taken again.
    method : {"lora", "full"}
        `lora` trains an adapter of every linear layer but the unembedding, and adds it to the weights [1]_; `full`
        trains all weights.
    steps : int
        How many updates.
    learning_rate : float
        Of the first one.
    seed : int
        The same seed gives the same weights, on the same kind of machine.
    batch : int
        Prompts a step.
    rank : int
        Of the adapter's matrices, which are scaled by 2; without meaning for `full`.

    Returns
    -------
    TunedModel
        Of the same name, architecture and tokenizer.

    Raises
    ------
    InputError
        If there are no prompts, or the loss or a weight is no longer a number.

    References
    ----------
    .. [1] Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2021, arXiv:2106.09685.
    """
    if not prompts:
        raise InputError("there are no prompts to train on; give one at least")
    network = deepcopy(model.network)
    # The caller's random numbers are those that they would have been.
    with torch.random.fork_rng(), torch.enable_grad():
        torch.manual_seed(seed)
        adapter = _adapt(network, rank) if method == "lora" else None
        if adapter is None:
            network.requires_grad_(True)
        trained = [weight for weight in network.parameters() if weight.requires_grad]
        losses = _train(network, trained, islice(_batches(prompts, batch), steps), steps, learning_rate)
    if adapter is not None:
        network = adapter.merge_and_unload()
    size = sum(weight.numel() for weight in trained)
    network.zero_grad()
    return TunedModel(model.name, network.requires_grad_(False), model.tokenizer, model.start, size, losses)


def _adapt(network: PreTrainedModel, rank: int) -> PeftModel:
    """Put an adapter into a network, whose own weights then stay; it changes nothing before it is trained."""
    return get_peft_model(network, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear"))


def _train(
    network: PreTrainedModel,
    trained: Sequence[Tensor],
    batches: Iterator[list[TokenizedPrompt]],
    steps: int,
    learning_rate: float,
) -> tuple[float, ...]:
    optimizer = AdamW(trained, lr=learning_rate, weight_decay=0)
    schedule = LinearLR(optimizer, start_factor=1, end_factor=0, total_iters=steps)
    losses = []
    for step, batch in enumerate(batches, start=1):
        loss = mean_loss(network, batch)
        if not loss.isfinite():
            raise InputError(f"the loss of step {step} is not a number; give a smaller learning_rate")
        optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(trained, _LONGEST_GRADIENT)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    if not all(weight.isfinite().all() for weight in trained):
        raise InputError("a weight is not a number after the last step; give a smaller learning_rate")
    return tuple(losses)


def _batches(prompts: Sequence[TokenizedPrompt], batch: int) -> Iterator[list[TokenizedPrompt]]:
    """Yield prompts in random order without end, by torch's random numbers."""
    order = chain.from_iterable(torch.randperm(len(prompts)).tolist() for _ in count())
    while True:
        yield [prompts[place] for place in islice(order, batch)]


def mean_loss(network: PreTrainedModel, prompts: Sequence[TokenizedPrompt]) -> Tensor:
    """Return the mean of -log P(target | prompt), in nats.

    Parameters
    ----------
    network : PreTrainedModel
    prompts : sequence of TokenizedPrompt

    Returns
    -------
    Tensor
        Of no dimensions, with its gradient where the network's weights have one.
    """
    # What stands behind a text is not seen from inside it: it needs no mask.
    tokens = pad_sequence([torch.tensor(item.context) for item in prompts], batch_first=True).to(network.device)
    rows, positions, targets = zip(
        *((row, place, token) for row, item in enumerate(prompts) for place, token in item.scored), strict=True
    )
    # No logits before the first that counts: a vocabulary is wide.
    first = min(positions)
    logits = network(input_ids=tokens, use_cache=False, logits_to_keep=tokens.shape[1] - first).logits
    scored = logits[list(rows), [place - first for place in positions]]
    return cross_entropy(scored, torch.tensor(targets, device=scored.device), reduction="sum") / len(prompts)
