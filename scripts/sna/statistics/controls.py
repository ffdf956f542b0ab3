"""Do a task's selected neurons do better than random ones of its layers?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from sna.experiments.aggregation import aggregate_controls
from sna.experiments.summary import REDUCTIONS, TaskImprovement
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, defined, percentile_interval
from sna.statistics.permutation import sign_flip_pvalue
from sna.statistics.saturation import FEWEST_TASKS, spearman

KINDS = ("random", "matched")


@dataclass(frozen=True)
class TaskControl:
    """One task's improvement by its selected neurons and by the draws, in percent.

    Attributes
    ----------
    selected : float
    drawn : Estimate
        Mean over the draws, and their central interval.
    share_beaten : float
        Share of the draws that the selected neurons exceed.
    pvalue, pvalue_corrected : float
        Of random neurons doing at least as well, for this task alone, and corrected for the number of tasks.
    draws : list of float
        Each draw's improvement.
    """

    selected: float
    drawn: Estimate
    share_beaten: float
    pvalue: float
    pvalue_corrected: float
    draws: list[float]


@dataclass(frozen=True)
class Overall:
    """All tasks together: the mean of `share_beaten`, and the p-value of its being above one half by chance alone."""

    share_beaten: float
    pvalue: float | None


@dataclass(frozen=True)
class RhoControl:
    """The rank correlation of baseline and improvement over tasks; None where it is undefined.

    Attributes
    ----------
    selected : float or None
    drawn : Estimate
        Median over the draws, and their central interval.
    share_as_negative : float or None
        Share of the draws whose correlation is at least as negative as that of the selected neurons.
    draws : list of float or None
        Each draw's correlation.
    """

    selected: float | None
    drawn: Estimate
    share_as_negative: float | None
    draws: list[float | None]


@dataclass(frozen=True)
class Comparison:
    """The selected neurons against draws of one kind.

    Attributes
    ----------
    by_task : dict
        The comparison in each task.
    tasks, tasks_beaten : int
        How many tasks there are, and in how many the corrected p-value is below 1 less the confidence level.
    correction : str
        How p-values are corrected.
    overall : Overall
    rho : RhoControl
    activation : Estimate
        How active the drawn neurons are, as a share of the selected ones' activation: mean over tasks, layers, counts
        and draws, and the central interval over draws.
    """

    by_task: dict[str, TaskControl]
    tasks: int
    tasks_beaten: int
    correction: str
    overall: Overall
    rho: RhoControl
    activation: Estimate


@dataclass(frozen=True)
class ControlledTask:
    """A task's category, and its mean baseline probability."""

    category: str
    baseline: float


@dataclass(frozen=True)
class ControlsResult:
    """The comparison with each kind of draws, the sub-grid on which it was made, and the tasks."""

    layers: list[int]
    neurons: list[int]
    multipliers: list[float]
    draws: int
    kinds: dict[str, Comparison]
    by_task: dict[str, ControlledTask]


def measure_controls(controls: pd.DataFrame, categories: Mapping[str, str], settings: Statistics) -> ControlsResult:
    """Compare a task's selected neurons with random draws of as many neurons of the same layers.

    A task's improvement is the configured summary over the controls' own sub-grid, for the selected neurons as for each
    draw, so that a maximum is compared with maxima over as many configurations. The p-value of a task is that of a
    Monte Carlo test: the rank of the selected neurons among the draws, themselves included [1]_. It cannot be below
    1 / (1 + draws); corrected over the tasks by Benjamini and Hochberg's method [2]_, one task alone can be told from
    chance only with many draws. The test over all tasks needs fewer: if the selected neurons were as any others, the
    share of draws that they beat would lie as often so far below one half as above it, so the signs of its distance
    from one half are flipped [3]_. That takes tasks as independent, though some share neurons.

    Draws of different tasks are independent, so the draws of one number, over all tasks, are one study with random
    neurons; their rank correlations with the baseline are what the selected neurons' correlation is held against.

    Parameters
    ----------
    controls : DataFrame
        One model's rows of a table that keeps `sna.tables.CONTROLS`, of all its layers.
    categories : mapping of str to str
        The category of each task.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    ControlsResult

    References
    ----------
    .. [1] B. Phipson and G. K. Smyth, Permutation P-values Should Never Be Zero, Statistical Applications in Genetics
       and Molecular Biology 9 (2010), article 39.
    .. [2] Y. Benjamini and Y. Hochberg, Controlling the False Discovery Rate, Journal of the Royal Statistical Society
       B 57 (1995), 289-300.
    .. [3] R. A. Fisher, The Design of Experiments, 1935, section 21.
    """
    configurations = aggregate_controls(controls)
    draws = summarize_draws(configurations, settings.task_improvement)
    baselines = draws.groupby("task")["baseline"].first()
    improvements = draws.pivot(index="task", columns=["kind", "draw"], values="improvement")
    activations = configurations.pivot_table(
        index=["task", "layer", "neurons"], columns=["kind", "draw"], values="activation"
    )
    relative = activations.div(activations["selected", 0], axis="index").mean()
    selected = improvements["selected", 0]
    return ControlsResult(
        layers=_levels(configurations["layer"]),
        neurons=_levels(configurations["neurons"]),
        multipliers=_levels(configurations["multiplier"]),
        draws=improvements[KINDS[0]].shape[1],
        kinds={
            kind: compare(baselines.to_numpy(), selected, improvements[kind], relative[kind].to_numpy(), settings)
            for kind in KINDS
        },
        by_task={task: ControlledTask(categories[task], baseline) for task, baseline in baselines.items()},
    )


