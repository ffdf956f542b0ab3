"""All that is said of amplification beside what one would do instead, of one model, and its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sna.inputs.alternatives import AMPLIFIED, NOTHING, in_order, title_of
from sna.inputs.config import Statistics
from sna.statistics.alternatives import Alternatives, Method, TaskUnder, Versus
from sna.statistics.better import CORRECTION, Calls, NoiseRates, call, count_noise
from sna.statistics.estimate import (
    UNDEFINED,
    Estimate,
    bootstrap_distribution,
    defined,
    mean_estimate,
    percentile_interval,
)
from sna.statistics.logits import logit_gain


@dataclass(frozen=True)
class _Task:
    """A task's fresh prompts under each method, (methods, prompts): the target's probability, what its logit gains, and
    whether it is the most likely continuation."""

    name: str
    category: str
    probability: np.ndarray
    gains: np.ndarray
    top: np.ndarray


def analyze_alternatives(
    answers: pd.DataFrame, prose: pd.DataFrame, methods: pd.DataFrame, studies: int, settings: Statistics
) -> Alternatives:
    """Compare all methods with doing nothing and with amplification, over tasks.

    Parameters
    ----------
    answers, prose, methods : DataFrame
        One model's rows of tables that keep `sna.tables.ALTERNATIVES`, `sna.tables.ALTERNATIVES_PROSE` and
        `sna.tables.ALTERNATIVES_METHODS`.
    studies : int
        How many studies are simulated in which no method does anything.
    settings : Statistics
        How uncertainty is measured.

    Returns
    -------
    Alternatives
    """
    names = in_order(methods["method"].unique())
    tasks = [_arrange(task, rows, names) for task, rows in answers.groupby("task")]
    versus, noise = {}, {}
    for reference in (NOTHING, AMPLIFIED):
        versus[reference], noise[reference] = _compare(tasks, names, reference, studies, settings)
    by_method = dict(iter(methods.groupby("method")))
    read = {name: float(rows["read"].mean()) for name, rows in by_method.items()}
    surprisals = _surprisals(prose)
    found = {
        name: Method(
            title=title_of(name),
            probability=_mean([task.probability[place].mean() for task in tasks]),
            accuracy=_mean([task.top[place].mean() for task in tasks]),
            perplexity=float(np.exp(surprisals[name].mean())),
            perplexity_ratio=_exponential(mean_estimate(surprisals[name] - surprisals[NOTHING], settings)),
            stored=float(by_method[name]["stored"].median()),
            prepared=float(by_method[name]["prepared"].median()),
            read=read[name] / read[NOTHING],
            versus={reference: compared.get(name) for reference, compared in versus.items()},
            by_task=_describe_tasks(tasks, place, by_method[name].set_index("task")["chosen"]),
        )
        for place, name in enumerate(names)
    }
    return Alternatives(
        n=len(tasks),
        prompts=min(task.gains.shape[1] for task in tasks),
        simulated=studies,
        noise_any=noise,
        correction=CORRECTION,
        methods=found,
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _exponential(figure: Estimate) -> Estimate:
    return Estimate(*(None if end is None else float(np.exp(end)) for end in (figure.value, figure.low, figure.high)))


def _surprisals(prose: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return for each method what a token of the prose surprises by on average, in nats: one figure a task."""
    totals = prose.groupby(["method", "task"])[["log_probability", "tokens"]].sum()
    per_token = -totals["log_probability"] / totals["tokens"]
    return {name: rows.to_numpy() for name, rows in per_token.groupby("method")}


def _arrange(task: str, rows: pd.DataFrame, names: Sequence[str]) -> _Task:
    measured = rows.pivot(index="method", columns="prompt", values=["probability", "top"]).loc[list(names)]
    probability, top = (measured[column].to_numpy(dtype=float) for column in ("probability", "top"))
    gains = logit_gain(probability, probability[names.index(NOTHING)])
    return _Task(task, rows["category"].iloc[0], probability, gains, top)


def _describe_tasks(tasks: Sequence[_Task], place: int, chosen: pd.Series) -> dict[str, TaskUnder]:
    return {
        task.name: TaskUnder(
            category=task.category,
            logit=_mean(task.gains[place]),
            accuracy=100 * _mean(task.top[place] - task.top[0]),
            chosen=defined(chosen[task.name]),
        )
        for task in tasks
    }


