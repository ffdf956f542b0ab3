"""A case of interference in pieces: which prompts are measured while which sets of neurons are amplified."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.engine.grid import Grid
from sna.engine.sweep import SweepInput, SweepResult
from sna.experiments.fresh import generator, part
from sna.experiments.interference import BEST, InterferenceCase
from sna.experiments.tabulation import tabulate_sweep
from sna.model.prompts import TokenizedPrompt


def whole_text(prompt: TokenizedPrompt) -> TokenizedPrompt:
    """Return a prompt and its target as one text, of which every token after the first is scored.

    Parameters
    ----------
    prompt : TokenizedPrompt

    Returns
    -------
    TokenizedPrompt
    """
    tokens = prompt.prompt + prompt.target
    return TokenizedPrompt(tokens[:1], tokens[1:])


#: What is scored of a prompt, by the name of the way in the table.
SCORED: dict[str, Callable[[TokenizedPrompt], TokenizedPrompt]] = {"target": lambda prompt: prompt, "text": whole_text}


@dataclass(frozen=True)
class Piece:
    """Some prompts of one task, measured under a source's own neurons and some sets of random ones.

    Attributes
    ----------
    task : str
    prompts : mapping of int to TokenizedPrompt
        By their numbers.
    draws : sequence of int
        Which sets of random neurons.
    ways : sequence of {"target", "text"}
        In which each prompt is scored.
    """

    task: str
    prompts: Mapping[int, TokenizedPrompt]
    draws: Sequence[int]
    ways: Sequence[str]

    @property
    def texts(self) -> list[TokenizedPrompt]:
        """Every prompt in every way; next to one another, they share what is computed of them."""
        return [SCORED[way](prompt) for prompt in self.prompts.values() for way in self.ways]

    def sweep_input(self, selected: Sequence[int], sets: Sequence[Sequence[int]]) -> SweepInput:
        """Return what the engine measures.

        Parameters
        ----------
        selected : sequence of int
            The source's own neurons.
        sets : sequence of sequence of int
            All sets of random ones.

        Returns
        -------
        SweepInput
        """
        return SweepInput(self.texts, [selected, *(sets[draw] for draw in self.draws)])

    def tabulate(self, result: SweepResult, grid: Grid) -> pd.DataFrame:
        """Lay out what the engine measured.

        Parameters
        ----------
        result : SweepResult
            Of `sweep_input`.
        grid : Grid

        Returns
        -------
        DataFrame
            One row a set of neurons, prompt and way, with columns of `sna.tables.INTERFERENCE`.
        """
        rows = tabulate_sweep(result, grid)
        number, way = np.divmod(rows["prompt"].to_numpy(), len(self.ways))
        return rows.assign(
            task=self.task,
            kind=np.where(rows["ranking"] == 0, "selected", "random"),
            draw=np.array([0, *self.draws])[rows["ranking"]],
            scored=np.array(self.ways)[way],
            tokens=np.array([len(text.target) for text in self.texts])[rows["prompt"]],
            prompt=np.array(list(self.prompts))[number],
        )


def cut(
    case: InterferenceCase,
    prompts: Mapping[str, Mapping[int, TokenizedPrompt]],
    n_draws: int,
    prompts_per_draw: int,
    seed: int,
) -> list[Piece]:
    """Cut a case into pieces. A statement's sets of random neurons are each measured on a block of a task's prompts.

    Parameters
    ----------
    case : InterferenceCase
    prompts : mapping of str to mapping of int to TokenizedPrompt
        By task, then by number.
    n_draws : int
        How many sets of random neurons there are.
    prompts_per_draw : int
        On how many prompts of a task each is measured, at least.
    seed : int
        With the task's name it decides the blocks.

    Returns
    -------
    list of Piece
    """
    pieces = []
    for task in case.targets:
        ways = ("text", "target") if task in case.texts else ("target",)
        if case.setting == BEST or task not in case.texts:
            pieces.append(Piece(task, prompts[task], (), ways))
            continue
        # As many blocks as there are sets at most, so that every prompt meets one.
        size = max(prompts_per_draw, -(-len(prompts[task]) // n_draws))
        blocks = part(list(prompts[task]), size, generator(seed, task, case.setting))
        pieces += [
            Piece(task, {number: prompts[task][number] for number in numbers}, range(block, n_draws, len(blocks)), ways)
            for block, numbers in enumerate(blocks)
        ]
    return pieces
