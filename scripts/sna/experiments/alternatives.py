"""What one would do to a task instead of amplifying its neurons: examples, a temperature, a vector, or training."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from sna.engine.changes import Change, finish, push
from sna.engine.prefix_tree import NODES
from sna.errors import InputError
from sna.experiments.confirmation import alike
from sna.experiments.directions import difference_of_means, mean_residuals, probe_direction
from sna.inputs.alternatives import NOTHING, PROBE, STEERING, TEMPERATURE
from sna.inputs.tasks import Prompt, Task
from sna.inputs.yaml_files import locate
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt, tokenize

#: What stands behind each example.
SEPARATOR = "\n"


@dataclass(frozen=True)
class Chosen:
    """What is done to a task's prompts without a word more of text and without training.

    Attributes
    ----------
    layer : int
        Whose output is changed, from 0.
    changes : mapping of str to Change
        By method.
    temperature : float
    """

    layer: int
    changes: Mapping[str, Change]
    temperature: float


def find_directions(model: LanguageModel, task: Task, contrast: Sequence[str], layer: int) -> dict[str, torch.Tensor]:
    """Return the vectors that may be added to what leaves a layer: of the difference of means, and of a linear probe.

    Parameters
    ----------
    model : LanguageModel
    task : Task
        Its selection prompts, without their targets, are what ranks its neurons too.
    contrast : sequence of str
        The contrast text.
    layer : int
        From 0.

    Returns
    -------
    dict of str to Tensor, shape (width,)
        By method. Both are as long as the difference of means.
    """
    of_task = mean_residuals(model, [item.prompt for item in task.selection], layer)
    of_contrast = mean_residuals(model, contrast, layer)
    difference = difference_of_means(of_task, of_contrast)
    probe = np.linalg.norm(difference) * probe_direction(of_task, of_contrast)
    return {STEERING: torch.from_numpy(difference), PROBE: torch.from_numpy(probe)}


def choose_strengths(
    model: LanguageModel,
    prompts: Sequence[TokenizedPrompt],
    layer: int,
    directions: Mapping[str, torch.Tensor],
    strengths: Sequence[float],
) -> dict[str, float]:
    """Return how much of each direction gives prompts' targets the highest mean probability.

    So is amplification's configuration chosen, by the same prompts.

    Parameters
    ----------
    model : LanguageModel
    prompts : sequence of TokenizedPrompt
        The task's evaluation prompts.
    layer : int
        From 0.
    directions : mapping of str to Tensor, shape (width,)
        By method.
    strengths : sequence of float
        What the directions may be multiplied by, ascending.

    Returns
    -------
    dict of str to float
        By method; of equally good strengths the least.
    """
    pushes = [push(strength * direction) for direction in directions.values() for strength in strengths]
    said = finish(model, prompts, layer, pushes).score()
    means = said.log_probabilities[1:].exp().mean(dim=-1).unflatten(0, (len(directions), len(strengths)))
    return {method: strengths[int(place)] for method, place in zip(directions, means.argmax(dim=-1), strict=True)}


def choose_temperature(
    model: LanguageModel, prompts: Sequence[TokenizedPrompt], temperatures: Sequence[float]
) -> float:
    """Return the temperature that gives prompts' targets the highest mean probability.

    Parameters
    ----------
    model : LanguageModel
    prompts : sequence of TokenizedPrompt
        The task's evaluation prompts.
    temperatures : sequence of float
        Ascending.

    Returns
    -------
    float
        Of equally good ones the least.
    """
    finished = finish(model, prompts)
    means = [finished.score(each).log_probabilities.exp().mean().item() for each in temperatures]
    return temperatures[int(np.argmax(means))]


def ask(model: LanguageModel, prompts: Mapping[int, TokenizedPrompt], chosen: Chosen) -> pd.DataFrame:
    """Measure prompts as they are, at a temperature, and under changes, in one pass.

    Parameters
    ----------
    model : LanguageModel
    prompts : mapping of int to TokenizedPrompt
        By their numbers.
    chosen : Chosen

    Returns
    -------
    DataFrame
        One row a method and prompt: `method`, `prompt`, `log_probability` and `top`. At a temperature the most likely
        tokens are those of the unchanged model.
    """
    numbers = alike(prompts)
    finished = finish(model, [prompts[number] for number in numbers], chosen.layer, list(chosen.changes.values()))
    said, tempered = finished.score(), finished.unchanged.score(chosen.temperature)
    rows = {
        method: (said.log_probabilities[place], said.top[place])
        for place, method in enumerate([NOTHING, *chosen.changes])
    }
    rows[TEMPERATURE] = tempered.log_probabilities[0], said.top[0]
    return pd.concat([_tabulate(method, numbers, *found) for method, found in rows.items()], ignore_index=True)


def ask_plainly(model: LanguageModel, prompts: Mapping[int, TokenizedPrompt], method: str) -> pd.DataFrame:
    """Measure prompts in a model as it is: one that was trained, or prompts with examples before them.

    Parameters
    ----------
    model : LanguageModel
    prompts : mapping of int to TokenizedPrompt
        By their numbers.
    method : str

    Returns
    -------
    DataFrame
        As `ask` returns it.
    """
    numbers = alike(prompts)
    ordered = [prompts[number] for number in numbers]
    # Many prompts may begin with the same examples: those are no reason to take fewer prompts at once.
    longest = max(len(prompt.context) for prompt in ordered)
    said = finish(model, ordered, nodes=NODES + longest).score()
    return _tabulate(method, numbers, said.log_probabilities[0], said.top[0])


def _tabulate(method: str, numbers: Sequence[int], log_probabilities: torch.Tensor, top: torch.Tensor) -> pd.DataFrame:
    return pd.DataFrame(
        {"method": method, "prompt": numbers, "log_probability": log_probabilities.numpy(), "top": top.numpy()}
    )


def precede(examples: Iterable[Prompt], text: str) -> str:
    """Return a text with examples before it, as one would write them: each with its target, on a line of its own.

    Parameters
    ----------
    examples : iterable of Prompt
    text : str

    Returns
    -------
    str
    """
    return "".join(f"{item.prompt}{item.target}{SEPARATOR}" for item in examples) + text


def tokenize_text_after(model: LanguageModel, examples: Sequence[Prompt], text: str) -> TokenizedPrompt:
    """Split a whole text into tokens, which stands after examples; the same tokens are scored as without them.

    Parameters
    ----------
    model : LanguageModel
    examples : sequence of Prompt
    text : str

    Returns
    -------
    TokenizedPrompt
        Of the text every token after its first is scored.

    Raises
    ------
    InputError
        If the model cannot read the whole, or its tokens do not part where the text begins.
    """
    found = tokenize(model, precede(examples, ""), text)
    return TokenizedPrompt(found.prompt + found.target[:1], found.target[1:])


def tokenize_selection(model: LanguageModel, task: Task, path: str) -> list[TokenizedPrompt]:
    """Split a task's selection prompts with their targets into tokens.

    Parameters
    ----------
    model : LanguageModel
    task : Task
    path : str
        The task's file, for messages.

    Returns
    -------
    list of TokenizedPrompt

    Raises
    ------
    InputError
        If a target does not tokenize cleanly after its prompt, with file, line and key.
    """
    tokenized = []
    for number, item in enumerate(task.selection):
        try:
            tokenized.append(tokenize(model, item.prompt, item.target))
        except InputError as error:
            raise InputError(f"{locate(path, ('selection', number, 'target'))}: {error}") from None
    return tokenized
