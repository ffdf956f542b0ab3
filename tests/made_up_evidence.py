"""Made-up evidence on one model: what the statistics found, in the shape in which claims and questions name it."""

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any

from sna.statistics.configuration import Configuration
from sna.statistics.controls import Comparison as ControlComparison
from sna.statistics.controls import ControlledTask, ControlsResult, Overall, RhoControl, TaskControl
from sna.statistics.effects import Perplexity
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.golden_zone import GoldenZones, TaskGoldenZone
from sna.statistics.held_out import HeldOut, HeldOutTask
from sna.statistics.interference import Interference, MeasuredStatement
from sna.statistics.layers import BestLayer, BestLayerOfCategory, Layers
from sna.statistics.null_model import Correlation, NullModel
from sna.statistics.permutation import UNTESTED, PermutationTest
from sna.statistics.predictors import Fit, Predictors
from sna.statistics.repeated_measures import PerPrompt, WithinTasks
from sna.statistics.reviews import Bin, Reviews, ShiftOnly
from sna.statistics.saturation import Saturation, Task
from sna.statistics.sentences import Comparison
from sna.statistics.success import Success
from sna.statistics.zone_fit import ZoneFit
from sna.statistics.zones import BestOfZone, Zone, ZonesResult

KINDS = ("arithmetic", "logic", "semantics", "coding")
TASKS = [f"task {number}" for number in range(12)]


def zone(
    n: int = 4,
    mean: tuple[float, float, float] = (20, 10, 30),
    best: tuple[float, float, float] = (40, 30, 50),
    share: float = 0.5,
) -> Zone:
    """Return a zone of `n` tasks."""
    if not n:
        return Zone(0, [], UNDEFINED, None, None)
    return Zone(n, TASKS[:n], Estimate(*mean), BestOfZone(*best, TASKS[0]), share)


def category(
    layer: int = 5, low: int = 4, high: int = 6, gain: tuple[float, float, float] = (20, 10, 30)
) -> BestLayerOfCategory:
    """Return the best layer of a category."""
    return BestLayerOfCategory(layer, 0.5, Estimate(*gain), low, high, depth_low=0.4, depth_high=0.6, tasks=2)


def statement(
    log_probability: tuple[float, float, float] = (-0.1, -0.2, -0.05),
    improvement: tuple[float, float, float] = (1, -2, 4),
    layer: int = 8,
) -> MeasuredStatement:
    """Return what one category's neurons do to another's tasks; layer 8 was asked for."""
    return MeasuredStatement(
        layer=layer,
        asked_layer=8,
        depth=0.7,
        sources=TASKS[:4],
        tasks=TASKS[4:6],
        improvement=Estimate(*improvement),
        log_probability=Estimate(*log_probability),
        perplexity=Perplexity(before=20.0, after=22.1),
    )


def reviews(n: int = 100, difference: tuple[float, float, float] = (5, 2, 8)) -> Comparison:
    """Return how `n` reviews are classified."""
    if not n:
        return Comparison(0, None, None, UNDEFINED, None, None, UNDEFINED, None, None)
    return Comparison(n, 0.6, 0.65, Estimate(*difference), 0.03, None, Estimate(2, 1, 3), None, None)


def reviews_between(low: float, high: float, found: Comparison | None = None) -> Bin:
    """Return how the reviews of some confidence are classified."""
    return Bin(**vars(found or reviews()), low=low, high=high)


def control(tasks: int = 12, rho: RhoControl | None = None) -> ControlComparison:
    """Return the comparison of the selected neurons with one kind of draws."""
    own = TaskControl(30.0, Estimate(10, 5, 20), share_beaten=0.9, pvalue=0.02, pvalue_corrected=0.1, draws=[5.0, 20.0])
    return ControlComparison(
        by_task=dict.fromkeys(TASKS[:tasks], own),
        tasks=tasks,
        tasks_beaten=tasks // 2,
        correction="Benjamini-Hochberg",
        overall=Overall(0.8, 0.01),
        rho=rho or RhoControl(-0.6, Estimate(-0.5, -0.8, 0.1), share_as_negative=0.25, draws=[-0.8, 0.1]),
        activation=Estimate(0.5, 0.4, 0.6),
    )


_FIT = Fit(r_squared=0.5, adjusted_r_squared=0.4, predicted_r_squared=0.3, pvalue=0.01)
_PREDICTORS = Predictors(n=12, baseline=_FIT, category=_FIT, difference=Estimate(0.3, 0.1, 0.5))
_CONFIGURATION = Configuration(layer=5, neurons=50, multiplier=2.0)
_GROUPS = {
    "bins": [],
    "uncertain": reviews_between(0.5, 0.6),
    "confident": reviews_between(0.9, 1.0, reviews(difference=(0.5, -1, 1.5))),
    "by_label": {"negative": reviews(200), "positive": reviews(200)},
}
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