def _levels(column: pd.Series) -> list:
    return sorted(column.unique().tolist())


def summarize_draws(configurations: pd.DataFrame, task_improvement: TaskImprovement) -> pd.DataFrame:
    """Summarize each draw of each task over all of its configurations.

    Parameters
    ----------
    configurations : DataFrame
        From `sna.experiments.aggregation.aggregate_controls`.
    task_improvement : {"best", "mean", "median"}
        Which configuration, or which average over them, speaks for the task.

    Returns
    -------
    DataFrame
        One row a model, task, kind and draw, sorted by them, with `baseline` (probability) and `improvement` (percent).
    """
    groups = configurations.groupby(["model", "task", "kind", "draw"], as_index=False)
    return groups.agg(baseline=("baseline", "mean"), improvement=("improvement", REDUCTIONS[task_improvement]))


def correlate(baselines: np.ndarray, improvements: np.ndarray) -> np.ndarray:
    """Return Spearman's rho of baseline and improvement over tasks, for each draw.

    Parameters
    ----------
    baselines : ndarray, shape (tasks,)
    improvements : ndarray, shape (draws, tasks)

    Returns
    -------
    ndarray, shape (draws,)
        NaN with fewer than 4 tasks, or where all baselines or all improvements are equal.
    """
    rhos = np.full(len(improvements), np.nan)
    if len(baselines) >= FEWEST_TASKS and np.ptp(baselines) > 0:
        varied = np.ptp(improvements, axis=-1) > 0
        rhos[varied] = spearman(baselines, improvements[varied])
    return rhos


def compare(
    baselines: np.ndarray, selected: pd.Series, drawn: pd.DataFrame, activations: np.ndarray, settings: Statistics
) -> Comparison:
    """Compare the selected neurons with draws of one kind.

    Parameters
    ----------
    baselines : ndarray, shape (tasks,)
        Probabilities.
    selected : Series, shape (tasks,)
        The selected neurons' improvement in percent, by task.
    drawn : DataFrame, shape (tasks, draws)
        That of each draw.
    activations : ndarray, shape (draws,)
        Each draw's mean activation, as a share of the selected neurons'.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Comparison
    """
    beaten = drawn.lt(selected, axis="index")
    pvalues = (1 + (~beaten).sum(axis="columns")) / (1 + drawn.shape[1])
    corrected = pd.Series(stats.false_discovery_control(pvalues, method="bh"), index=pvalues.index)
    shares = beaten.mean(axis="columns")
    return Comparison(
        by_task={
            task: TaskControl(
                selected=float(selected[task]),
                drawn=_central(draws.to_numpy(), np.mean, settings),
                share_beaten=float(shares[task]),
                pvalue=float(pvalues[task]),
                pvalue_corrected=float(corrected[task]),
                draws=draws.to_list(),
            )
            for task, draws in drawn.iterrows()
        },
        tasks=len(drawn),
        tasks_beaten=int((corrected < 1 - settings.confidence_level).sum()),
        correction="Benjamini-Hochberg",
        overall=_test_overall(shares.to_numpy(), settings),
        rho=_compare_rho(baselines, selected.to_numpy(), drawn.to_numpy().T, settings),
        activation=_central(activations, np.mean, settings),
    )


def _test_overall(shares: np.ndarray, settings: Statistics) -> Overall:
    """Test whether the mean share of draws beaten is above one half; a single task has no such test."""
    pvalue = None if len(shares) == 1 else sign_flip_pvalue(shares - 0.5, settings, alternative="greater")
    return Overall(float(shares.mean()), pvalue)


def _compare_rho(baselines: np.ndarray, selected: np.ndarray, drawn: np.ndarray, settings: Statistics) -> RhoControl:
    [observed] = correlate(baselines, selected[None])
    rhos = correlate(baselines, drawn)
    found = rhos[np.isfinite(rhos)]
    return RhoControl(
        selected=defined(observed),
        drawn=_central(found, np.median, settings),
        share_as_negative=float(np.mean(found <= observed)) if found.size and np.isfinite(observed) else None,
        draws=[defined(rho) for rho in rhos],
    )


def _central(draws: np.ndarray, middle: Callable[[np.ndarray], float], settings: Statistics) -> Estimate:
    """Return the mean or median of the draws with the interval that holds the middle ones of them."""
    if not draws.size:
        return UNDEFINED
    return Estimate(defined(middle(draws)), *percentile_interval(draws, settings.confidence_level))


def tabulate_controls(results: Mapping[str, ControlsResult]) -> pd.DataFrame:
    """Tabulate the selected neurons against random ones.

    Parameters
    ----------
    results : mapping of str to ControlsResult
        By model.

    Returns
    -------
    DataFrame
        One row a model, kind of draws and task. `selected` and `drawn` are improvements in percent, the latter the mean
        over the draws with the ends of their central interval; `share_beaten` is a share of the draws;
        `pvalue_corrected` is corrected as `correction` says.
    """
    return pd.DataFrame(
        [
            {
                "model": model,
                "kind": kind,
                "task": task,
                "selected": found.selected,
                **found.drawn.columns("drawn"),
                "share_beaten": found.share_beaten,
                "pvalue": found.pvalue,
                "pvalue_corrected": found.pvalue_corrected,
                "correction": comparison.correction,
            }
            for model, measured in results.items()
            for kind, comparison in measured.kinds.items()
            for task, found in comparison.by_task.items()
        ]
    )
