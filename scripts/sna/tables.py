"""The tables between the stages: their columns, and the checks when they are written and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaError, SchemaErrors

from sna.errors import InputError
from sna.files import replacing, write_text

_text = pa.Column(str, pa.Check.str_length(min_value=1))
_index = pa.Column("int64", pa.Check.ge(0))
_count = pa.Column("int64", pa.Check.ge(1))
_probability = pa.Column("float64", pa.Check.in_range(0, 1))
_finite = pa.Column("float64", pa.Check(lambda column: column.abs() < float("inf"), name="finite"))
_fold = pa.Column(str, pa.Check.isin(["first", "second"]))


@dataclass(frozen=True)
class Table:
    """A table's contract.

    Attributes
    ----------
    columns : dict
        Every column, in order.
    keys : sequence of str
        The columns that name a row: together unique, and the rows are sorted by them.
    grid : sequence of str
        Those of `keys` whose every combination must be there, within each group of the other keys.
    """

    columns: dict[str, pa.Column]
    keys: Sequence[str]
    grid: Sequence[str] = ()

    def check(self, frame: pd.DataFrame, name: str | Path) -> pd.DataFrame:
        """Return a table, its rows sorted, if it keeps the contract.

        Parameters
        ----------
        frame : DataFrame
        name : str or Path
            What it is called in messages.

        Returns
        -------
        DataFrame

        Raises
        ------
        InputError
            If a column is missing, of another type, or out of range; a key occurs twice; or a row is missing.
        """
        schema = pa.DataFrameSchema(self.columns, strict=True, ordered=True, unique=list(self.keys))
        frame = frame.reset_index(drop=True)
        try:
            schema.validate(frame, lazy=True)
        except (SchemaError, SchemaErrors) as error:
            found = pd.DataFrame(error.failure_cases)
            cases = found[["column", "check", "failure_case"]].drop_duplicates(["column", "check"])
            raise InputError(f"{name}: does not keep its contract:\n{cases.to_string(index=False)}") from None
        frame = frame.sort_values(list(self.keys), kind="stable", ignore_index=True)
        self._check_complete(frame, name)
        return frame

    def _check_complete(self, frame: pd.DataFrame, name: str | Path) -> None:
        if not self.grid:
            return
        others = [key for key in self.keys if key not in self.grid]
        for group, rows in frame.groupby(others):
            expected = rows[list(self.grid)].nunique().prod()
            if len(rows) != expected:
                raise InputError(f"{name}: {group} has {len(rows)} rows; its grid has {expected}")


BASELINE = Table(
    columns={
        "model": _text,
        "task": _text,
        "category": _text,
        "prompt": _index,
        "fold": _fold,
        # What the model reads before the text: the start token, or nothing.
        "start": pa.Column(str),
        "text": _text,
        "target": _text,
        "probability": _probability,
    },
    keys=("model", "task", "prompt"),
)
NEURONS = Table(
    columns={
        "model": _text,
        "task": _text,
        "layer": _index,
        "rank": _count,
        "neuron": _index,
        "score": _finite,
        "effect_size": _finite,
    },
    keys=("model", "task", "layer", "rank"),
    grid=("task", "layer", "rank"),
)
AMPLIFIED = Table(
    columns={
        "model": _text,
        "task": _text,
        "layer": _index,
        "neurons": _count,
        "multiplier": _finite,
        "prompt": _index,
        "fold": _fold,
        "probability": _probability,
    },
    keys=("model", "task", "layer", "neurons", "multiplier", "prompt"),
    grid=("layer", "neurons", "multiplier", "prompt"),
)
_configuration = {
    "model": _text,
    "task": _text,
    "category": _text,
    "layer": _index,
    "neurons": _count,
    "multiplier": _finite,
}
EXPERIMENTS = Table(
    columns=_configuration
    | {
        "baseline": _probability,
        "probability": _probability,
        "improvement": _finite,
        "success": pa.Column(bool),
    },
    keys=("model", "task", "layer", "neurons", "multiplier"),
    grid=("task", "layer", "neurons", "multiplier"),
)
PROMPTS = Table(
    columns=_configuration
    | {
        "prompt": _index,
        "fold": _fold,
        "baseline": _probability,
        "probability": _probability,
    },
    keys=("model", "task", "layer", "neurons", "multiplier", "prompt"),
    grid=("layer", "neurons", "multiplier", "prompt"),
)
# Fresh prompts, which had no part in any choice.
FRESH_PROMPTS = Table(
    columns={
        "model": _text,
        "task": _text,
        "category": _text,
        "prompt": _index,
        # Where the baseline and the gain must not share their noise, one comes from one half and one from the other.
        "half": _fold,
        "text": _text,
        "target": _text,
        "source": _text,
        "baseline": _probability,
        # The target's probability after another prompt of the task: what the model guesses without reading this one.
        "guess": _probability,
        # The target's probability where the text begins otherwise: with the start token if the study's texts have none,
        # without it if they have one. Missing where there is no start token.
        "other_start": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        # Whether the target is the most likely continuation, token by token.
        "top": pa.Column(bool),
    },
    keys=("model", "task", "prompt"),
)
# The same prompts before the sweep, when nothing is chosen yet.
FRESH_BASELINE = Table(
    columns={"model": _text, "task": _text, "prompt": _index, "probability": _probability},
    keys=("model", "task", "prompt"),
)
FRESH = Table(
    columns={
        "model": _text,
        "task": _text,
        # What is amplified. The task's own top neurons: `selected` at its best configuration, `other_start` the same
        # where the text begins otherwise, `layer` at the best layer of each category, and by other scores. Or `other`
        # tasks' neurons, `random` or `matched` ones, a `direction`.
        "kind": pa.Column(
            str,
            pa.Check.isin(
                [
                    *("selected", "other_start", "layer", "standardized", "signed", "last_token", "without_first"),
                    *("other", "random", "matched", "direction"),
                ]
            ),
        ),
        # Of `other` the task whose neurons are amplified, of `layer` the category whose best layer it is; else the
        # task.
        "source": _text,
        # The controls' number. Each is measured on a part of the prompts, and `layer` on the first half of them.
        "draw": _index,
        "layer": _index,
        "neurons": _count,
        "multiplier": _finite,
        "prompt": _index,
        "probability": _probability,
        "top": pa.Column(bool),
    },
    keys=("model", "task", "kind", "source", "draw", "prompt"),
)
PROSE = Table(
    columns={
        "model": _text,
        "task": _text,
        "kind": pa.Column(str, pa.Check.isin(["selected", "random", "direction"])),
        "draw": _index,
        "text": _index,
        "tokens": _count,
        # Log-probabilities of the whole text, and the Kullback-Leibler divergence of the amplified predictions from
        # the unamplified ones, summed over its tokens, in nats.
        "before": _finite,
        "after": _finite,
        "divergence": _finite,
    },
    keys=("model", "task", "kind", "draw", "text"),
)
INTERFERENCE = Table(
    columns={
        "model": _text,
        # "best", or the name of one of the config's statements on interference.
        "setting": _text,
        "source": _text,
        # The source's own neurons, or random ones of the same number; `draw` tells these apart.
        "kind": pa.Column(str, pa.Check.isin(["selected", "random"])),
        "draw": _index,
        "layer": _index,
        "neurons": _count,
        "multiplier": _finite,
        "task": _text,
        # "target": the probability of the target; "text": that of all tokens of prompt and target after the first.
        "scored": pa.Column(str, pa.Check.isin(["target", "text"])),
        # Which of the task's prompts: the fresh ones are those of its bank.
        "prompts": pa.Column(str, pa.Check.isin(["evaluation", "fresh"])),
        "prompt": _index,
        "tokens": _count,
        "baseline": _probability,
        "probability": _probability,
    },
    keys=("model", "setting", "source", "kind", "draw", "task", "scored", "prompts", "prompt"),
)
# Several tasks' neurons at once, on fresh prompts: all tasks' alone, and sets that hold the measured task.
TOGETHER = Table(
    columns={
        "model": _text,
        "task": _text,
        # The tasks' own neurons, or random ones of the same layers, counts and multipliers; `draw` tells these apart.
        "kind": pa.Column(str, pa.Check.isin(["selected", "random"])),
        "draw": _index,
        # The names of the tasks whose neurons are amplified, in alphabetical order with + between, and how many.
        "amplified": _text,
        "size": _count,
        "prompt": _index,
        "baseline": _probability,
        "probability": _probability,
    },
    keys=("model", "task", "kind", "draw", "amplified", "prompt"),
    grid=("amplified", "prompt"),
)
# What one would do instead of amplification, by `method`: one row a fresh prompt, a sentence of prose, and a method.
_of_method = {"model": _text, "task": _text, "category": _text, "method": _text}
ALTERNATIVES = Table(
    columns=_of_method | {"prompt": _index, "probability": _probability, "top": pa.Column(bool)},
    keys=("model", "task", "method", "prompt"),
    grid=("method", "prompt"),
)
ALTERNATIVES_PROSE = Table(
    # The log-probability is the sum over the scored tokens, in nats.
    columns=_of_method | {"text": _index, "tokens": _count, "log_probability": _finite},
    keys=("model", "task", "method", "text"),
    grid=("method", "text"),
)
ALTERNATIVES_METHODS = Table(
    columns=_of_method
    | {
        # What was chosen on the evaluation prompts: a multiplier, a temperature or a strength, where there is one.
        "chosen": pa.Column("float64", pa.Check.gt(0), nullable=True),
        # How many numbers must be kept, tokens counted as one each.
        "stored": _index,
        # Tokens that the model reads for a fresh prompt, on average, and those that it read beforehand, a backward pass
        # counted as two forward ones.
        "read": pa.Column("float64", pa.Check.ge(1)),
        "prepared": _index,
    },
    keys=("model", "task", "method"),
)
_label = pa.Column(str, pa.Check.isin(["negative", "positive"]))
REVIEWS = Table(
    columns={
        "number": _index,
        "label": _label,
        "sentence": _text,
    },
    keys=("number",),
)
# Probabilities of the two labels as the model says them, so that what is left for other words is there too.
CLASSIFIED = Table(
    columns={
        "model": _text,
        "part": pa.Column(str, pa.Check.isin(["tuning", "test"])),
        "layer": _index,
        "neurons": _count,
        "multiplier": _finite,
        "number": _index,
        "label": _label,
        "negative_before": _probability,
        "positive_before": _probability,
        "negative_after": _probability,
        "positive_after": _probability,
    },
    keys=("model", "part", "layer", "neurons", "multiplier", "number"),
    grid=("layer", "neurons", "multiplier", "number"),
)
# The prompts at their task's best configuration, with the gain of the target's logit.
LOGIT_GAINS = Table(columns=PROMPTS.columns | {"logit_gain": _finite}, keys=("model", "task", "prompt"))

# What is measured under every combination of choices that the paper leaves open: one row a combination.
SPECIFICATIONS = Table(
    columns={
        "model": _text,
        # The sweep on its evaluation prompts, or the chosen configurations on fresh ones.
        "measured": pa.Column(str, pa.Check.isin(["sweep", "fresh"])),
        # The choices, in words: which configuration stands for a task, how its prompts are averaged, which layers,
        # multipliers and counts are swept, by which score neurons are selected, how texts begin, and which prompts are
        # measured.
        "configuration": _text,
        "ratio": _text,
        "layers": _text,
        "multipliers": _text,
        "counts": _text,
        "score": _text,
        "start": _text,
        "prompts": _text,
        # Whether all choices are those of the study itself.
        "ours": pa.Column(bool),
        "rho": pa.Column("float64", pa.Check.in_range(-1, 1), nullable=True),
        "rho_pvalue": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "zone1_tasks": _index,
        "zone1_mean": pa.Column("float64", nullable=True),
        "zone1_pvalue": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
    },
    keys=(
        *("model", "measured", "configuration", "ratio", "layers"),
        *("multipliers", "counts", "score", "start", "prompts"),
    ),
)


#: Columns of the tables for readers that hold names, which people choose.
NAMED = frozenset({"model", "task", "source", "names", "best_task", "held_out_best_task"})


def write_table(frame: pd.DataFrame, table: Table, path: str | Path) -> None:
    """Check rows, sort them by their keys, and write them as Parquet, whole or not at all.

    Parameters
    ----------
    frame : DataFrame
    table : Table
        Its contract.
    path : str or Path

    Raises
    ------
    InputError
        If `frame` does not keep the contract of `table`; nothing is written then.
    """
    checked = table.check(frame, path)
    with replacing(path) as beside:
        checked.to_parquet(beside, index=False)


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write rows for readers as CSV: unrounded, whole or not at all.

    Parameters
    ----------
    frame : DataFrame
    path : str or Path
    """
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def read_csv(path: str | Path) -> pd.DataFrame:
    """Return what `write_csv` wrote, with the types that were written: a name such as NA or 007 is a name.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    DataFrame
        An empty cell is missing.
    """
    return pd.read_csv(path, dtype=dict.fromkeys(NAMED, str), keep_default_na=False, na_values=[""])


def read_table(path: str | Path, table: Table) -> pd.DataFrame:
    """Return what a Parquet file holds, checked again, so that a stage never builds on a damaged one.

    Parameters
    ----------
    path : str or Path
    table : Table
        Its contract.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        If the file is missing, is cut short, or does not keep the contract of `table`.
    """
    try:
        frame = pd.read_parquet(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such table; the stage that writes it has not run") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a whole Parquet file ({error}); delete it and run again") from None
    return table.check(frame, path)
