"""How often do the rules of claims.yaml find what is not there, and what is? Whole studies whose truth is known."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from made_up import CATEGORIES
from made_up_evidence import evidence
from made_up_findings import made_up_findings
from scipy import stats

from sna.inputs.config import Statistics, Zones
from sna.simulation.studies import (
    Findings,
    Measures,
    Noise,
    add_counts,
    count_verdicts,
    find_noise,
    measure,
    simulate,
)
from sna.statistics.fresh_prompts import TaskPrompts
from sna.statistics.logits import logit_gain
from sna.statistics.reviews import Certainty
from sna.verdicts.claims import decide, read_claims
from sna.verdicts.words import WORDS

CLAIMS = read_claims(Path(__file__).parents[3] / "report" / "claims.yaml")
LAYERS = 4
MEASURES = Measures(
    Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1),
    Zones(boundaries=(0.07, 0.10), negligible=7),
    Certainty(bins=(0.5, 0.6, 0.7, 0.8, 0.9, 1.0), uncertain=0.6, confident=0.9),
    layers=LAYERS,
    vocabulary=50_000,
)
#: The paper's model, on which all layers are swept.
OWN = evidence({"model/layers": LAYERS})
STUDIES, PLANTED = 24, 8
FINDS = {kind: WORDS[kind][:2] for kind in WORDS}
#: Typical baselines: of two thirds of the tasks in zone 1.
BASELINES = np.concatenate([np.geomspace(0.004, 0.06, 8), np.geomspace(0.12, 0.5, 4)])
#: Improvements of the same tasks as the paper has them: in zone 1 27.85 % on average, and 70.3 % at most.
PAPER = dict(zip(CATEGORIES, (45, 16, 70.3, 12, 24, 33, 9.5, 13, 8, 2, 14, 1.5), strict=True))
#: Noise of the tasks' logits: the same for all; or as far apart as measured, and largest where baselines are lowest.
EVEN, FALLING = np.full(12, 0.3), np.geomspace(2, 0.2, 12)


@cache
def noise_of(noise: tuple[float, ...], guess: float = 0.2) -> Noise:
    return find_noise(made_up_findings(BASELINES, noise, guess=guess, layers=LAYERS))


def raise_fresh(findings: Findings, percent: dict[str, float]) -> Findings:
    """Plant an effect: raise the probability of every fresh prompt of a task by as many percent."""

    def raised(task: TaskPrompts) -> TaskPrompts:
        probability = np.minimum(task.probability * (1 + percent[task.name] / 100), 0.9999)
        return replace(task, probability=probability, logit_gain=logit_gain(probability, task.baseline))

    return replace(findings, fresh=[raised(task) for task in findings.fresh])


def simulate_planted(percent: dict[str, float], studies: int) -> list[dict]:
    """Return the evidence of studies in which nothing acts but what is planted."""
    rng = np.random.default_rng(5)
    simulated = [simulate(noise_of(tuple(EVEN)), "best", rng) for _ in range(studies)]
    return [measure(raise_fresh(findings, percent), OWN, MEASURES) for findings in simulated]


def count_found(claim: str, found: list[dict], words: tuple[str, ...]) -> float:
    return np.mean([decide(claim, CLAIMS[claim], "fresh", evidence) in words for evidence in found])


@pytest.fixture(scope="module", params=[EVEN, FALLING], ids=["even noise", "noise that falls"])
def counted(request) -> dict:
    return count_verdicts(CLAIMS, noise_of(tuple(request.param)), OWN, MEASURES, range(STUDIES))


def test_a_study_without_effect_seldom_finds_one_on_fresh_prompts(counted):
    for claim, kinds in counted["claims"].items():
        found = sum(kinds.get("fresh", {}).get(word, 0) for word in FINDS["fresh"])
        assert found <= stats.binom.ppf(0.999, STUDIES, 0.05), claim


def test_as_the_paper_measured_it_noise_earns_verdicts_and_their_rates_say_so(counted):
    words = counted["claims"]["saturation"]["measured"]
    assert sum(words[word] for word in FINDS["measured"]) > STUDIES / 4


def test_every_verdict_is_counted_once_a_study(counted):
    assert counted["studies"] == STUDIES
    for claim, kinds in counted["claims"].items():
        assert set(kinds) == {kind for kind in WORDS if getattr(CLAIMS[claim], kind)}
        for kind, words in kinds.items():
            assert set(words) <= set(WORDS[kind])
            assert sum(words.values()) == STUDIES


def test_a_gain_of_a_tenth_on_every_fresh_prompt_is_found():
    found = simulate_planted(dict.fromkeys(CATEGORIES, 10.0), PLANTED)
    assert np.mean([evidence["fresh"].holding for evidence in found]) >= 0.8 * len(CATEGORIES)
    for claim in ("zone1-mean", "zone1-max", "measure-first"):
        assert count_found(claim, found, FINDS["fresh"]) >= 0.8


def test_the_paper_s_own_figures_are_found():
    found = simulate_planted(PAPER, PLANTED)
    for claim in ("saturation", "zone1-mean", "zone1-max"):
        assert count_found(claim, found, ("holds",)) >= 0.8


def test_of_a_model_that_only_guesses_nothing_is_judged_but_what_needs_no_knowledge():
    counted = count_verdicts(CLAIMS, noise_of(tuple(EVEN), guess=1.0), OWN, MEASURES, range(2))
    for claim, kinds in counted["claims"].items():
        for kind, words in kinds.items():
            if claim not in {"scale", "reversible"}:
                assert not {*words} & {*FINDS[kind]}, claim
    assert counted["claims"]["reversible"]["measured"] == {"reproduced": 2}


def test_studies_do_not_depend_on_how_they_are_parted():
    noise = noise_of(tuple(EVEN))
    whole = count_verdicts(CLAIMS, noise, OWN, MEASURES, range(2))
    parts = [count_verdicts(CLAIMS, noise, OWN, MEASURES, part) for part in (range(1), range(1, 2))]
    assert add_counts(parts) == whole


def test_all_that_a_rule_decides_by_is_simulated_or_is_what_noise_cannot_change():
    known = {"kind", "model", "study", "reversibility", "expected", "value", "interval", "low", "high"}
    findings = simulate(noise_of(tuple(EVEN)), "best", np.random.default_rng(0))
    simulated = {name for name, found in measure(findings, OWN, MEASURES).items() if found is not OWN[name]}
    for claim in CLAIMS.values():
        for rule in filter(None, (claim.measured, claim.fresh)):
            deciding = [requirement.that for requirement in rule.requires]
            deciding += filter(None, (rule.value, rule.interval, rule.reproduced, rule.undecided, rule.partly))
            assert {name for expression in deciding for name in expression.names} <= known | simulated
