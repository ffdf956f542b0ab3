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


# The comments on the tables and their columns are the words of the data dictionary, which docs/sources.py makes of this
# module. A column without one means what it means in the last table above that has one.

# The evaluation prompts before any amplification. In `baseline/{model}.parquet`.
BASELINE = Table(
    columns={
        # The model's name in config.yaml.
        "model": _text,
        # The task's name.
        "task": _text,
        # The task's category: arithmetic, logic, semantics, poetry or coding.
        "category": _text,
        # The prompt's number in its file, from 0.
        "prompt": _index,
        # Which half of the evaluation prompts it is of: a configuration is chosen on one, reported on the other.
        "fold": _fold,
        # What the model reads before the text: the start token, or nothing.
        "start": pa.Column(str),
        # What the model reads.
        "text": _text,
        # The text whose probability is asked for.
        "target": _text,
        # The target's probability after the prompt.
        "probability": _probability,
    },
    keys=("model", "task", "prompt"),
)
# Each task's neurons of each layer, the most differentially active first. In `neurons/{model}.parquet`.
NEURONS = Table(
    columns={
        "model": _text,
        "task": _text,
        # The block whose neurons these are, from 0.
        "layer": _index,
        # Its place among the layer's neurons, from 1.
        "rank": _count,
        # Its number in the layer, from 0: the units of the MLP's hidden layer.
        "neuron": _index,
        # Mean response to the task's selection prompts minus mean response to the contrast text, in units of
        # activation.
        "score": _finite,
        # The same difference in units of the pooled standard deviation over texts (Cohen's d).
        "effect_size": _finite,
    },
    keys=("model", "task", "layer", "rank"),
    grid=("task", "layer", "rank"),
)
# Each evaluation prompt under each configuration of a layer. In `amplified/{model}/layer_{layer}.parquet`.
AMPLIFIED = Table(
    columns={
        "model": _text,
        "task": _text,
        # The layer that is amplified, from 0.
        "layer": _index,
        # How many of the layer's neurons are amplified.
        "neurons": _count,
        # What their activations are multiplied by.
        "multiplier": _finite,
        "prompt": _index,
        "fold": _fold,
        # The target's probability under amplification.
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
# The experiments: each task under each configuration. In `experiments.parquet`.
EXPERIMENTS = Table(
    columns=_configuration
    | {
        # The target's mean probability over the evaluation prompts, without amplification.
        "baseline": _probability,
        # The same under amplification.
        "probability": _probability,
        # By how many percent the mean probability rises.
        "improvement": _finite,
        # Whether it rises at all.
        "success": pa.Column(bool),
    },
    keys=("model", "task", "layer", "neurons", "multiplier"),
    grid=("task", "layer", "neurons", "multiplier"),
)
# The experiments prompt by prompt. In `prompts.parquet`.
PROMPTS = Table(
    columns=_configuration
    | {
        "prompt": _index,
        "fold": _fold,
        # The target's probability without amplification.
        "baseline": _probability,
        # The same under amplification.
        "probability": _probability,
    },
    keys=("model", "task", "layer", "neurons", "multiplier", "prompt"),
    grid=("layer", "neurons", "multiplier", "prompt"),
)
# Fresh prompts, which had no part in any choice, unamplified. In `fresh/{model}/{task}/prompts.parquet`.
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
        # The rule that the prompt follows, or where it stands.
        "source": _text,
        # The target's probability without amplification.
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
# The same prompts before the sweep, when nothing is chosen yet. In `fresh_baseline/{model}.parquet`.
FRESH_BASELINE = Table(
    columns={
        "model": _text,
        "task": _text,
        "prompt": _index,
        # The target's probability without amplification.
        "probability": _probability,
    },
    keys=("model", "task", "prompt"),
)
# Fresh prompts under the configuration that was chosen for their task, and under what stands beside it. In
# `fresh/{model}/{task}/gains.parquet`.
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
        # The target's probability under amplification.
        "probability": _probability,
        # Whether the target is the most likely continuation then.
        "top": pa.Column(bool),
    },
    keys=("model", "task", "kind", "source", "draw", "prompt"),
)
# Neutral prose under the configuration that was chosen for a task. In `fresh/{model}/{task}/prose.parquet`.
PROSE = Table(
    columns={
        "model": _text,
        "task": _text,
        # What is amplified: the task's own neurons, or random ones, or a direction.
        "kind": pa.Column(str, pa.Check.isin(["selected", "random", "direction"])),
        # The random neurons' or the direction's number; 0 for the task's own.
        "draw": _index,
        # The text's number, from 0.
        "text": _index,
        # How many of its tokens are scored.
        "tokens": _count,
        # Log-probability of the whole text without amplification, in nats.
        "before": _finite,
        # The same under amplification.
        "after": _finite,
        # Kullback-Leibler divergence of the amplified predictions from the unamplified ones, summed over the tokens, in
        # nats.
        "divergence": _finite,
    },
    keys=("model", "task", "kind", "draw", "text"),
)
# One task's prompts while another task's neurons are amplified. In `interference/{model}.parquet`.
INTERFERENCE = Table(
    columns={
        "model": _text,
        # "best", or the name of one of the config's statements on interference.
        "setting": _text,
        # The task whose neurons are amplified.
        "source": _text,
        # The source's own neurons, or random ones of the same number.
        "kind": pa.Column(str, pa.Check.isin(["selected", "random"])),
        # The random neurons' number; 0 for the source's own.
        "draw": _index,
        "layer": _index,
        "neurons": _count,
        "multiplier": _finite,
        # The task whose prompts are measured.
        "task": _text,
        # "target": the probability of the target; "text": that of all tokens of prompt and target after the first.
        "scored": pa.Column(str, pa.Check.isin(["target", "text"])),
        # Which of the task's prompts: the fresh ones are those of its bank.
        "prompts": pa.Column(str, pa.Check.isin(["evaluation", "fresh"])),
        "prompt": _index,
        # How many tokens are scored.
        "tokens": _count,
        # The probability of what is scored, without amplification.
        "baseline": _probability,
        # The same under amplification.
        "probability": _probability,
    },
    keys=("model", "setting", "source", "kind", "draw", "task", "scored", "prompts", "prompt"),
)
# Several tasks' neurons at once, on fresh prompts: all tasks' alone, and sets that hold the measured task. In
# `together/{model}.parquet`.
TOGETHER = Table(
    columns={
        "model": _text,
        "task": _text,
        # The tasks' own neurons, or random ones of the same layers, counts and multipliers.
        "kind": pa.Column(str, pa.Check.isin(["selected", "random"])),
        # The random neurons' number; 0 for the tasks' own.
        "draw": _index,
        # The names of the tasks whose neurons are amplified, in alphabetical order with + between.
        "amplified": _text,
        # How many tasks these are.
        "size": _count,
        "prompt": _index,
        # The target's probability without amplification.
        "baseline": _probability,
        # The same under amplification.
        "probability": _probability,
    },
    keys=("model", "task", "kind", "draw", "amplified", "prompt"),
    grid=("amplified", "prompt"),
)
_of_method = {
    "model": _text,
    # The task whose prompts are measured.
    "task": _text,
    "category": _text,
    # Amplification, or what one would do instead.
    "method": _text,
}
# Fresh prompts under amplification and under each method that one would use instead. In
# `alternatives/{model}/{task}/answers.parquet`.
ALTERNATIVES = Table(
    columns=_of_method
    | {
        "prompt": _index,
        # The target's probability under the method.
        "probability": _probability,
        # Whether the target is the most likely continuation then.
        "top": pa.Column(bool),
    },
    keys=("model", "task", "method", "prompt"),
    grid=("method", "prompt"),
)
# Neutral prose under each of the methods. In `alternatives/{model}/{task}/prose.parquet`.
ALTERNATIVES_PROSE = Table(
    columns=_of_method
    | {
        # The text's number, from 0.
        "text": _index,
        # How many of its tokens are scored.
        "tokens": _count,
        # The sum over the scored tokens, in nats.
        "log_probability": _finite,
    },
    keys=("model", "task", "method", "text"),
    grid=("method", "text"),
)
# What each of the methods costs. In `alternatives/{model}/{task}/methods.parquet`.
ALTERNATIVES_METHODS = Table(
    columns=_of_method
    | {
        # What was chosen on the evaluation prompts: a multiplier, a temperature or a strength, where there is one.
        "chosen": pa.Column("float64", pa.Check.gt(0), nullable=True),
        # How many numbers must be kept, tokens counted as one each.
        "stored": _index,
        # Tokens that the model reads for a fresh prompt, on average.
        "read": pa.Column("float64", pa.Check.ge(1)),
        # Tokens that it read beforehand, a backward pass counted as two forward ones.
        "prepared": _index,
    },
    keys=("model", "task", "method"),
)
_label = pa.Column(str, pa.Check.isin(["negative", "positive"]))
# Sentences of movie reviews. In `results/reviews/{reviews}/reviews.parquet`.
REVIEWS = Table(
    columns={
        # Its row in the source, from 0.
        "number": _index,
        # Its sentiment, as people see it.
        "label": _label,
        # The sentence itself.
        "sentence": _text,
    },
    keys=("number",),
)
# What the model says of a review's sentiment: the probabilities of the two labels, so that what is left for other words
# is there too. In `reviews/{model}.parquet`.
CLASSIFIED = Table(
    columns={
        "model": _text,
        # The sentences that choose the configuration, or those that test it.
        "part": pa.Column(str, pa.Check.isin(["tuning", "test"])),
        "layer": _index,
        "neurons": _count,
        "multiplier": _finite,
        "number": _index,
        "label": _label,
        # The probability that the model gives the negative label, without amplification.
        "negative_before": _probability,
        # That of the positive label, without amplification.
        "positive_before": _probability,
        # That of the negative label under amplification.
        "negative_after": _probability,
        # That of the positive label under amplification.
        "positive_after": _probability,
    },
    keys=("model", "part", "layer", "neurons", "multiplier", "number"),
    grid=("layer", "neurons", "multiplier", "number"),
)
# The evaluation prompts at their task's best configuration. In `logit_gains.parquet`.
LOGIT_GAINS = Table(
    columns=PROMPTS.columns
    | {
        # By how much amplification raises the logit of the target's probability.
        "logit_gain": _finite,
    },
    keys=("model", "task", "prompt"),
)

