"""Made-up evidence on one model: what the statistics files hold, in the shape in which claims and questions name it."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

KINDS = ("arithmetic", "logic", "semantics", "coding")
TASKS = [f"task {number}" for number in range(12)]
UNDEFINED = {"value": None, "low": None, "high": None}


def estimate(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


def zone(
    n: int = 4,
    mean: tuple[float, float, float] = (20, 10, 30),
    best: tuple[float, float, float] = (40, 30, 50),
    share: float = 0.5,
) -> dict[str, Any]:
    """Return a zone of `n` tasks."""
    return {
        "n": n,
        "tasks": TASKS[:n],
        "mean": estimate(*mean) if n else UNDEFINED,
        "best": estimate(*best) | {"task": TASKS[0]} if n else None,
        "share_above_negligible": share if n else None,
    }


def category(
    layer: int = 5, low: int = 4, high: int = 6, gain: tuple[float, float, float] = (20, 10, 30)
) -> dict[str, Any]:
    """Return the best layer of a category."""
    return {
        "layer": layer, "depth": 0.5, "gain": estimate(*gain), "layer_low": low, "layer_high": high, "tasks": 2
    }  # fmt: skip


def statement(
    log_probability: tuple[float, float, float] = (-0.1, -0.2, -0.05),
    improvement: tuple[float, float, float] = (1, -2, 4),
    layer: int = 8,
) -> dict[str, Any]:
    """Return what one category's neurons do to another's tasks; layer 8 was asked for."""
    return {
        "layer": layer,
        "asked_layer": 8,
        "depth": 0.7,
        "sources": TASKS[:4],
        "tasks": TASKS[4:6],
        "improvement": estimate(*improvement),
        "log_probability": estimate(*log_probability),
        "perplexity": {"before": 20.0, "after": 22.1},
    }


def reviews(n: int = 100, difference: tuple[float, float, float] = (5, 2, 8), **edges: float) -> dict[str, Any]:
    """Return how `n` reviews are classified."""
    compared = {"n": n, "before": 0.6, "after": 0.65, "difference": estimate(*difference), "pvalue": 0.03}
    nothing = {"n": 0, "before": None, "after": None, "difference": UNDEFINED, "pvalue": None}
    found = compared if n else nothing
    return found | {
        "pvalue_corrected": None, "probability_difference": estimate(2, 1, 3) if n else UNDEFINED, **edges
    }  # fmt: skip


def control(tasks: int = 12, rho: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the comparison of the selected neurons with one kind of draws."""
    own = {"selected": 30.0, "drawn": estimate(10, 5, 20), "share_beaten": 0.9, "pvalue": 0.02, "pvalue_corrected": 0.1}
    found = {"selected": -0.6, "drawn": estimate(-0.5, -0.8, 0.1), "share_as_negative": 0.25}
    return {
        "by_task": dict.fromkeys(TASKS[:tasks], own),
        "tasks": tasks,
        "tasks_beaten": tasks // 2,
        "correction": "Benjamini-Hochberg",
        "overall": {"share_beaten": 0.8, "pvalue": 0.01},
        "rho": found if rho is None else rho,
        "activation": estimate(0.5, 0.4, 0.6),
    }


_FIT = {"r_squared": 0.5, "adjusted_r_squared": 0.4, "predicted_r_squared": 0.3, "pvalue": 0.01}
_PREDICTORS = {"n": 12, "baseline": _FIT, "category": _FIT, "difference": estimate(0.3, 0.1, 0.5)}

