"""What amplification does to answers, and to what the model is confident of, over the prompts of one or all tasks."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from sna.experiments.aggregation import improvement
from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate, estimate
from sna.statistics.fresh import Answers, FreshConfident
from sna.statistics.fresh_prompts import TaskPrompts

#: A prompt whose target has this probability or more counts as one that the model is confident of: all other
#: continuations together are less likely then.
CONFIDENT = 0.5


def answers_of_task(task: TaskPrompts, settings: Statistics) -> Answers:
    """Count the answers of a task that amplification puts right and breaks.

    Parameters
    ----------
    task : TaskPrompts
        With random controls.
    settings : Statistics
        How uncertainty is measured: by bootstrap over prompts.

    Returns
    -------
    Answers
    """
    return _count([task], lambda shares: estimate(shares, np.mean, settings))


def answers_over_tasks(tasks: Sequence[TaskPrompts], settings: Statistics) -> Answers:
    """Count the answers of several tasks that amplification puts right and breaks.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
        Each with random controls.
    settings : Statistics
        How uncertainty is measured: by t intervals over tasks.

    Returns
    -------
    Answers
    """
    return _count(tasks, lambda shares: mean_over_prompts(shares, settings))


def _count(tasks: Sequence[TaskPrompts], average: Callable[[list[np.ndarray]], Estimate]) -> Answers:
    put_right = [task.top_amplified[~task.top].astype(float) for task in tasks]
    broken = [1.0 - task.top_amplified[task.top] for task in tasks]
    by_random = [_top_by_random(task) for task in tasks]
    return Answers(
        wrong=sum(map(len, put_right)),
        right=sum(map(len, broken)),
        put_right=average(put_right),
        broken=average(broken),
        put_right_by_random=_mean([top[~task.top] for task, top in zip(tasks, by_random, strict=True)]),
        broken_by_random=_mean([1 - top[task.top] for task, top in zip(tasks, by_random, strict=True)]),
    )


def _top_by_random(task: TaskPrompts) -> np.ndarray:
    """Return for each prompt under what share of the random draws its target is the most likely continuation."""
    random = task.controls["random"]
    return random.by_prompt(random.top)


def _mean(values: Sequence[np.ndarray]) -> float | None:
    pooled = np.concatenate([np.empty(0), *values])
    pooled = pooled[np.isfinite(pooled)]
    return float(pooled.mean()) if pooled.size else None


def net_put_right(tasks: Sequence[TaskPrompts], settings: Statistics) -> Estimate:
    """Measure by how much more answers are right under the selected neurons than under random ones.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
        Each with random controls.
    settings : Statistics
        How uncertainty is measured: by t intervals over tasks.

    Returns
    -------
    Estimate
        A share of all prompts.
    """
    return mean_over_prompts([task.top_amplified - _top_by_random(task) for task in tasks], settings)


def measure_confident(tasks: Sequence[TaskPrompts], settings: Statistics) -> FreshConfident:
    """Measure what amplification does to the prompts of which the model is confident, and to the others.

    Parameters
    ----------
    tasks : sequence of TaskPrompts
        Each with random controls.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    FreshConfident
    """
    confident = [task.baseline >= CONFIDENT for task in tasks]
    sums = np.array(
        [
            (task.probability[sure].sum(), task.baseline[sure].sum())
            for task, sure in zip(tasks, confident, strict=True)
            if sure.any()
        ]
    ).reshape(-1, 2)
    differences = []
    for task, sure in zip(tasks, confident, strict=True):
        random = task.controls["random"]
        differences.append((task.logit_gain - random.by_prompt(random.logit_gain))[~sure])
    return FreshConfident(
        threshold=CONFIDENT,
        n=sum(int(sure.sum()) for sure in confident),
        n_others=sum(int((~sure).sum()) for sure in confident),
        improvement=estimate(list(sums.T), _improvement_of_sums, settings),
        difference=mean_over_prompts(differences, settings),
    )


def _improvement_of_sums(probability: np.ndarray, baseline: np.ndarray, axis: int) -> np.ndarray:
    return improvement(probability.sum(axis=axis), baseline.sum(axis=axis))


def mean_over_prompts(values: Sequence[np.ndarray], settings: Statistics) -> Estimate:
    """Return the mean over the prompts of several tasks, which are a random factor: the t interval is over them.

    The mean is a ratio: of the sum over the prompts to their number. Its standard error is the usual one of a ratio of
    sums over clusters [1]_, with Student's t for as many tasks: of a dozen, a bootstrap's percentiles are too narrow.

    Parameters
    ----------
    values : sequence of ndarray, shape (prompts,)
        One array a task; what is NaN is left out.
    settings : Statistics
        The confidence level.

    Returns
    -------
    Estimate
        Without an interval if only one task has any values.

    References
    ----------
    .. [1] W. G. Cochran, Sampling Techniques, 3rd ed., 1977, chapter 9A.
    """
    usable = [own[np.isfinite(own)] for own in values]
    sums = np.array([own.sum() for own in usable if own.size])
    counts = np.array([own.size for own in usable if own.size])
    n, total = len(sums), counts.sum()
    if not n:
        return UNDEFINED
    mean = float(sums.sum() / total)
    if n == 1:
        return Estimate(mean, None, None)
    error = np.sqrt(n / (n - 1) * np.sum((sums - mean * counts) ** 2)) / total
    margin = float(stats.t.ppf((1 + settings.confidence_level) / 2, n - 1) * error)
    return Estimate(mean, mean - margin, mean + margin)
