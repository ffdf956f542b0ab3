"""Prompts as tokens, and the check that a target really continues its prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from sna.errors import InputError
from sna.inputs.tasks import FOLDS, Prompt, Task, locate


@dataclass(frozen=True)
class TokenizedPrompt:
    """A prompt and its target.

    Attributes
    ----------
    prompt, target : tuple of int
        Token ids; `prompt` begins with the tokenizer's own start token where it adds one.
    """

    prompt: tuple[int, ...]
    target: tuple[int, ...]

    @property
    def context(self) -> tuple[int, ...]:
        """The tokens that the model reads: all but the last one of the target, which is only predicted."""
        return self.prompt + self.target[:-1]

    @property
    def scored(self) -> list[tuple[int, int]]:
        """A (position, token) pair for each target token: where it is predicted, and which it is."""
        return list(enumerate(self.target, start=len(self.prompt) - 1))


def tokenize(tokenizer: PreTrainedTokenizerBase, prompt: str, target: str, context: int) -> TokenizedPrompt:
    """Split a prompt and its target into tokens.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
        The model's tokenizer.
    prompt, target : str
        The text that the model reads, and the text whose probability is asked for.
    context : int
        The most tokens that the model reads.

    Raises
    ------
    InputError
        If the tokens of the whole text do not begin with those of the prompt: what follows the prompt's would not be
        the target. Also if the whole is longer than `context`.
    """
    start = tokenizer(prompt)["input_ids"]
    whole = tokenizer(prompt + target)["input_ids"]
    # Not the tokens of the target alone: some tokenizers write a space before any text that they are given.
    rest = whole[len(start) :]
    if whole[: len(start)] != start or not rest:
        pieces = " + ".join(map(repr, tokenizer.convert_ids_to_tokens(whole)))
        raise InputError(
            f"target {target!r} does not tokenize cleanly after {prompt!r}: together they are {pieces}; "
            "move the space between them to the target, or choose another target"
        )
    if len(whole) > context:
        raise InputError(f"prompt and target have {len(whole)} tokens; the model reads at most {context}")
    return TokenizedPrompt(tuple(start), tuple(rest))


def tokenize_task(
    tokenizer: PreTrainedTokenizerBase, task: Task, context: int, path: str | Path
) -> list[TokenizedPrompt]:
    """Tokenize a task's evaluation prompts, the first fold before the second.

    Raises
    ------
    InputError
        As `tokenize`, with the file, the line and the key of the prompt.
    """
    return [prompt for fold in FOLDS for prompt in _tokenize_all(tokenizer, task.fold(fold), context, path, fold)]


def _tokenize_all(
    tokenizer: PreTrainedTokenizerBase, prompts: Sequence[Prompt], context: int, path: str | Path, fold: str
) -> list[TokenizedPrompt]:
    tokenized = []
    for number, item in enumerate(prompts):
        try:
            tokenized.append(tokenize(tokenizer, item.prompt, item.target, context))
        except InputError as error:
            raise InputError(f"{locate(path, ('evaluation', fold, number))}: {error}") from None
    return tokenized