#: A study on the paper's own model in which most of what the paper says is so.
EVIDENCE = {
    "model": {"name": "gpt2-medium", "layers": 24},
    "study": {"name": "paper", "models": 2, "planned": 24192, "experiments": 24192},
    "saturation": {"n": 12, "rho": estimate(-0.7, -0.9, -0.2), "pvalue": 0.01, "task_improvement": "best"},
    "zones": {"boundaries": [0.07, 0.1], "negligible": 7.0, "zones": {"1": zone(), "2": zone(0), "3": zone()}},
    "held_out": {
        "n": 12,
        "rho": estimate(-0.5, -0.8, 0.1),
        "pvalue": 0.1,
        "by_task": {task: {"in_sample": 40.0, "held_out": estimate(12, 3, 20)} for task in TASKS},
        "zones": {"1": zone(mean=(12, 3, 20)), "2": zone(0), "3": zone(share=0.25)},
    },
    "predictors": _PREDICTORS,
    "layers": {
        "layers": 24,
        "by_category": {kind: category() for kind in KINDS},
        "by_task": {task: {} for task in TASKS},
        "specialization": {"statistic": 0.5, "pvalue": 0.01, "method": "permutation test"},
    },
    "controls": {
        "layers": [2, 12, 22], "neurons": [50], "multipliers": [1.5, 3.0], "draws": 20,
        "kinds": {"random": control(), "matched": control()},
    },
    "null_model": {
        "n": 12,
        "rho": -0.7,
        "shift": 0.3,
        "rho_constant_shift": -1.0,
        "rho_shuffled": estimate(-0.6, -0.9, -0.1),
        "pvalue": 0.3,
        "more_than_null": False,
        "logit": {"rho": estimate(-0.2, -0.6, 0.3), "pvalue": 0.4},
        "per_prompt": {
            "n": 144,
            "rho": estimate(-0.2, -0.4, 0.1),
            "rho_improvement": estimate(-0.5, -0.7, -0.3),
            "within_tasks": {"r": -0.1, "low": -0.3, "high": 0.1, "pvalue": 0.2},
            "by_task": dict.fromkeys(TASKS, -0.1) | {TASKS[0]: None},
        },
        "predictors": _PREDICTORS,
    },
    "zone_fit": {
        "n": 12,
        "breakpoint": estimate(0.08, 0.05, 0.3),
        "slope_below": -20.0,
        "slope_above": -2.0,
        "r_squared": 0.7,
        "r_squared_line": 0.6,
        "pvalue": 0.2,
        "contains": {"0.07": True, "0.1": True},
    },
    "interference": {
        "pairs": 132, "harmed": 40, "helped": 20, "correction": "Benjamini-Hochberg",
        "statements": {"arithmetic-on-poetry": statement(), "semantics-on-arithmetic": statement()},
    },
    "reviews": {
        "reviews": "sst2",
        "n": {"selection": 100, "tuning": 60, "test": 400},
        "tried": 45,
        "configuration": {"layer": 5, "neurons": 50, "multiplier": 2.0},
        "accuracy": reviews(400),
        "uncertain": reviews(low=0.5, high=0.6),
        "confident": reviews(difference=(0.5, -1, 1.5), low=0.9, high=1.0),
        "by_label": {"negative": reviews(200), "positive": reviews(200)},
        "predicted_positive": {"before": 0.8, "after": 0.6},
        "shift_only": reviews(400) | {"threshold": 0.6, "uncertain": reviews(low=0.5, high=0.6)},
    },
    "golden_zone": {"share": 0.5, "by_task": {task: {"stability": 0.6, "stability_by_chance": 0.3} for task in TASKS}},
    "reversibility": {
        "parameters_unchanged": True, "outputs_identical": True, "outputs_amplified_differ": True, "prompts": 9
    },
}  # fmt: skip


def evidence(changes: Mapping[str, Any], base: Mapping[str, Any] = EVIDENCE) -> dict[str, Any]:
    """Return evidence with some of it changed; a key is a path such as ``zones/zones/1``."""
    changed = deepcopy(dict(base))
    for path, value in changes.items():
        *parents, last = path.split("/")
        place = changed
        for parent in parents:
            place = place[parent]
        place[last] = value
    return changed


_NO_RHO = {"selected": None, "drawn": UNDEFINED, "share_as_negative": None}

#: What three tasks of three categories, in three layers of another model, leave of it.
SMOKE = evidence(
    {
        "model": {"name": "smollm2-135m", "layers": 30},
        "study": {"name": "smoke", "models": 1, "planned": 36, "experiments": 36},
        "saturation": {"n": 3, "rho": UNDEFINED, "pvalue": None, "task_improvement": "best"},
        "zones/zones": {"1": zone(0), "2": zone(1), "3": zone(2)},
        "held_out/n": 3,
        "held_out/rho": UNDEFINED,
        "held_out/by_task": {task: EVIDENCE["held_out"]["by_task"][task] for task in TASKS[:3]},
        "held_out/zones": {"1": zone(0), "2": zone(1), "3": zone(2)},
        "predictors/n": 3,
        "predictors/difference": UNDEFINED,
        "layers/layers": 3,
        "layers/by_category": {kind: category() for kind in KINDS[:3]},
        "layers/by_task": {task: {} for task in TASKS[:3]},
        "layers/specialization": {"statistic": None, "pvalue": None, "method": None},
        "controls/kinds": {"random": control(3, _NO_RHO), "matched": control(3, _NO_RHO)},
        "null_model/n": 3,
        "null_model/rho": None,
        "null_model/rho_constant_shift": None,
        "null_model/rho_shuffled": UNDEFINED,
        "null_model/pvalue": None,
        "null_model/more_than_null": None,
        "null_model/logit": {"rho": UNDEFINED, "pvalue": None},
        "zone_fit/n": 3,
        "zone_fit/breakpoint": UNDEFINED,
        "zone_fit/pvalue": None,
        "zone_fit/contains": {"0.07": None, "0.1": None},
        "interference/statements": {"arithmetic-on-poetry": statement(layer=5), "semantics-on-arithmetic": None},
        "reviews/reviews": "vader-snippets",
        "reviews/uncertain": reviews(4, low=0.5, high=0.6),
        "reviews/confident": reviews(0, low=0.9, high=1.0),
        "golden_zone/by_task": {task: {"stability": None, "stability_by_chance": None} for task in TASKS[:3]},
    }
)


def in_ascii(text: str) -> str:
    """Return a text with plain spaces, hyphens for minus signs, and rho in letters."""
    signs = {"\N{NO-BREAK SPACE}": " ", "\N{MINUS SIGN}": "-", "\N{GREEK SMALL LETTER RHO}": "rho"}
    return text.translate(str.maketrans(signs))