#: A study on the paper's own model in which most of what the paper says is so.
EVIDENCE: dict[str, Any] = {
    "model": {"name": "gpt2-medium", "layers": 24},
    "study": {"name": "paper", "models": 2, "planned": 24192, "experiments": 24192},
    "saturation": Saturation(
        n=12,
        rho=Estimate(-0.7, -0.9, -0.2),
        pvalue=0.01,
        pvalue_method="permutation test",
        task_improvement="best",
        by_task=dict.fromkeys(TASKS, Task("logic", Estimate(0.1, 0.05, 0.2), 40.0)),
    ),
    "zones": ZonesResult(boundaries=[0.07, 0.1], negligible=7.0, zones={"1": zone(), "2": zone(0), "3": zone()}),
    "held_out": HeldOut(
        n=12,
        rho=Estimate(-0.5, -0.8, 0.1),
        pvalue=0.1,
        pvalue_method="permutation test",
        by_task=dict.fromkeys(TASKS, HeldOutTask(40.0, Estimate(12, 3, 20), {"first": _CONFIGURATION})),
        zones={"1": zone(mean=(12, 3, 20)), "2": zone(0), "3": zone(share=0.25)},
    ),
    "predictors": _PREDICTORS,
    "layers": Layers(
        layers=24,
        by_category={kind: category() for kind in KINDS},
        by_task=dict.fromkeys(TASKS, BestLayer(5, 0.5, Estimate(20, 10, 30))),
        specialization=PermutationTest(statistic=0.5, pvalue=0.01, method="permutation test"),
    ),
    "success": Success(Estimate(0.5, 0.4, 0.6), {}, {}, {}),
    "controls": ControlsResult(
        layers=[2, 12, 22],
        neurons=[50],
        multipliers=[1.5, 3.0],
        draws=20,
        kinds={"random": control(), "matched": control()},
        by_task=dict.fromkeys(TASKS, ControlledTask("logic", 0.1)),
    ),
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
        predictors=_PREDICTORS,
        by_task={},
    ),
    "zone_fit": ZoneFit(
        n=12,
        breakpoint=Estimate(0.08, 0.05, 0.3),
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
        reviews="sst2",
        labels={"negative": " bad", "positive": " good"},
        n={"selection": 100, "tuning": 60, "test": 400},
        tried=45,
        configuration=_CONFIGURATION,
        accuracy=reviews(400),
        probability=reviews(400),
        predicted_positive={"before": 0.8, "after": 0.6},
        shift_only=ShiftOnly(**vars(reviews(400)), **_GROUPS, threshold=0.6),
        **_GROUPS,
    ),
    "golden_zone": GoldenZones(share=0.5, by_task=dict.fromkeys(TASKS, _GOLDEN), by_category={}),
    "reversibility": {
        "parameters_unchanged": True, "outputs_identical": True, "outputs_amplified_differ": True, "prompts": 9
    },
}  # fmt: skip


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


_NO_RHO = RhoControl(selected=None, drawn=UNDEFINED, share_as_negative=None, draws=[None, None])

#: What three tasks of three categories, in three layers of another model, leave of it.
SMOKE = evidence(
    {
        "model": {"name": "smollm2-135m", "layers": 30},
        "study": {"name": "smoke", "models": 1, "planned": 36, "experiments": 36},
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
        "layers/layers": 3,
        "layers/by_category": {kind: category() for kind in KINDS[:3]},
        "layers/by_task": {task: EVIDENCE["layers"].by_task[task] for task in TASKS[:3]},
        "layers/specialization": UNTESTED,
        "controls/kinds": {"random": control(3, _NO_RHO), "matched": control(3, _NO_RHO)},
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
        "reviews/reviews": "vader-snippets",
        "reviews/uncertain": reviews_between(0.5, 0.6, reviews(4)),
        "reviews/confident": reviews_between(0.9, 1.0, reviews(0)),
        "golden_zone/by_task": dict.fromkeys(TASKS[:3], replace(_GOLDEN, stability=None, stability_by_chance=None)),
    }
)


def in_ascii(text: str) -> str:
    """Return a text with plain spaces, hyphens for minus signs, and rho in letters."""
    signs = {"\N{NO-BREAK SPACE}": " ", "\N{MINUS SIGN}": "-", "\N{GREEK SMALL LETTER RHO}": "rho"}
    return text.translate(str.maketrans(signs))
