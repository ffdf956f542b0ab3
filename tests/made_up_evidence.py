"""Made-up evidence on one model: what the statistics found, in the shape in which claims and questions name it."""

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any

import made_up_alternatives
from made_up_fresh_evidence import CONFIGURATION, FRESH, KINDS, PREDICTORS, TASKS, fresh_zone
from made_up_transition import TOO_SMALL, TRANSITION

from sna.statistics.choices import Choices, Curve, Start
from sna.statistics.effects import Perplexity
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.golden_zone import GoldenZones, TaskGoldenZone
from sna.statistics.held_out import HeldOut, HeldOutTask
from sna.statistics.interference import Interference
from sna.statistics.layers import BestLayer, BestLayerOfCategory, Layers, Specialization
from sna.statistics.models import BesideAnother, ModelBesideOthers
from sna.statistics.null_model import Correlation, NullModel
from sna.statistics.overlap import Overlaps
from sna.statistics.permutation import PermutationTest
from sna.statistics.repeated_measures import PerPrompt, WithinTasks
from sna.statistics.reviews import Bin, Part, Reviews
from sna.statistics.saturation import Saturation, Task
from sna.statistics.sentences import NOTHING, Comparison
from sna.statistics.specifications import AS_HERE, OTHERWISE
from sna.statistics.statements import MeasuredStatement, PairEffect, SourceEffect, StatementEffect
from sna.statistics.success import Success
from sna.statistics.thresholds import Auc, Interval, MatchedShift
from sna.statistics.together import AtOnce, Pair, Said, Together
from sna.statistics.tuning import NOT_TUNED, TunedGroup, TunedTask, Tuning
from sna.statistics.zone_fit import ZoneFit
from sna.statistics.zones import BestOfZone, Zone, ZonesResult


def tuned_group(leaving: int = 3, tuning: tuple[float, float, float] = (2.5, 1.5, 3.5)) -> TunedGroup:
    """Return four tasks after tuning, of which three lay in zone 1 before."""
    return TunedGroup(
        n=4,
        in_zone1=3,
        leaving=leaving,
        leaving_by_noise=0.02 if leaving else 1.0,
        tuning=Estimate(*tuning),
        amplified=Estimate(0.5, 0.2, 0.8),
        amplified_tuned=Estimate(0.4, 0.1, 0.7),
        held=4,
        holding=3,
        holding_by_noise=0.01,
        interaction=Estimate(-0.1, -0.4, 0.2),
        sum="cannot tell",
        sum_by_noise=0.9,
        overlap=0.8,
        overlap_of_others=0.2,
        overlap_by_noise=0.0,
        neurons="mostly the same",
    )


def zone(
    n: int = 4,
    mean: tuple[float, float, float] = (25, 15, 35),
    best: tuple[float, float, float] = (60, 45, 80),
    share: float = 0.0,
) -> Zone:
    """Return a zone of `n` tasks."""
    if not n:
        return Zone(0, [], UNDEFINED, None, None)
    return Zone(n, TASKS[:n], Estimate(*mean), BestOfZone(*best, TASKS[0]), share)


def category(
    layer: int = 5, low: int = 4, high: int = 6, gain: tuple[float, float, float] = (20, 10, 30)
) -> BestLayerOfCategory:
    """Return the best layer of a category; those from `low` to `high` cannot be told from it."""
    return BestLayerOfCategory(layer, 0.5, Estimate(*gain), confidence_set=list(range(low, high + 1)), tasks=2)


