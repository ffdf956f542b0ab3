"""Prompts as tokens, and the check that a target really continues its prompt."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from sna.errors import InputError
from sna.inputs.tasks import Task, read_task
from sna.inputs.yaml_files import locate
from sna.model.loading import LanguageModel


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


def tokenize(tokenizer: PreTrainedTokenizerBase, prompt: str, target: str, n_ctx: int) -> TokenizedPrompt:
    """Split a prompt and its target into tokens.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
        The model's tokenizer.
    prompt, target : str
        The text that the model reads, and the text whose probability is asked for.
    n_ctx : int
        How many tokens the model reads at most.

    Returns
    -------
    TokenizedPrompt

    Raises
    ------
    InputError
        If the tokens of the whole text do not begin with those of the prompt: what follows the prompt's would not be
        the target. Also if the tokenizer does not know a character, or the whole is longer than `n_ctx`.
    """
    start = tokenizer(prompt)["input_ids"]
    whole = tokenizer(prompt + target)["input_ids"]
    if lost := unknown_characters(tokenizer, prompt + target):
        pieces = " + ".join(map(repr, tokenizer.convert_ids_to_tokens(whole)))
        raise InputError(
            f"target {target!r} does not tokenize cleanly after {prompt!r}: the tokenizer does not know "
            f"{', '.join(map(repr, lost))}; together they are {pieces}"
        )
    # Not the tokens of the target alone: some tokenizers write a space before any text that they are given.
    rest = whole[len(start) :]
    if whole[: len(start)] != start or not rest:
        pieces = " + ".join(map(repr, tokenizer.convert_ids_to_tokens(whole)))
        raise InputError(
            f"target {target!r} does not tokenize cleanly after {prompt!r}: together they are {pieces}; "
            "move the space between them to the target, or choose another target"
        )
    if len(whole) > n_ctx:
        raise InputError(f"prompt and target have {len(whole)} tokens; the model reads at most {n_ctx}")
    return TokenizedPrompt(tuple(start), tuple(rest))


def tokenize_text(tokenizer: PreTrainedTokenizerBase, text: str, n_ctx: int) -> TokenizedPrompt:
    """Split a whole text into tokens, of which every one after the first is scored.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
        The model's tokenizer.
    text : str
    n_ctx : int
        How many tokens the model reads at most.

    Returns
    -------
    TokenizedPrompt

    Raises
    ------
    InputError
        If the tokenizer does not know a character, or the text has one token only, or more than `n_ctx`.
    """
    tokens = tuple(tokenizer(text)["input_ids"])
    if lost := unknown_characters(tokenizer, text):
        raise InputError(f"the tokenizer does not know {', '.join(map(repr, lost))} of {text!r}")
    if not 2 <= len(tokens) <= n_ctx:
        raise InputError(f"{text!r} has {len(tokens)} tokens; it must have 2 at least, and the model reads {n_ctx}")
    return TokenizedPrompt(tokens[:1], tokens[1:])


def unknown_characters(tokenizer: PreTrainedTokenizerBase, text: str) -> list[str]:
    """Return what a tokenizer leaves out of a text, or has only its token for unknown text for.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
        The model's tokenizer.
    text : str
        What it is given.

    Returns
    -------
    list of str
        Characters, or longer pieces; empty if all tokens together stand for the whole text, but for white space.
    """
    if not tokenizer.is_fast:
        # It does not say which characters a token stands for.
        unknown = tokenizer(text)["input_ids"].count(tokenizer.unk_token_id)
        return [tokenizer.unk_token] if unknown > text.count(tokenizer.unk_token or " ") else []
    encoded = tokenizer(text, return_offsets_mapping=True)
    known: set[int] = set()
    for token, (begin, end) in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True):
        # What the text itself writes so is meant.
        if token != tokenizer.unk_token_id or text[begin:end] == tokenizer.unk_token:
            known.update(range(begin, end))
    return list(dict.fromkeys(char for place, char in enumerate(text) if place not in known and not char.isspace()))


def tokenize_task(
    tokenizer: PreTrainedTokenizerBase, task: Task, n_ctx: int, path: str | Path
) -> list[TokenizedPrompt]:
    """Split a task's evaluation prompts into tokens, and refuse characters of any prompt that the tokenizer lacks.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
        The model's tokenizer.
    task : Task
    n_ctx : int
        How many tokens the model reads at most.
    path : str or Path
        The task's file, for messages.

    Returns
    -------
    list of TokenizedPrompt
        In the order of `task.evaluation`.

    Raises
    ------
    InputError
        As `tokenize`, with the file, the line and the key of the prompt.
    """
    for number, item in enumerate(task.selection):
        if lost := unknown_characters(tokenizer, item.prompt):
            where = locate(path, ("selection", number))
            raise InputError(f"{where}: the tokenizer does not know {', '.join(map(repr, lost))} of {item.prompt!r}")
    tokenized = []
    for number, item in enumerate(task.evaluation):
        try:
            tokenized.append(tokenize(tokenizer, item.prompt, item.target, n_ctx))
        except InputError as error:
            raise InputError(f"{locate(path, ('evaluation', number))}: {error}") from None
    return tokenized


def read_tasks(model: LanguageModel, paths: Iterable[str | Path]) -> list[tuple[Task, list[TokenizedPrompt]]]:
    """Read tasks from their files.

    Parameters
    ----------
    model : LanguageModel
        Whose tokens the prompts are split into.
    paths : iterable of str or Path
        The tasks' files.

    Returns
    -------
    list of (Task, list of TokenizedPrompt)
        Each task with its evaluation prompts.

    Raises
    ------
    InputError
        If a file is not a task, one of its targets does not continue its prompt, or the model has no embedding for a
        token.
    """
    found = []
    for path in paths:
        task = read_task(path)
        found.append((task, tokenize_task(model.tokenizer, task, model.adapter.n_ctx, path)))
        _check_embedded(model, task, path)
    return found


def _check_embedded(model: LanguageModel, task: Task, path: str | Path) -> None:
    for key, item in task.all_prompts().items():
        try:
            check_embedded(model, model.tokenizer(item.prompt + item.target)["input_ids"])
        except InputError as error:
            raise InputError(f"{locate(path, key)}: {error}") from None


def check_embedded(model: LanguageModel, tokens: Iterable[int]) -> None:
    """Refuse tokens that were added to a tokenizer and not to its model.

    Parameters
    ----------
    model : LanguageModel
    tokens : iterable of int

    Raises
    ------
    InputError
        If there is one; it names the tokens.
    """
    n_embeddings = len(model.adapter.unembedding.weight)
    if beyond := [token for token in tokens if token >= n_embeddings]:
        names = ", ".join(map(repr, model.tokenizer.convert_ids_to_tokens(beyond)))
        raise InputError(f"the model has no embedding for {names}")
