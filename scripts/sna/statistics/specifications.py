"""The rank correlation and the mean of zone 1 under each combination of choices that the stored tables allow."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from sna.experiments.sweep import Sweep
from sna.inputs.tasks import FOLDS
from sna.statistics.logits import bounded
from sna.statistics.saturation import FEWEST_TASKS, spearman
from sna.tables import SPECIFICATIONS

#: From the probabilities of a task's prompts (prompts, configurations) and their baselines (prompts, 1) to the ratio
#: that stands for a configuration. The first is the study's own.
RATIOS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "ratio of means": lambda amplified, baseline: amplified.mean(axis=0) / baseline.mean(axis=0),
    "mean of ratios": lambda amplified, baseline: (amplified / baseline).mean(axis=0),
    "median of ratios": lambda amplified, baseline: np.median(amplified / baseline, axis=0),
    "geometric mean of ratios": lambda amplified, baseline: stats.gmean(amplified / baseline, axis=0),
}
#: Which configuration, or which average over them, speaks for a task.
SUMMARIES = {"best": np.max, "mean": np.mean, "median": np.median}
#: Grids that end earlier than the study's: the paper's own multipliers are not known.
_LARGEST_MULTIPLIERS = (1.5, 2.0, 2.5, 3.0)
#: What the score is called by which neurons are selected, by the kind of `sna.tables.FRESH`.
_SCORES = {
    "selected": "difference of means",
    "standardized": "standardized difference",
    "signed": "signed activation",
    "last_token": "last token only",
    "without_first": "without the first token",
}
#: How texts begin: as in the study, or with a start token if they have none there, without it if they have one.
AS_HERE, OTHERWISE = "as here", "the other way"
#: The choices of the study itself, but for the task's improvement, which config.yaml chooses.
OWN = {
    "ratio": "ratio of means",
    "layers": "all",
    "multipliers": "all",
    "counts": "all",
    "score": "difference of means",
    "start": AS_HERE,
    "prompts": "all",
}
ALL, CHOSEN = "all", "chosen"
#: The kinds of `sna.tables.FRESH` with what each chooses, by the column of `sna.tables.FRESH_PROMPTS` that has their
#: baselines.
_WAYS = {
    "baseline": {kind: {"score": score, "start": AS_HERE} for kind, score in _SCORES.items()},
    "other_start": {"other_start": {"score": OWN["score"], "start": OTHERWISE}},
}


def specify_sweep(sweep: Sweep, task_improvement: str, boundary: float) -> pd.DataFrame:
    """Measure a model's sweep under each combination of choices.

    They are: the configuration that stands for a task; how its prompts are averaged; which layers, multipliers and
    counts of neurons are swept; and which prompts are measured.

    Parameters
    ----------
    sweep : Sweep
    task_improvement : {"best", "mean", "median"}
        The study's own choice.
    boundary : float
        Baseline below which a task is in zone 1.

    Returns
    -------
    DataFrame
        A table that keeps `sna.tables.SPECIFICATIONS`.
    """
    parts = list(_list_parts(sweep.configurations))
    choices, baselines, improvements = [], [], []
    for prompts, ratio in product((ALL, *FOLDS), RATIOS):
        known = [_measure(task.probability, task.baseline, _of_fold(task.fold, prompts), ratio) for task in sweep.tasks]
        baseline, percent = np.array([baseline for baseline, _ in known]), np.stack([percent for _, percent in known])
        for (part, chosen), configuration in product(parts, SUMMARIES):
            choices.append(part | {"configuration": configuration, "ratio": ratio, "prompts": _name(prompts, "fold")})
            baselines.append(baseline)
            improvements.append(SUMMARIES[configuration](percent[:, chosen], axis=1))
    rows = pd.DataFrame(choices).assign(model=sweep.model, measured="sweep", score=OWN["score"], start=AS_HERE)
    own = OWN | {"configuration": task_improvement}
    return _tabulate(rows, own, np.stack(baselines), np.stack(improvements), boundary)


def specify_fresh(prompts: pd.DataFrame, gains: pd.DataFrame, boundary: float) -> pd.DataFrame:
    """Measure a model's chosen configurations on fresh prompts under each combination of choices.

    They are: the score by which neurons are selected, or how texts begin; how prompts are averaged; and which prompts
    are measured.

    Parameters
    ----------
    prompts, gains : DataFrame
        One model's rows of tables that keep `sna.tables.FRESH_PROMPTS` and `sna.tables.FRESH`.
    boundary : float
        Baseline below which a task is in zone 1.

    Returns
    -------
    DataFrame
        A table that keeps `sna.tables.SPECIFICATIONS`.
    """
    kinds = {kind for ways in _WAYS.values() for kind in ways}
    wide = gains[gains["kind"].isin(kinds)].pivot(index=["task", "prompt"], columns="kind", values="probability")
    wide = wide.dropna(axis="columns")
    tasks = [rows for _, rows in prompts.set_index(["task", "prompt"]).groupby("task")]
    choices, baselines, improvements = [], [], []
    for unamplified, ways in _WAYS.items():
        there = [kind for kind in ways if kind in wide]
        measured = [
            (wide.loc[rows.index, there].to_numpy(), rows[unamplified].to_numpy(), rows["half"].to_numpy())
            for rows in tasks
        ]
        for half, ratio in product((ALL, *FOLDS), RATIOS) if there else ():
            known = [
                _measure(amplified, baseline, _of_fold(halves, half), ratio) for amplified, baseline, halves in measured
            ]
            choices += [ways[kind] | {"ratio": ratio, "prompts": _name(half, "half")} for kind in there]
            baselines += [[baseline for baseline, _ in known]] * len(there)
            improvements += np.stack([percent for _, percent in known], axis=1).tolist()
    chosen = dict.fromkeys(("configuration", "layers", "multipliers", "counts"), CHOSEN)
    rows = pd.DataFrame(choices).assign(model=prompts["model"].iloc[0], measured="fresh", **chosen)
    return _tabulate(rows, OWN | chosen, np.array(baselines), np.array(improvements), boundary)


def _list_parts(configurations: pd.DataFrame) -> Iterator[tuple[dict[str, str], np.ndarray]]:
    """Yield the parts of a grid: what is chosen, and a mask over the configurations; none twice."""
    layer, count, multiplier = (configurations[name].to_numpy() for name in ("layer", "neurons", "multiplier"))
    middle = np.quantile(np.unique(count), 0.5, method="inverted_cdf")
    options = {
        "layers": _different({ALL: layer >= 0} | _thirds(layer)),
        "multipliers": _different(
            {ALL: multiplier > 0} | {f"up to {largest:g}": multiplier <= largest for largest in _LARGEST_MULTIPLIERS}
        ),
        "counts": _different(
            {ALL: count > 0, f"up to {middle:g}": count <= middle, f"from {middle:g}": count >= middle}
        ),
    }
    for chosen in product(*(part.items() for part in options.values())):
        yield (
            dict(zip(options, (name for name, _ in chosen), strict=True)),
            np.all([mask for _, mask in chosen], axis=0),
        )


def _thirds(layer: np.ndarray) -> dict[str, np.ndarray]:
    parts = np.array_split(np.unique(layer), 3)
    return {
        f"{name} third": np.isin(layer, part) for name, part in zip(("lower", "middle", "upper"), parts, strict=True)
    }


def _different(parts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Leave out parts of a grid that are empty, or the same as an earlier one."""
    kept: dict[str, np.ndarray] = {}
    for name, mask in parts.items():
        if mask.any() and not any(np.array_equal(mask, other) for other in kept.values()):
            kept[name] = mask
    return kept


