"""The verdicts on a claim, and its figures, over the models of a study."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sna.statistics.estimate import Estimate
from sna.statistics.meta_analysis import RandomEffects, Scale, combine_models, standard_error, subtract
from sna.verdicts.agreement import Agreement, compare, tested
from sna.verdicts.claims import Claim, Verdict
from sna.verdicts.comparisons import Comparison, count_observations
from sna.verdicts.words import Kind

#: Of one claim, by kind of verdict and model; nothing of a kind by which it is not judged.
Verdicts = Mapping[Kind, Mapping[str, Verdict]]


@dataclass(frozen=True)
class OverModels:
    """How the verdicts of one kind on one claim, and its figures, compare over models.

    Attributes
    ----------
    agreement : Agreement
    difference : Estimate or None
        Of the figures of the only two models on which the claim is tested, the first less the second.
    random_effects : RandomEffects or None
        What the figures of the models come to.
    """

    agreement: Agreement
    difference: Estimate | None
    random_effects: RandomEffects | None


def compare_models(
    name: str,
    claim: Claim,
    comparison: Comparison,
    verdicts: Verdicts,
    *,
    evidence: Mapping[str, Mapping[str, Any]],
    confidence_level: float,
) -> dict[Kind, OverModels]:
    """Compare the verdicts on a claim, and its figures, over several models.

    Parameters
    ----------
    name : str
        Its id.
    claim : Claim
    comparison : Comparison
        How its figures are compared.
    verdicts : mapping
        By kind and model.
    evidence : mapping
        As `sna.verdicts.claims.judge` takes it, by model.
    confidence_level : float
        Of all intervals.

    Returns
    -------
    dict of str to OverModels
        By kind of verdict; nothing for one model.

    Raises
    ------
    InputError
        If an expression of `comparison` names evidence that is not there, or cannot be evaluated with it.
    """
    if len(evidence) == 1:
        return {}
    found = {}
    for kind, by_model in verdicts.items():
        rule, summary = getattr(claim, kind), getattr(comparison, kind)
        summarized = tested(by_model, kind) if summary else {}
        figures = {
            model: Estimate(known.value, *(known.interval or (None, None))) for model, known in summarized.items()
        }
        observations = {model: count_observations(name, claim, kind, comparison, evidence[model]) for model in figures}
        difference = subtract(*figures.values()) if len(figures) == 2 else None
        found[kind] = OverModels(
            compare(kind, by_model, rule and rule.unit, difference),
            difference,
            _combine(figures, observations, summary.scale, confidence_level) if figures else None,
        )
    return found


def _combine(
    figures: Mapping[str, Estimate], observations: Mapping[str, int | None], scale: Scale, confidence_level: float
) -> RandomEffects | None:
    """Combine the figures that have a standard error, if two have."""
    errors = {
        model: standard_error(figure, observations[model], scale, confidence_level) for model, figure in figures.items()
    }
    weighed = {model: error for model, error in errors.items() if error is not None}
    if len(weighed) < 2:
        return None
    values = np.array([figures[model].value for model in weighed], dtype=float)
    return combine_models(values, [*weighed.values()], scale, confidence_level)