def effect(
    difference: tuple[float, float, float] = (-0.1, -0.2, -0.05),
    log_probability: tuple[float, float, float] = (-0.1, -0.2, -0.05),
    improvement: tuple[float, float, float] = (1, -2, 4),
    outside: int = 0,
    undecided: int = 0,
    *,
    acts: bool = True,
) -> StatementEffect:
    """Return what one category's neurons do to another's tasks on one set of prompts."""
    pair = PairEffect(prompts=60, improvement=Estimate(1, -10, 12), random=0.5, equivalence="undecided")
    source = SourceEffect(
        configuration=CONFIGURATION,
        own_gain=Estimate(0.3, 0.2, 0.4),
        log_probability=Estimate(*log_probability),
        random=-0.02,
        difference=Estimate(*difference),
        draws=20,
        share_above=0.9,
        tasks=dict.fromkeys(TASKS[4:6], pair),
    )
    return StatementEffect(
        prompts=60,
        log_probability=Estimate(*log_probability),
        random=-0.02,
        difference=Estimate(*difference),
        perplexity=Perplexity(before=20.0, after=22.1),
        improvement=Estimate(*improvement),
        inside=8 - outside - undecided,
        outside=outside,
        undecided=undecided,
        own_gain=Estimate(0.3, 0.2, 0.4),
        acts=acts,
        sources=dict.fromkeys(TASKS[:4], source),
    )


def statement(found: StatementEffect | None = None, layer: int = 8) -> MeasuredStatement:
    """Return what one category's neurons do to another's tasks; layer 8 was asked for."""
    found = found or effect()
    return MeasuredStatement(
        layer=layer, asked_layer=8, depth=0.7, margin=7.0, tasks=TASKS[4:6], measured=found, fresh=found
    )


def reviews(
    n: int = 1000,
    difference: tuple[float, float, float] = (5, 2, 8),
    beyond_shift: tuple[float, float, float] = (3, 1, 5),
    auc: tuple[float, float, float] = (0.02, 0.01, 0.03),
    before: float = 0.4,
) -> Comparison:
    """Return how `n` reviews are classified."""
    if not n:
        return NOTHING
    return Comparison(
        n=n,
        before=before,
        after=before + difference[0] / 100,
        difference=Estimate(*difference),
        reachable=100 * (1 - before),
        pvalue=0.03,
        pvalue_corrected=None,
        probability_difference=Estimate(2, 1, 3),
        before_interval=None,
        after_interval=None,
        shift=MatchedShift(0.6, 0.45, Interval(0.4, 0.5), Estimate(*beyond_shift), 0.03),
        auc=Auc(0.8, 0.82, Estimate(*auc)),
    )


def reviews_between(low: float, high: float, found: Comparison | None = None) -> Bin:
    """Return how the reviews of some confidence are classified."""
    return Bin(**vars(found or reviews()), low=low, high=high)


_PART = Part(
    all=reviews(2000),
    predicted_positive={"before": 0.8, "after": 0.6},
    bins=[],
    uncertain=reviews_between(0.5, 0.6),
    confident=reviews_between(0.9, 1.0, reviews(200, difference=(0.5, -1, 1.5))),
    by_label={"negative": reviews(), "positive": reviews()},
)
_GOLDEN = TaskGoldenZone(
    category="logic",
    layer=5,
    best=40.0,
    fraction_of_grid=0.5,
    neurons=[5, 50],
    multipliers=[1.5, 3.0],
    members=[(5, 1.5)],
    stability=0.6,
    stability_by_chance=0.3,
)


def _curve(paper: float) -> Curve:
    return Curve(
        n=324,
        paper=paper,
        as_ours=-0.7,
        low=-0.8,
        median=-0.3,
        high=0.6,
        share_negative=0.7,
        share_positive=0.3,
        share_significant=0.08,
        share_below_paper=0.01,
    )


def at_once(size: int, gain: float = 0.4) -> AtOnce:
    """Return what becomes of a task with so many at once, of which each takes a twentieth of its gain."""
    less = -gain * (size - 1) / 20
    return AtOnce(
        sets=12,
        gain=Estimate(gain + less, 0.1, 0.6),
        sum=Estimate(gain, 0.2, 0.7),
        deviation=Estimate(less, less - 0.2, less + 0.2) if size > 1 else Estimate(0.0, None, None),
        change=Estimate(less, less - 0.1, less + 0.1) if size > 1 else Estimate(0.0, None, None),
    )