def _of_fold(fold: np.ndarray, chosen: str) -> np.ndarray:
    return np.full(len(fold), True) if chosen == ALL else fold == chosen


def _name(fold: str, kind: str) -> str:
    return fold if fold == ALL else f"{fold} {kind}"


def _measure(
    probability: np.ndarray, baseline: np.ndarray, measured: np.ndarray, ratio: str
) -> tuple[float, np.ndarray]:
    """Return a task's mean baseline, and its improvement by each configuration in percent, over some of its prompts."""
    if not measured.any():
        return np.nan, np.full(probability.shape[1], np.nan)
    amplified, before = bounded(probability[measured]), bounded(baseline[measured])
    return float(before.mean()), 100 * (RATIOS[ratio](amplified, before[:, None]) - 1)


def _tabulate(
    choices: pd.DataFrame, own: Mapping[str, str], baselines: np.ndarray, improvements: np.ndarray, boundary: float
) -> pd.DataFrame:
    """Set the figures of each specification beside its choices."""
    ours = np.all([choices[name] == choice for name, choice in own.items()], axis=0)
    figures = correlate(baselines, improvements) | average_zone1(baselines, improvements, boundary)
    return SPECIFICATIONS.check(choices.assign(ours=ours, **figures)[list(SPECIFICATIONS.columns)], "specifications")


def correlate(baselines: np.ndarray, improvements: np.ndarray) -> dict[str, np.ndarray]:
    """Correlate baseline and improvement over the tasks, in each specification.

    Parameters
    ----------
    baselines, improvements : ndarray, shape (specifications, tasks)

    Returns
    -------
    dict of str to ndarray, shape (specifications,)
        Spearman's `rho`, and `rho_pvalue`, two-sided by the t approximation, which the paper's own p-value fits; NaN
        with fewer than 4 tasks, or where all baselines or all improvements are equal.
    """
    n = baselines.shape[-1]
    rho = np.full(len(baselines), np.nan)
    varied = (np.ptp(baselines, axis=-1) > 0) & (np.ptp(improvements, axis=-1) > 0)
    if n >= FEWEST_TASKS and varied.any():
        rho[varied] = np.clip(spearman(baselines[varied], improvements[varied]), -1, 1)
    with np.errstate(divide="ignore"):
        t = np.abs(rho) * np.sqrt((n - 2) / (1 - rho**2)) if n > 2 else rho
    return {"rho": rho, "rho_pvalue": 2 * stats.t.sf(t, max(n - 2, 1))}


def average_zone1(baselines: np.ndarray, improvements: np.ndarray, boundary: float) -> dict[str, np.ndarray]:
    """Average the improvements of the tasks in zone 1, in each specification.

    Parameters
    ----------
    baselines, improvements : ndarray, shape (specifications, tasks)
        The latter in percent.
    boundary : float
        Baseline below which a task is in zone 1.

    Returns
    -------
    dict of str to ndarray, shape (specifications,)
        How many `zone1_tasks` there are, their `zone1_mean` in percent, NaN without any, and `zone1_pvalue`, two-sided
        of a t test against 0, NaN with a single one.
    """
    inside = np.where(baselines < boundary, improvements, np.nan)
    n = np.isfinite(inside).sum(axis=-1)
    mean = np.divide(np.nansum(inside, axis=-1), n, out=np.full(len(n), np.nan), where=n > 0)
    squares = np.nansum((inside - mean[:, None]) ** 2, axis=-1)
    degrees = np.maximum(n - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(mean) / np.sqrt(squares / degrees / n)
    pvalue = np.where(n > 1, 2 * stats.t.sf(t, degrees), np.nan)
    return {"zone1_tasks": n, "zone1_mean": mean, "zone1_pvalue": pvalue}
