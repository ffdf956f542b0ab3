"""What a model says after a prompt: its next token, the target's probability, and a continuation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import pandas as pd
import torch
from torch import Tensor

from sna.errors import InputError
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
    start, whole = model.encode(prompt), model.encode(prompt + target)
    check_prompt(len(whole))
    if whole[: len(start)] != start:
        # As `tokenize` refuses it, but with the tokens as texts.
        pieces = " + ".join(repr(token_text(model, [token])) for token in whole)
        raise InputError(
            f"target {target!r} does not tokenize cleanly after {prompt!r}: together they are {pieces}; "
            "move the space between them to the target, or choose another target"
        )
    return tokenize(model, prompt, target)


class TargetToken(NamedTuple):
    """What a model says of one of a target's tokens, after the prompt and the target's tokens before it.

    Attributes
    ----------
    token : int
    probability : float
    rank : int
        Its place among all tokens, from 1.
    """

    token: int
    probability: float
    rank: int


@dataclass(frozen=True)
class Reading:
    """What a model says after a prompt.

    Attributes
    ----------
    probabilities : Tensor of float64, shape (vocabulary,)
        Of the next token.
    target : float
        Probability of the target: the product over its tokens.
    tokens : list of TargetToken
        The target's, in order.
    """

    probabilities: Tensor
    target: float
    tokens: list[TargetToken]

    @property
    def rank(self) -> int:
        """Place of the target's first token among all next tokens, from 1."""
        return self.tokens[0].rank


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
    own = logs[range(len(prompt.target)), prompt.target]
    ranks = (logs > own[:, None]).sum(dim=-1) + 1
    return Reading(
        probabilities=logs[0].exp(),
        target=own.sum().exp().item(),
        tokens=list(map(TargetToken, prompt.target, own.exp().tolist(), ranks.tolist())),
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
        The `top` tokens whose larger probability of the two is largest, that first, and the target's first token:
        `id`, `token` (its text, quoted), `target` (whether it is the target's), `before`, `after` and `change` (of the
        probability).
    """
    larger = torch.maximum(before.probabilities, after.probabilities)
    ids, target = larger.argsort(descending=True, stable=True)[:top], before.tokens[0].token
    if target not in ids:
        ids = torch.cat([ids, torch.tensor([target])])
    rows = pd.DataFrame(
        {
            "id": ids.tolist(),
            "token": [repr(token_text(model, [token])) for token in ids.tolist()],
            "target": (ids == target).tolist(),
            "before": before.probabilities[ids].tolist(),
            "after": after.probabilities[ids].tolist(),
        }
    )
    # Bytes that are no character alone all look alike.
    same = rows["token"].duplicated(keep=False)
    rows.loc[same, "token"] += " #" + rows["id"].astype(str)
    return rows.assign(change=rows["after"] - rows["before"])


def compare_target(model: LanguageModel, before: Reading, after: Reading) -> pd.DataFrame:
    """Return the target's tokens before and after, beside one another.

    Parameters
    ----------
    model : LanguageModel
    before, after : Reading

    Returns
    -------
    DataFrame
        A row a token, in order: `token` (its text, quoted), `before` and `after` (its probability after the prompt and
        the tokens above it), `rank before` and `rank after` (its place among all tokens there, from 1).
    """
    return pd.DataFrame(
        {
            "token": [repr(token_text(model, [token.token])) for token in before.tokens],
            "before": [token.probability for token in before.tokens],
            "after": [token.probability for token in after.tokens],
            "rank before": [token.rank for token in before.tokens],
            "rank after": [token.rank for token in after.tokens],
        }
    )


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
    return token_text(model, added)


def token_text(model: LanguageModel, tokens: Sequence[int]) -> str:
    """Return the text that tokens stand for in the middle of a text, with the space before it if they have one.

    Parameters
    ----------
    model : LanguageModel
    tokens : sequence of int

    Returns
    -------
    str
    """
    # Some tokenizers drop the space at the beginning of all that they decode.
    before = list(model.encode("a"))
    return _decode(model, [*before, *tokens])[len(_decode(model, before)) :]


def _decode(model: LanguageModel, tokens: list[int]) -> str:
    # Transformers types it as if one sequence could give several texts.
    return cast(str, model.tokenizer.decode(tokens, clean_up_tokenization_spaces=False))


def _choose(logits: Tensor, temperature: float, random: torch.Generator) -> int:
    """Choose a token: the likeliest, or the one in whose part of the distribution a random number falls."""
    if temperature == 0:
        return int(logits.argmax())
    shares = (logits.double() / temperature).softmax(dim=-1).cumsum(dim=-1)
    drawn = torch.rand((), generator=random, dtype=torch.float64) * shares[-1]
    return int(torch.searchsorted(shares, drawn, right=True).clamp(max=len(shares) - 1))