_SIZES = (1, 2, 3, 6, 12)
_TOGETHER = Together(
    tasks=dict.fromkeys(TASKS, "logic"),
    prompts=24,
    draws=6,
    margin=0.1,
    selected={str(size): at_once(size) for size in _SIZES},
    random={str(size): at_once(size, 0.02) for size in _SIZES},
    beyond_random={str(size): Estimate(0.3, 0.2, 0.4) for size in _SIZES},
    said={
        "deviation": {
            "2": Said("none", 300),
            "3": Said("cannot tell", 60),
            "6": Said("more", 8),
            "12": Said("less", 10),
        },
        "change": {"2": Said("none", 380), "3": Said("none", 360), "6": Said("less", 6), "12": Said("less", 12)},
    },
    studies=400,
    own=dict.fromkeys(TASKS, Estimate(0.4, 0.1, 0.6)),
    matrix={
        task: dict.fromkeys(
            sorted(set(TASKS) - {task}), Pair(Estimate(-0.1, -0.3, 0.1), Estimate(0.05, -0.1, 0.2), 0.2, 0.4)
        )
        for task in TASKS
    },
    pairs=132,
    losing=40,
    winning=9,
    below=30,
    above=5,
    correction="Benjamini-Hochberg",
)

#: A study on the paper's own model in which most of what the paper says is so.
_TUNED_TASK = TunedTask(
    category="arithmetic",
    tuned_on=True,
    zone=1,
    before=Estimate(0.03, 0.02, 0.04),
    after=Estimate(0.4, 0.3, 0.5),
    leaves=True,
    tuning=Estimate(2.5, 2.3, 2.7),
    amplified=Estimate(0.5, 0.4, 0.6),
    together=Estimate(2.9, 2.7, 3.1),
    amplified_tuned=Estimate(0.4, 0.3, 0.5),
    beyond_random=Estimate(0.4, 0.3, 0.5),
    held=True,
    holds=True,
    interaction=Estimate(-0.1, -0.15, -0.05),
    sum="add up",
    overlap=0.8,
    overlap_of_others=0.2,
)