# What is measured under every combination of choices that the paper leaves open: one row a combination. Each choice is
# told in words. In `specifications.parquet`.
SPECIFICATIONS = Table(
    columns={
        "model": _text,
        # The sweep on its evaluation prompts, or the chosen configurations on fresh ones.
        "measured": pa.Column(str, pa.Check.isin(["sweep", "fresh"])),
        # Which configuration stands for a task.
        "configuration": _text,
        # How its prompts are averaged.
        "ratio": _text,
        # Which layers are swept.
        "layers": _text,
        # Which multipliers.
        "multipliers": _text,
        # Which counts of neurons.
        "counts": _text,
        # By which score neurons are selected.
        "score": _text,
        # How texts begin.
        "start": _text,
        # Which prompts are measured.
        "prompts": _text,
        # Whether all choices are those of the study itself.
        "ours": pa.Column(bool),
        # Spearman's rank correlation of baseline and improvement over the tasks.
        "rho": pa.Column("float64", pa.Check.in_range(-1, 1), nullable=True),
        # Its p-value.
        "rho_pvalue": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        # How many tasks lie in zone 1.
        "zone1_tasks": _index,
        # Their mean improvement, in percent.
        "zone1_mean": pa.Column("float64", nullable=True),
        # The p-value of that mean.
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


def read_table(path: str | Path, table: Table, **equal: str | int) -> pd.DataFrame:
    """Return what a Parquet file holds, checked again, so that a stage never builds on a damaged one.

    Parameters
    ----------
    path : str or Path
    table : Table
        Its contract.
    **equal
        Values of columns: only rows that have all of them are read.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        If the file is missing, is cut short, or does not keep the contract of `table`.
    """
    try:
        frame = pd.read_parquet(path, filters=[(name, "==", value) for name, value in equal.items()] or None)
    except FileNotFoundError:
        raise InputError(f"{path}: no such table; the stage that writes it has not run") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a whole Parquet file ({error}); delete it and run again") from None
    return table.check(frame, path)
