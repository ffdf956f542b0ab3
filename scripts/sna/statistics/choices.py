"""How much hangs on choices that the paper leaves open? The same figure under all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.experiments.sweep import Sweep
from sna.inputs.config import Statistics
from sna.statistics.estimate import defined
from sna.statistics.specifications import ALL, OWN, SUMMARIES, correlate

#: A sweep over so many layers is one that a study with less time would have made.
FEW_LAYERS = 6
#: Draws of them. The median of so many is sure to a few hundredths.
_DRAWS = 499


@dataclass(frozen=True)
class Curve:
    """One figure under many specifications: combinations of choices.

    Attributes
    ----------
    n : int
        How many specifications define the figure.
    paper : float
        The paper's figure.
    as_ours : float or None
        The figure under the study's own choices.
    low, median, high : float or None
        The least, the median and the largest.
    share_negative, share_positive : float or None
        Shares of the specifications whose figure is below, and above, 0.
    share_significant : float or None
        Share whose figure is on the side of 0 on which the paper's is, with p below 1 less the confidence level.
    share_below_paper : float or None
        Share whose figure is below the paper's.
    """

    n: int
    paper: float
    as_ours: float | None
    low: float | None
    median: float | None
    high: float | None
    share_negative: float | None
    share_positive: float | None
    share_significant: float | None
    share_below_paper: float | None


@dataclass(frozen=True)
class Start:
    """What fresh prompts give, all else chosen as in the study, where texts begin in one way.

    Attributes
    ----------
    rho : float or None
        Spearman's, of baseline and improvement over tasks.
    zone1_tasks : int
        How many tasks lie in zone 1.
    zone1_mean : float or None
        Their mean improvement, in percent.
    """

    rho: float | None
    zone1_tasks: int
    zone1_mean: float | None


@dataclass(frozen=True)
class Choices:
    """The rank correlation of baseline and improvement, and the mean improvement in zone 1, under all choices.

    Attributes
    ----------
    rho, zone1_mean : Curve
        Over the specifications of the sweep. Rho is Spearman's; the mean is in percent.
    fresh_rho, fresh_zone1_mean : Curve
        Over those of the chosen configurations on fresh prompts.
    grid : dict
        Rho, as the study measures it, on parts of its grid, by the part's name; None where it is undefined.
    starts : dict
        By how texts begin, `sna.statistics.specifications.AS_HERE` or `OTHERWISE`; the latter is missing where the
        model's tokenizer has no start token.
    """

    rho: Curve
    zone1_mean: Curve
    fresh_rho: Curve
    fresh_zone1_mean: Curve
    grid: dict[str, float | None]
    starts: dict[str, Start]


def summarize_choices(
    specifications: pd.DataFrame, sweep: Sweep, paper: Mapping[str, float], settings: Statistics
) -> Choices:
    """Summarize what the figures are under all specifications [1]_ [2]_.

    Specifications share their data, so that shares of them are no probabilities: they say how far a result hangs on
    choices, not how likely it is to be true.

    Parameters
    ----------
    specifications : DataFrame
        One model's rows of a table that keeps `sna.tables.SPECIFICATIONS`.
    sweep : Sweep
        The same model's.
    paper : mapping of str to float
        The paper's `rho` and `zone1_mean`.
    settings : Statistics
        The task's improvement, the confidence level and the seed.

    Returns
    -------
    Choices

    References
    ----------
    .. [1] U. Simonsohn, J. P. Simmons and L. D. Nelson, Specification Curve Analysis, Nature Human Behaviour 4 (2020),
       1208-1214.
    .. [2] S. Steegen, F. Tuerlinckx, A. Gelman and W. Vanpaemel, Increasing Transparency through a Multiverse Analysis,
       Perspectives on Psychological Science 11 (2016), 702-712.
    """
    parts = {name: specifications[specifications["measured"] == name] for name in ("sweep", "fresh")}
    return Choices(
        **{
            f"{prefix}{figure}": _summarize(rows, figure, paper[figure], settings)
            for prefix, rows in (("", parts["sweep"]), ("fresh_", parts["fresh"]))
            for figure in ("rho", "zone1_mean")
        },
        grid=_vary_grid(parts["sweep"], sweep, settings),
        starts=_vary_start(parts["fresh"]),
    )


def _summarize(specifications: pd.DataFrame, figure: str, paper: float, settings: Statistics) -> Curve:
    known = specifications[specifications[figure].notna()]
    values, ours = known[figure].to_numpy(), known.loc[known["ours"], figure]
    as_ours = None if ours.empty else float(ours.iloc[0])
    if not len(values):
        return Curve(0, paper, as_ours, *[None] * 7)
    significant = is_significant(known, figure, paper, settings)
    return Curve(
        n=len(values),
        paper=paper,
        as_ours=as_ours,
        low=float(values.min()),
        median=float(np.median(values)),
        high=float(values.max()),
        share_negative=float(np.mean(values < 0)),
        share_positive=float(np.mean(values > 0)),
        share_significant=float(significant.mean()),
        share_below_paper=float(np.mean(values < paper)),
    )


def is_significant(specifications: pd.DataFrame, figure: str, paper: float, settings: Statistics) -> np.ndarray:
    """Tell which specifications find what the paper finds: its sign, and a p-value below 1 less the confidence level.

    Parameters
    ----------
    specifications : DataFrame
        A table that keeps `sna.tables.SPECIFICATIONS`.
    figure : {"rho", "zone1_mean"}
    paper : float
        The paper's figure.
    settings : Statistics
        The confidence level.

    Returns
    -------
    ndarray of bool, shape (specifications,)
    """
    pvalue = specifications[f"{figure.removesuffix('_mean')}_pvalue"]
    same_side = specifications[figure] * paper > 0
    return (same_side & (pvalue < 1 - settings.confidence_level)).to_numpy()


def _vary_grid(specifications: pd.DataFrame, sweep: Sweep, settings: Statistics) -> dict[str, float | None]:
    """Return rho by the study's own choices, but with smaller grids."""
    own = OWN | {"configuration": settings.task_improvement}
    others = [name for name in own if name != "multipliers"]
    rows = specifications[np.all([specifications[name] == own[name] for name in others], axis=0)]
    by_multipliers = rows.set_index("multipliers")["rho"]
    found = {f"multipliers {name}": defined(by_multipliers[name]) for name in sorted(set(by_multipliers.index) - {ALL})}
    found["all multipliers"] = defined(by_multipliers[ALL])
    if len(sweep.layers) > FEW_LAYERS:
        found[f"{FEW_LAYERS} layers at random"] = _draw_layers(sweep, settings)
    return found