def _compare(
    tasks: Sequence[_Task], names: Sequence[str], reference: str, studies: int, settings: Statistics
) -> tuple[dict[str, Versus], float]:
    """Compare methods with one of them; gives also how many simulated studies call at least one of them better."""
    compared = [name for name in names if name not in {NOTHING, reference}]
    places, other = [names.index(name) for name in compared], names.index(reference)
    logits = [task.gains[places] - task.gains[other] for task in tasks]
    accuracies = 100 * np.array([(task.top[places] - task.top[other]).mean(axis=1) for task in tasks]).T
    alpha = round(1 - settings.confidence_level, 10)
    means = np.array([own.mean(axis=1) for own in logits]).T
    calls = call(means, alpha)
    noise = count_noise(logits, alpha, studies, np.random.default_rng([settings.seed, *reference.encode()]))
    resampled = _resample(logits, settings)
    versus = {
        name: _versus(place, means, accuracies, resampled, calls=calls, noise=noise, settings=settings)
        for place, name in enumerate(compared)
    }
    return versus, noise.any


def _versus(
    place: int,
    means: np.ndarray,
    accuracies: np.ndarray,
    resampled: np.ndarray,
    *,
    calls: Calls,
    noise: NoiseRates,
    settings: Statistics,
) -> Versus:
    logit = mean_estimate(means[place], settings)
    of_these = percentile_interval(resampled[place], settings.confidence_level)
    return Versus(
        logit=logit,
        logit_of_these=Estimate(logit.value, *of_these),
        accuracy=mean_estimate(accuracies[place], settings),
        pvalue=float(calls.pvalues[place]),
        pvalue_corrected=float(calls.corrected[place]),
        called=calls.called[place],
        noise=float(noise.by_method[place]),
    )


def _resample(differences: Sequence[np.ndarray], settings: Statistics) -> np.ndarray:
    """Return the mean over these very tasks, of each method in each resample of their prompts, (methods, resamples)."""

    def means(*samples: np.ndarray, axis: int) -> np.ndarray:
        return np.stack([sample.mean(axis=axis) for sample in samples])

    rng = np.random.default_rng(settings.seed)
    resampled = [bootstrap_distribution(list(own), means, settings, rng=rng) for own in differences]
    return np.mean(resampled, axis=0)


def tabulate_alternatives(results: Mapping[str, Alternatives]) -> pd.DataFrame:
    """Tabulate the methods.

    Parameters
    ----------
    results : mapping of str to Alternatives
        By model.

    Returns
    -------
    DataFrame
        One row a model and method. `probability` and `accuracy` are shares of 1. What ends in `nothing` is compared
        with the model as it is, what ends in `amplified` with amplification: `logit` is in nats, `accuracy` there in
        percentage points, and `noise` the share of simulated studies in which no method does anything that call this
        one better. `read` is a multiple of what the model reads without it.
    """
    return pd.DataFrame(
        [
            {
                "model": model,
                "method": name,
                "tasks": found.n,
                "prompts": found.prompts,
                "probability": method.probability,
                "accuracy": method.accuracy,
                **_columns(method.versus[NOTHING], NOTHING),
                **_columns(method.versus[AMPLIFIED], AMPLIFIED),
                "perplexity": method.perplexity,
                **method.perplexity_ratio.columns("perplexity_ratio"),
                "stored": method.stored,
                "read": method.read,
                "prepared": method.prepared,
            }
            for model, found in results.items()
            for name, method in found.methods.items()
        ]
    )


def _columns(versus: Versus | None, reference: str) -> dict[str, float | str | None]:
    logit, of_these, accuracy = (
        (versus.logit, versus.logit_of_these, versus.accuracy) if versus else (UNDEFINED, UNDEFINED, UNDEFINED)
    )
    return {
        **logit.columns(f"logit_{reference}"),
        f"logit_{reference}_low_of_these": of_these.low,
        f"logit_{reference}_high_of_these": of_these.high,
        **accuracy.columns(f"accuracy_{reference}"),
        f"pvalue_corrected_{reference}": versus.pvalue_corrected if versus else None,
        f"called_{reference}": versus.called if versus else None,
        f"noise_{reference}": versus.noise if versus else None,
    }