EVIDENCE: dict[str, Any] = {
    "model": {"name": "gpt2-medium", "layers": 24},
    "study": {"name": "paper", "models": 2, "planned": 24192, "experiments": 24192, "tasks_chosen_by_baseline": False},
    "saturation": Saturation(
        n=12,
        rho=Estimate(-0.7, -0.9, -0.2),
        pvalue=0.01,
        pvalue_method="permutation test",
        task_improvement="best",
        by_task=dict.fromkeys(TASKS, Task("logic", Estimate(0.1, 0.05, 0.2), 40.0)),
    ),
    "zones": ZonesResult(
        boundaries=[0.07, 0.1], negligible=7.0, zones={"1": zone(), "2": zone(0), "3": zone(mean=(2, -3, 6))}
    ),
    "held_out": HeldOut(
        n=12,
        rho=Estimate(-0.5, -0.8, 0.1),
        pvalue=0.1,
        pvalue_method="permutation test",
        by_task=dict.fromkeys(TASKS, HeldOutTask(40.0, Estimate(12, 3, 20), {"first": CONFIGURATION})),
        zones={"1": zone(mean=(12, 3, 20)), "2": zone(0), "3": zone(share=0.25)},
    ),
    "predictors": PREDICTORS,
    "layers": Layers(
        layers=24,
        of=24,
        by_category={kind: category() for kind in KINDS},
        by_task=dict.fromkeys(TASKS, BestLayer(5, 0.5, Estimate(20, 10, 30))),
        specialization=Specialization(statistic=0.5, pvalue=0.01, method="permutation test", by_chance=0.36),
    ),
    "success": Success(Estimate(0.5, 0.4, 0.6), {}, {}, {}),
    "null_model": NullModel(
        n=12,
        rho=-0.7,
        shift=0.3,
        rho_constant_shift=-1.0,
        rho_shuffled=Estimate(-0.6, -0.9, -0.1),
        histogram=None,
        pvalue=0.3,
        more_than_null=False,
        logit=Correlation(Estimate(-0.2, -0.6, 0.3), 0.4),
        per_prompt=PerPrompt(
            n=144,
            rho=Estimate(-0.2, -0.4, 0.1),
            rho_improvement=Estimate(-0.5, -0.7, -0.3),
            within_tasks=WithinTasks(r=-0.1, low=-0.3, high=0.1, pvalue=0.2),
            by_task=dict.fromkeys(TASKS, -0.1) | {TASKS[0]: None},
        ),
        predictors=PREDICTORS,
        by_task={},
    ),
    "zone_fit": ZoneFit(
        n=12,
        breakpoint=Estimate(0.08, 0.05, 0.3),
        at_edge=False,
        improvement_at_breakpoint=10.0,
        slope_below=-20.0,
        slope_above=-2.0,
        r_squared=0.7,
        r_squared_line=0.6,
        pvalue=0.2,
        method="permutation test",
        contains={"0.07": True, "0.1": True},
    ),
    "interference": Interference(
        configurations={},
        matrix={},
        pairs=132,
        harmed=40,
        helped=20,
        correction="Benjamini-Hochberg",
        statements={"arithmetic-on-poetry": statement(), "semantics-on-arithmetic": statement()},
    ),
    "reviews": Reviews(
        title="SST-2",
        is_sst2=True,
        labels={"negative": " bad", "positive": " good"},
        n={"selection": 100, "tuning": 2000, "test": 2000},
        tried=45,
        configuration=CONFIGURATION,
        tuning=_PART,
        test=_PART,
    ),
    "golden_zone": GoldenZones(share=0.5, by_task=dict.fromkeys(TASKS, _GOLDEN), by_category={}),
    "fresh": FRESH,
    "transition": TRANSITION,
    "models": ModelBesideOthers(
        Overlaps(50, 3072, {task: dict.fromkeys(set(TASKS) - {task}, 0.2) for task in TASKS}, 0.01, 0.3, 0.15),
        {
            "gpt2": BesideAnother(
                n=9,
                gains=Correlation(Estimate(0.4, -0.2, 0.8), 0.2),
                both=TASKS[:2],
                only_here=TASKS[2:5],
                only_there=[],
                overlaps=PermutationTest(0.6, 0.01, "permutation test"),
            )
        },
    ),
    "together": _TOGETHER,
    "choices": Choices(
        rho=_curve(-0.762),
        zone1_mean=_curve(27.85),
        fresh_rho=_curve(-0.762),
        fresh_zone1_mean=_curve(27.85),
        grid={"multipliers up to 2": -0.3, "multipliers up to 5": -0.7},
        starts={AS_HERE: Start(-0.7, 4, 27.0), OTHERWISE: Start(-0.2, 10, 12.0)},
    ),
    "alternatives": made_up_alternatives.EVIDENCE,
    "tuning": Tuning(
        base="smollm2-135m",
        method="lora",
        neurons=50,
        layers=6,
        overlap_by_chance=0.02,
        draws=400,
        tuned_on=tuned_group(leaving=3, tuning=(2.5, 1.5, 3.5)),
        others=tuned_group(leaving=0, tuning=(0.1, -0.2, 0.4)),
        by_task={"addition": _TUNED_TASK},
    ),
    "reversibility": {
        "parameters_unchanged": True, "outputs_identical": True, "outputs_amplified_differ": True, "prompts": 9
    },
}  # fmt: skip

#: What 400 simulated studies without any effect were judged to show.
NOISE: dict[str, Any] = {
    "studies": 400,
    "claims": {
        "scale": {"measured": {"reproduced": 400}},
        "saturation": {
            "measured": {"reproduced": 380, "partly reproduced": 12, "cannot tell": 8},
            "fresh": {"partly holds": 4, "does not hold": 396},
        },
        "zone1-mean": {
            "measured": {"reproduced": 20, "partly reproduced": 200, "not reproduced": 180},
            "fresh": {"holds": 2, "partly holds": 6, "cannot tell": 92, "does not hold": 300},
        },
        "zone2": {"measured": {"not tested here": 400}, "fresh": {"partly holds": 2, "not tested here": 398}},
        "zone3": {"measured": {"not tested here": 400}, "fresh": {"not tested here": 400}},
    },
}


def evidence(changes: Mapping[str, Any], base: Mapping[str, Any] = EVIDENCE) -> dict[str, Any]:
    """Return evidence with some of it changed; a key is a path such as ``zones/zones/1``."""
    changed: Any = base
    for path, value in changes.items():
        changed = _change(changed, path.split("/"), value)
    return changed