def _vary_start(specifications: pd.DataFrame) -> dict[str, Start]:
    """Return what fresh prompts give by the study's own choices, however texts begin."""
    own = {name: OWN[name] for name in ("ratio", "score", "prompts")}
    rows = specifications[np.all([specifications[name] == choice for name, choice in own.items()], axis=0)]
    return {
        row.start: Start(defined(row.rho), int(row.zone1_tasks), defined(row.zone1_mean)) for row in rows.itertuples()
    }


def _draw_layers(sweep: Sweep, settings: Statistics) -> float | None:
    """Return the median rho over draws of a few of the layers."""
    rng = np.random.default_rng(settings.seed)
    layer = sweep.configurations["layer"].to_numpy()
    percent = np.stack([task.improvements() for task in sweep.tasks])
    summarize = SUMMARIES[settings.task_improvement]
    drawn = [np.isin(layer, rng.choice(sweep.layers, FEW_LAYERS, replace=False)) for _ in range(_DRAWS)]
    improvements = np.stack([summarize(percent[:, mask], axis=1) for mask in drawn])
    baselines = np.tile([task.baseline.mean() for task in sweep.tasks], (_DRAWS, 1))
    rhos = correlate(baselines, improvements)["rho"]
    return defined(np.median(rhos[np.isfinite(rhos)])) if np.isfinite(rhos).any() else None
