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
        Token ids; `prompt` begins with the start token where the model's texts do.
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


def tokenize(model: LanguageModel, prompt: str, target: str) -> TokenizedPrompt:
    """Split a prompt and its target into tokens.

    Parameters
    ----------
    model : LanguageModel
    prompt, target : str
        The text that the model reads, and the text whose probability is asked for.

    Returns
    -------
    TokenizedPrompt

    Raises
    ------
    InputError
        If the tokens of the whole text do not begin with those of the prompt, of which there is one at least: what
        follows would not be the target. Also if the model cannot read the whole.
    """
    start, whole = model.encode(prompt), read_text(model, prompt + target)
    # Not the tokens of the target alone: some tokenizers write a space before any text that they are given.
    rest = whole[len(start) :]
    if not start or whole[: len(start)] != start or not rest:
        pieces = " + ".join(map(repr, model.tokenizer.convert_ids_to_tokens(list(whole))))
        raise InputError(
            f"target {target!r} does not tokenize cleanly after {prompt!r}: together they are {pieces}; "
            "move the space between them to the target, or choose another target"
        )
    return TokenizedPrompt(start, rest)


def tokenize_text(model: LanguageModel, text: str) -> TokenizedPrompt:
    """Split a whole text into tokens, of which every one after the first is scored.

    Parameters
    ----------
    model : LanguageModel
    text : str

    Returns
    -------
    TokenizedPrompt

    Raises
    ------
    InputError
        If the model cannot read the text, or it has one token only.
    """
    tokens = read_text(model, text)
    if len(tokens) < 2:
        raise InputError(f"{text!r} has {len(tokens)} tokens; it must have 2 at least")
    return TokenizedPrompt(tokens[:1], tokens[1:])


def read_text(model: LanguageModel, text: str) -> tuple[int, ...]:
    """Split a text into tokens, and refuse it if the model does not read all of it.

    Parameters
    ----------
    model : LanguageModel
    text : str

    Returns
    -------
    tuple of int
        As `LanguageModel.encode` gives them.

    Raises
    ------
    InputError
        If the tokenizer does not know a character, the model has no embedding for a token (as for one that was added
        to the tokenizer alone), or the model reads fewer tokens.
    """
    tokens = model.encode(text)
    if lost := unknown_characters(model.tokenizer, text):
        raise InputError(f"the tokenizer does not know {', '.join(map(repr, lost))} of {text!r}")
    if beyond := [token for token in tokens if token >= model.n_embeddings]:
        names = ", ".join(map(repr, model.tokenizer.convert_ids_to_tokens(beyond)))
        raise InputError(f"the model has no embedding for {names} of {text!r}")
    if len(tokens) > model.adapter.n_ctx:
        raise InputError(f"{text!r} has {len(tokens)} tokens; the model reads at most {model.adapter.n_ctx}")
    return tokens


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
        unknown = tokenizer(text, add_special_tokens=False)["input_ids"].count(tokenizer.unk_token_id)
        return [tokenizer.unk_token] if unknown > text.count(tokenizer.unk_token or " ") else []
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    known: set[int] = set()
    for token, (begin, end) in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True):
        # What the text itself writes so is meant.
        if token != tokenizer.unk_token_id or text[begin:end] == tokenizer.unk_token:
            known.update(range(begin, end))
    return list(dict.fromkeys(char for place, char in enumerate(text) if place not in known and not char.isspace()))


def tokenize_task(model: LanguageModel, task: Task, path: str | Path) -> list[TokenizedPrompt]:
    """Split a task's evaluation prompts into tokens, and refuse it if the model cannot read one of its prompts.

    Parameters
    ----------
    model : LanguageModel
    task : Task
    path : str or Path
        The task's file, for messages.

    Returns
    -------
    list of TokenizedPrompt
        In the order of `task.evaluation`.

    Raises
    ------
    InputError
        As `read_text` of a selection prompt, and as `tokenize` of an evaluation prompt, with file, line and key.
    """
    tokenized = []
    for key, item in task.all_prompts().items():
        try:
            if key[0] == "selection":
                read_text(model, item.prompt)
            else:
                tokenized.append(tokenize(model, item.prompt, item.target))
        except InputError as error:
            raise InputError(f"{locate(path, key)}: {error}") from None
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
        If a file is not a task, the model cannot read one of its prompts, or a target does not continue its prompt.
    """
    tasks = [(read_task(path), path) for path in paths]
    return [(task, tokenize_task(model, task, path)) for task, path in tasks]
