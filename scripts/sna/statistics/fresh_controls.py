"""Do a task's selected neurons do more on fresh prompts than random ones, and than other controls?"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics
from sna.statistics.estimate import Estimate, mean_estimate, percentile_interval
from sna.statistics.fresh import Against
from sna.statistics.fresh_prompts import Controls, TaskPrompts
from sna.statistics.logits import bounded

#: How the tasks' p-values are corrected.
CORRECTION = "Benjamini-Hochberg"

#: At which quantiles of its distribution the spread of controls is taken.
_QUANTILES = (np.arange(16) + 0.5) / 16


def compare_with_controls(tasks: Sequence[TaskPrompts], kind: str, settings: Statistics) -> dict[str, Against]:
    """Compare the selected neurons with controls of one kind, on the same prompts.

    The p-value is that of a Monte Carlo test: the rank of the selected neurons among the controls, themselves included
    [1]_. A control is measured on a block of a few prompts only, whose noise would hide a small advantage: even if the
    selected neurons did more on every prompt, they would not beat nearly all controls block by block. So controls are
    ranked by what they would give on all prompts (`gains_on_all_prompts`), and each counts by the probability that it
    is at least as good, given the noise of the mean difference over all prompts, and averaged over how far the controls
    may spread. P-values are corrected over the tasks by Benjamini and Hochberg's method [2]_.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
    kind : str
        One of `sna.statistics.fresh_prompts.CONTROLS`.
    settings : Statistics
        The confidence level.

    Returns
    -------
    dict of str to Against
        By task; tasks without such controls are left out.

    References
    ----------
    .. [1] B. Phipson and G. K. Smyth, Permutation P-values Should Never Be Zero, Statistical Applications in Genetics
       and Molecular Biology 9 (2010), article 39.
    .. [2] Y. Benjamini and Y. Hochberg, Controlling the False Discovery Rate, Journal of the Royal Statistical Society
       B 57 (1995), 289-300.
    """
    compared = {task.name: _compare(task, task.controls[kind], settings) for task in tasks if kind in task.controls}
    if not compared:
        return {}
    corrected = stats.false_discovery_control([against.pvalue for against in compared.values()], method="bh")
    return {
        task: replace(against, pvalue_corrected=float(pvalue))
        for (task, against), pvalue in zip(compared.items(), corrected, strict=True)
    }


def _compare(task: TaskPrompts, controls: Controls, settings: Statistics) -> Against:
    """Compare the selected neurons of one task with its controls; the p-value is not corrected."""
    differences = task.logit_gain - controls.by_prompt(controls.logit_gain)
    differences = differences[np.isfinite(differences)]
    gains, plausible = gains_on_all_prompts(controls)
    pvalue = _rank(differences, plausible)
    return Against(
        draws=controls.draws,
        logit_gain=_describe(gains, settings),
        improvement=_describe(_improvements(task, controls), settings),
        difference=mean_estimate(differences, settings),
        share_beaten=_share_beaten(task, controls),
        pvalue=pvalue,
        pvalue_corrected=pvalue,
    )


def gains_on_all_prompts(controls: Controls) -> tuple[np.ndarray, np.ndarray]:
    """Estimate what mean logit gain each control would have on all prompts.

    Controls of one block are measured on the same prompts. Their means differ because they are different controls, and
    by the noise that is left when the prompts' own effects are taken away; an analysis of variance tells the two
    variances apart [1]_. Where no block has two controls, the prompts' effects are noise too. Each mean is drawn
    towards that of all controls, so far that they spread by the first of the two variances alone.

    That variance is an estimate. What it may be instead follows from the distribution of its sum of squares, which is
    that of chi squared [2]_.

    Parameters
    ----------
    controls : Controls

    Returns
    -------
    gains : ndarray, shape (draws,)
    plausible : ndarray, shape (spreads, draws)
        The same for spreads that are as likely as one another.

    References
    ----------
    .. [1] S. R. Searle, G. Casella and C. E. McCulloch, Variance Components, 1992, chapter 4.
    .. [2] S. Weerahandi, Generalized Confidence Intervals, Journal of the American Statistical Association 88 (1993),
       899-905.
    """
    gain, draw, prompt, block = controls.logit_gain, controls.draw, controls.prompt, controls.blocks()
    means = controls.by_draw(gain)
    if means.size == 1:
        return means, means[None]
    if block.max() + 1 == means.size:
        prompt = block = np.zeros_like(block)
    of_block = _average(gain, block)
    away = means[draw] - of_block
    noise = gain - of_block - away - (_average(gain, prompt) - of_block)
    freedom = means.size - (block.max() + 1)
    between = np.sum(away**2) / freedom
    within = np.sum(noise**2) / max(gain.size - np.unique(prompt).size - freedom, 1)
    # Distances from the mean of a block of few controls are shorter than those from the mean of all.
    distances = controls.by_draw(away) * np.sqrt((means.size - 1) / freedom)

    def draw_in(total: np.ndarray) -> np.ndarray:
        own = np.maximum(total - within, 0) / between if between > 0 else np.zeros_like(total)
        return means.mean() + np.sqrt(own)[:, None] * distances

    return draw_in(np.array([between]))[0], draw_in(between * freedom / stats.chi2.ppf(_QUANTILES, freedom))


def _average(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return for each value the mean of its group."""
    return (np.bincount(group, values) / np.maximum(np.bincount(group), 1))[group]


def _rank(differences: np.ndarray, gains: np.ndarray) -> float:
    """Return the p-value of the mean difference among the controls' own gains, averaged over their plausible spreads.

    Parameters
    ----------
    differences : ndarray, shape (prompts,)
    gains : ndarray, shape (spreads, draws)

    Returns
    -------
    float
        1 where the noise of the difference is unknown.
    """
    if differences.size < 2:
        return 1.0
    draws = gains.shape[1]
    noise = np.sqrt(differences.var(ddof=1) / differences.size + gains.var(axis=1, keepdims=True) / draws)
    ahead = gains - gains.mean(axis=1, keepdims=True) - differences.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        as_good = np.where(noise > 0, stats.norm.cdf(ahead / noise), ahead >= 0)
    return float((1 + as_good.sum(axis=1).mean()) / (1 + draws))


def _improvements(task: TaskPrompts, controls: Controls) -> np.ndarray:
    probability, baseline = controls.probability, task.baseline[controls.prompt]
    return improvement(bounded(controls.by_draw(probability)), bounded(controls.by_draw(baseline)))


def _describe(values: np.ndarray, settings: Statistics) -> Estimate:
    """Return the mean of what controls give, with the interval that holds the middle ones of them."""
    return Estimate(float(values.mean()), *percentile_interval(values, settings.confidence_level))


def _share_beaten(task: TaskPrompts, controls: Controls) -> float:
    selected = controls.by_draw(task.logit_gain[controls.prompt])
    return float(np.mean(controls.by_draw(controls.logit_gain) < selected))