def _change(place: Any, path: list[str], value: Any) -> Any:
    """Return a dataclass or dictionary with what is at a path in it changed."""
    name, *deeper = path
    if is_dataclass(place):
        return replace(place, **{name: _change(getattr(place, name), deeper, value) if deeper else value})
    return {**place, name: _change(place[name], deeper, value) if deeper else value}


_FEW = replace(
    _PART,
    uncertain=reviews_between(0.5, 0.6, reviews(4)),
    confident=reviews_between(0.9, 1.0, reviews(0)),
)

#: What three tasks of three categories, in three layers of another model, leave of it.
SMOKE = evidence(
    {
        "model": {"name": "smollm2-135m", "layers": 30},
        "study": {"name": "smoke", "models": 1, "planned": 36, "experiments": 36, "tasks_chosen_by_baseline": True},
        "tuning": NOT_TUNED,
        "saturation/n": 3,
        "saturation/rho": UNDEFINED,
        "saturation/pvalue": None,
        "zones/zones": {"1": zone(0), "2": zone(1), "3": zone(2)},
        "held_out/n": 3,
        "held_out/rho": UNDEFINED,
        "held_out/by_task": {task: EVIDENCE["held_out"].by_task[task] for task in TASKS[:3]},
        "held_out/zones": {"1": zone(0), "2": zone(1), "3": zone(2)},
        "predictors/n": 3,
        "predictors/difference": UNDEFINED,
        "predictors/by_chance": UNDEFINED,
        "predictors/pvalue": None,
        "layers/layers": 3,
        "layers/by_category": {kind: category() for kind in KINDS[:3]},
        "layers/by_task": {task: EVIDENCE["layers"].by_task[task] for task in TASKS[:3]},
        "layers/specialization": Specialization(None, None, None, None),
        "null_model/n": 3,
        "null_model/rho": None,
        "null_model/rho_constant_shift": None,
        "null_model/rho_shuffled": UNDEFINED,
        "null_model/pvalue": None,
        "null_model/more_than_null": None,
        "null_model/logit": Correlation(UNDEFINED, None),
        "zone_fit/n": 3,
        "zone_fit/breakpoint": UNDEFINED,
        "zone_fit/pvalue": None,
        "zone_fit/contains": {"0.07": None, "0.1": None},
        "interference/statements": {"arithmetic-on-poetry": statement(layer=5), "semantics-on-arithmetic": None},
        "reviews/title": "snippets",
        "reviews/is_sst2": False,
        "reviews/tuning": _FEW,
        "reviews/test": _FEW,
        "golden_zone/by_task": dict.fromkeys(TASKS[:3], replace(_GOLDEN, stability=None, stability_by_chance=None)),
        "fresh/n": 3,
        "fresh/known": 2,
        "fresh/by_task": {task: FRESH.by_task[task] for task in TASKS[:3]},
        "fresh/saturation": replace(
            FRESH.saturation,
            n=3,
            rho=UNDEFINED,
            pvalue=None,
            rho_shuffled=UNDEFINED,
            pvalue_shuffled=None,
            rho_random=UNDEFINED,
            beyond_random=UNDEFINED,
            logit=UNDEFINED,
        ),
        "fresh/zones": {"1": fresh_zone(0), "2": fresh_zone(1), "3": fresh_zone(2)},
        "transition": TOO_SMALL,
        "fresh/answers/wrong": 0,
        "fresh/confident/n": 3,
        "models": ModelBesideOthers(Overlaps(10, 1536, {}, 0.01, None, 0.2), {}),
        "alternatives": made_up_alternatives.SMOKE,
        "fresh/predictors_logit/n": 3,
        "fresh/predictors_logit/difference": UNDEFINED,
        "fresh/predictors/difference": UNDEFINED,
    }
)


def in_ascii(text: str) -> str:
    """Return a text with plain spaces, hyphens for minus signs, and rho in letters."""
    signs = {"\N{NO-BREAK SPACE}": " ", "\N{MINUS SIGN}": "-", "\N{GREEK SMALL LETTER RHO}": "rho"}
    return text.translate(str.maketrans(signs))
