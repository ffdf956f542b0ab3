"""From probabilities, a row a prompt, to experiments, a row a configuration."""

from collections.abc import Sequence

import pandas as pd

from sna.errors import InputError
from sna.tables import EXPERIMENTS, PROMPTS


def join_prompts(amplified: Sequence[pd.DataFrame], baselines: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Set each prompt's probability under amplification beside the one without it.

    Parameters
    ----------
    amplified : sequence of DataFrame
        Tables that keep `sna.tables.AMPLIFIED`, usually one a model and layer.
    baselines : sequence of DataFrame
        Tables that keep `sna.tables.BASELINE`, one a model.

    Returns
    -------
    DataFrame
        A table that keeps `sna.tables.PROMPTS`.

    Raises
    ------
    InputError
        If an amplified table has not exactly the prompts of its model's baseline.
    """
    baseline = pd.concat(baselines, ignore_index=True)
    for layer in amplified:
        _check_same_prompts(layer, baseline)
    known = baseline[["model", "task", "prompt", "category", "probability"]]
    known = known.rename(columns={"probability": "baseline"})
    joined = pd.concat(amplified, ignore_index=True).merge(
        known, on=["model", "task", "prompt"], validate="many_to_one"
    )
    return joined[list(PROMPTS.columns)].sort_values(list(PROMPTS.keys), ignore_index=True)


def _check_same_prompts(amplified: pd.DataFrame, baseline: pd.DataFrame) -> None:
    """Raise `InputError` unless a layer's prompts, by task, number and fold, are those of its model's baseline."""
    columns = ["model", "task", "prompt", "fold"]
    seen = amplified[columns].drop_duplicates()
    expected = baseline.loc[baseline["model"].isin(seen["model"].unique()), columns]
    compared = seen.merge(expected, how="outer", indicator=True)
    odd = compared[compared["_merge"] != "both"]
    if odd.empty:
        return
    first = odd.iloc[0]
    place = "the amplified table" if first["_merge"] == "left_only" else "the baseline"
    layers = ", ".join(map(str, sorted(amplified["layer"].unique())))
    raise InputError(
        f"{first['model']}, layer {layers}: task {first['task']!r}, prompt {first['prompt']} ({first['fold']} fold) "
        f"is only in {place}; measure the baseline and amplify the layer again, from the same task files"
    )


def aggregate_prompts(prompts: pd.DataFrame) -> pd.DataFrame:
    """Average each configuration over its prompts.

    The improvement of a configuration is ``100 * (p - p0) / p0`` percent, where p and p0 are the target's mean
    probability over the prompts with and without amplification; it is a success if that is above 0. A ratio of means,
    not a mean of ratios, is our choice: a prompt whose target is hopeless cannot dominate it.

    Parameters
    ----------
    prompts : DataFrame
        A table that keeps `sna.tables.PROMPTS`.

    Returns
    -------
    DataFrame
        A table that keeps `sna.tables.EXPERIMENTS`.

    Raises
    ------
    InputError
        If a task's baseline is exactly 0, of which no percentage can be taken.
    """
    # A sum of floats depends on their order: sorted rows make it the same whatever order they came in.
    ordered = prompts.sort_values(list(PROMPTS.keys), ignore_index=True)
    keys = ["model", "task", "category", "layer", "neurons", "multiplier"]
    experiments = ordered.groupby(keys, as_index=False)[["baseline", "probability"]].mean()
    _check_baselines(experiments)
    experiments["improvement"] = improvement(experiments["probability"], experiments["baseline"])
    experiments["success"] = experiments["improvement"] > 0
    return experiments[list(EXPERIMENTS.columns)].sort_values(list(EXPERIMENTS.keys), ignore_index=True)


def _check_baselines(experiments: pd.DataFrame) -> None:
    """Raise `InputError` if a task's baseline is exactly 0."""
    without = experiments.loc[experiments["baseline"] == 0, ["model", "task"]].drop_duplicates()
    if not without.empty:
        model, task = without.iloc[0]
        raise InputError(
            f"task {task!r}: {model} gives its targets a probability of exactly 0, of which no improvement in percent "
            "can be taken; choose other targets or leave the task out of the study"
        )


def improvement(probability, baseline):
    """Return the improvement of a mean probability over its baseline.

    Parameters
    ----------
    probability, baseline : float or array
        They broadcast.

    Returns
    -------
    float or array
        In percent.
    """
    return 100 * (probability - baseline) / baseline
