"""What a model says after a prompt: its next token, the target's probability, and a continuation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pandas as pd
import torch
from torch import Tensor

from sna.exploration.limits import check_prompt
from sna.model.loading import LanguageModel, finite
from sna.model.prompts import TokenizedPrompt, tokenize


def read_prompt(model: LanguageModel, prompt: str, target: str) -> TokenizedPrompt:
    """Return a prompt and a target that somebody typed, as tokens.

    Parameters
    ----------
    model : LanguageModel
    prompt, target : str

    Returns
    -------
    TokenizedPrompt

    Raises
    ------
    InputError
        If they are too long for the explorer or the model, or the target does not continue the prompt.
    """
    check_prompt(len(model.encode(prompt + target)))
    return tokenize(model, prompt, target)


@dataclass(frozen=True)
class Reading:
    """What a model says after a prompt.

    Attributes
    ----------
    probabilities : Tensor of float64, shape (vocabulary,)
        Of the next token.
    target : float
        Probability of the target: the product over its tokens.
    rank : int
        Place of the target's first token among all next tokens, from 1.
    """

    probabilities: Tensor
    target: float
    rank: int


@torch.inference_mode()
def ask(model: LanguageModel, prompt: TokenizedPrompt) -> Reading:
    """Return what a model says after a prompt.

    Parameters
    ----------
    model : LanguageModel
    prompt : TokenizedPrompt

    Returns
    -------
    Reading

    Raises
    ------
    InputError
        If a probability is not a number.
    """
    tokens = torch.tensor([prompt.context], device=model.device)
    logits = model.network(tokens, use_cache=False, logits_to_keep=len(prompt.target)).logits[0]
    # On the CPU, because not every device has float64.
    logs = logits.cpu().double().log_softmax(dim=-1)
    finite(logs[0].exp(), model.name)
    first = prompt.target[0]
    return Reading(
        probabilities=logs[0].exp(),
        target=logs[range(len(prompt.target)), prompt.target].sum().exp().item(),
        rank=int((logs[0] > logs[0, first]).sum()) + 1,
    )


def compare(model: LanguageModel, before: Reading, after: Reading, top: int = 20) -> pd.DataFrame:
    """Return the likeliest next tokens before and after, beside one another.

    Parameters
    ----------
    model : LanguageModel
    before, after : Reading
    top : int
        How many tokens.

    Returns
    -------
    DataFrame
        The `top` tokens whose larger probability of the two is largest, that first: `id`, `token` (its text, quoted),
        `before`, `after` and `change` (of the probability).
    """
    larger = torch.maximum(before.probabilities, after.probabilities)
    ids = larger.argsort(descending=True, stable=True)[:top]
    rows = pd.DataFrame(
        {
            "id": ids.tolist(),
            "token": [repr(text_of(model, [token])) for token in ids.tolist()],
            "before": before.probabilities[ids].tolist(),
            "after": after.probabilities[ids].tolist(),
        }
    )
    # Bytes that are no character alone all look alike.
    same = rows["token"].duplicated(keep=False)
    rows.loc[same, "token"] += " #" + rows["id"].astype(str)
    return rows.assign(change=rows["after"] - rows["before"])


@torch.inference_mode()
def continue_prompt(
    model: LanguageModel, prompt: Sequence[int], length: int, temperature: float = 0.0, seed: int = 0
) -> str:
    """Return a model's continuation of a prompt.

    Parameters
    ----------
    model : LanguageModel
    prompt : sequence of int
        Tokens.
    length : int
        How many tokens to add; fewer if the model ends the text.
    temperature : float
        0 takes the likeliest token each time; otherwise one is drawn, from logits divided by this.
    seed : int
        Of the draws. With and without amplification the same seed gives the same random numbers.

    Returns
    -------
    str
    """
    random = torch.Generator().manual_seed(seed)
    added: list[int] = []
    tokens, cache = torch.tensor([list(prompt)], device=model.device), None
    while len(added) < min(length, model.adapter.n_ctx - len(prompt)):
        output = model.network(tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)
        token = _choose(output.logits[0, -1].cpu(), temperature, random)
        if token == model.tokenizer.eos_token_id:
            break
        added.append(token)
        tokens, cache = torch.tensor([[token]], device=model.device), output.past_key_values
    return text_of(model, added)


def text_of(model: LanguageModel, tokens: Sequence[int]) -> str:
    """Return the text that tokens stand for.

    Parameters
    ----------
    model : LanguageModel
    tokens : sequence of int

    Returns
    -------
    str
    """
    # Transformers types it as if one sequence could give several texts.
    return cast(str, model.tokenizer.decode(list(tokens), clean_up_tokenization_spaces=False))


def _choose(logits: Tensor, temperature: float, random: torch.Generator) -> int:
    """Choose a token: the likeliest, or the one in whose part of the distribution a random number falls."""
    if temperature == 0:
        return int(logits.argmax())
    shares = (logits.double() / temperature).softmax(dim=-1).cumsum(dim=-1)
    drawn = torch.rand((), generator=random, dtype=torch.float64) * shares[-1]
    return int(torch.searchsorted(shares, drawn, right=True).clamp(max=len(shares) - 1))
