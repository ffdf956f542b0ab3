"""Judge the paper's claims by the rules of report/claims.yaml, and answer the questions of report/questions.yaml.

Reads both files and report/comparisons.yaml, the statistics, the simulated noise, the reversibility checks and the
number of experiments; writes as JSON, for each model, every claim's two verdicts, each with its figure, its interval,
the reason, what weakens it, and how often noise alone would earn it; over all models one verdict, whether they agree,
by how much their figures differ, and what these come to; what random neurons give in place of the figures on fresh
prompts; and every question's answer.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sna import formats
from sna.errors import naming
from sna.experiments.summary import ALL_MODELS
from sna.files import read_json, write_json
from sna.inputs.entries import select_entries
from sna.job import job
from sna.statistics.estimate import Estimate
from sna.statistics.over_models import OverModels, Verdicts, compare_models
from sna.statistics.registry import read_statistics
from sna.tables import EXPERIMENTS, read_table
from sna.verdicts.agreement import count_agreements
from sna.verdicts.claims import Claim, Verdict, judge, read_claims
from sna.verdicts.comparisons import Comparison, measure_random, read_comparisons
from sna.verdicts.evidence import gather_evidence
from sna.verdicts.noise import noise_rate
from sna.verdicts.overall import combine
from sna.verdicts.questions import Question, answer, read_questions
from sna.verdicts.words import WORDS, Kind


def pool_evidence(
    evidence: Mapping[str, Mapping[str, Any]], statistics: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Collect what the rules may name for all models together.

    Parameters
    ----------
    evidence : mapping
        From `gather_evidence`, by model.
    statistics : mapping
        As `gather_evidence` takes it.

    Returns
    -------
    dict or None
        As `sna.verdicts.claims.judge` takes it: of `fresh` only how many tasks there are and are known, on all models
        together; what is not pooled is None. None if the statistics pool nothing.
    """
    if ALL_MODELS not in statistics["saturation"]:
        return None
    known = {count: sum(getattr(found["fresh"], count) for found in evidence.values()) for count in ("n", "known")}
    return {
        **dict.fromkeys(next(iter(evidence.values()))),
        **{name: results.get(ALL_MODELS) for name, results in statistics.items()},
        "fresh": known,
    }


def judge_models(
    name: str, claim: Claim, evidence: Mapping[str, dict[str, Any]], noise: Mapping[str, Mapping[str, Any]]
) -> Verdicts:
    """Judge a claim on every model.

    Parameters
    ----------
    name : str
        Its id.
    claim : Claim
    evidence : mapping
        From `gather_evidence`, by model.
    noise : mapping
        What simulated studies without any effect were judged to show, by model.

    Returns
    -------
    dict
        As the paper measured it also where there is no rule, which the verdict says.
    """
    return {
        kind: {model: _judge_with_noise(name, claim, kind, known, noise[model]) for model, known in evidence.items()}
        for kind in WORDS
        if kind == "measured" or claim.fresh
    }


def _judge_with_noise(name: str, claim: Claim, kind: Kind, known: dict[str, Any], noise: Mapping[str, Any]) -> Verdict:
    verdict = judge(name, claim, kind, known)
    # What is no matter of prompts is none of their noise.
    return verdict if claim.fresh is None else replace(verdict, noise=noise_rate(noise, name, kind, verdict.verdict))


def judge_pooled(name: str, claim: Claim, pooled: dict[str, Any] | None) -> Verdict | None:
    """Judge a claim over all models together, if it says so; what weakens a figure is said of single models.

    Parameters
    ----------
    name : str
        Its id.
    claim : Claim
    pooled : dict or None
        From `pool_evidence`.

    Returns
    -------
    Verdict or None
    """
    if pooled is None or not claim.pooled or claim.measured is None:
        return None
    rule = claim.measured.model_copy(update={"caution": None})
    return judge(name, claim.model_copy(update={"measured": rule}), "measured", pooled)


def judge_all(
    claims: Mapping[str, Claim],
    evidence: Mapping[str, dict[str, Any]],
    statistics: Mapping[str, Mapping[str, Any]],
    noise: Mapping[str, Mapping[str, Any]],
) -> dict[str, tuple[Verdicts, Verdict | None]]:
    """Judge every claim on every model, and on all of them together.

    Parameters
    ----------
    claims : mapping of str to Claim
        By id.
    evidence : mapping
        From `gather_evidence`, by model.
    statistics : mapping
        As `gather_evidence` takes it.
    noise : mapping
        As `judge_models` takes it.

    Returns
    -------
    dict
        From `judge_models` and `judge_pooled`, by id.
    """
    together = pool_evidence(evidence, statistics)
    return {
        name: (judge_models(name, claim, evidence, noise), judge_pooled(name, claim, together))
        for name, claim in claims.items()
    }


def describe(
    name: str,
    claim: Claim,
    comparison: Comparison,
    verdicts: Verdicts,
    *,
    pooled: Verdict | None,
    compared: Mapping[Kind, OverModels],
    random: Mapping[str, Estimate | None],
    layers: Mapping[str, int],
) -> dict[str, Any]:
    """Say what was found of a claim, as claims.json holds it.

    Parameters
    ----------
    name : str
        Its id.
    claim : Claim
    comparison : Comparison
    verdicts, pooled, compared
        From `judge_models`, `judge_pooled` and `sna.statistics.over_models.compare_models`.
    random : mapping
        From `measure_random`, by model.
    layers : mapping of str to int
        How many layers each model has.

    Returns
    -------
    dict
    """
    rules = {kind: getattr(claim, kind) for kind in WORDS}
    overall: dict[str, Any] = dict.fromkeys(WORDS)
    for kind, by_model in verdicts.items():
        verdict = combine(kind, (known.verdict for known in by_model.values()))
        overall[kind] = {"verdict": verdict, "models": asdict(compared[kind]) if compared else None}
    return {
        "id": name,
        "title": claim.title,
        "statement": claim.statement,
        "paper": claim.paper,
        "paper_figure": comparison.paper and claim.expected[comparison.paper],
        "axis": comparison.axis,
        "absence": claim.absence,
        "units": {kind: rule and rule.unit for kind, rule in rules.items()},
        "models": [
            {"model": model, "layers": n}
            | {kind: asdict(verdicts[kind][model]) if kind in verdicts else None for kind in WORDS}
            | {"random": _describe_random(claim, random[model])}
            for model, n in layers.items()
        ],
        "overall": overall | {"pooled": pooled and asdict(pooled)},
    }


def _describe_random(claim: Claim, found: Estimate | None) -> dict[str, Any] | None:
    if claim.fresh is None or found is None or found.value is None:
        return None
    interval = None if found.low is None else [found.low, found.high]
    return {"value": found.value, "interval": interval, "shown": formats.UNITS[claim.fresh.unit](found.value)}


def answer_all(
    questions: Mapping[str, Question],
    evidence: Mapping[str, dict[str, Any]],
    noise: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str],
) -> list[dict]:
    """Answer every question for every model.

    Parameters
    ----------
    questions : mapping of str to Question
        By id.
    evidence : mapping
        From `gather_evidence`, by model.
    noise : mapping
        As `judge_models` takes it; answers may name one model's as `noise`, which no rule may.
    titles : mapping of str to str
        Those of the claims, by id, which answers may name too.

    Returns
    -------
    list of dict
        As claims.json holds them.
    """
    return [
        {
            "id": name,
            "question": question.question,
            "models": [
                {"model": model, "answer": answer(name, question, known | {"noise": noise[model], "titles": titles})}
                for model, known in evidence.items()
            ],
        }
        for name, question in questions.items()
    ]


def main(job_input, output: str, params) -> None:
    experiments = len(read_table(job_input.experiments, EXPERIMENTS))
    study = {
        "name": params.study,
        "models": len(params.models),
        "planned": params.planned,
        "experiments": experiments,
        "tasks_chosen_by_baseline": params.tasks_chosen_by_baseline,
    }
    statistics, noise = read_statistics(job_input.statistics), read_json(job_input.noise)
    layers = {model["name"]: model["layers"] for model in params.models}
    evidence = {
        model["name"]: gather_evidence(model, study, statistics, job_input.reversibility) for model in params.models
    }
    claims = read_claims(job_input.claims)
    questions = select_entries(read_questions(job_input.questions), params.parts)
    comparisons = read_comparisons(job_input.comparisons, claims)
    with naming(job_input.claims):
        judged = judge_all(claims, evidence, statistics, noise)
    with naming(job_input.comparisons):
        compared = {
            name: compare_models(
                name,
                claims[name],
                comparisons[name],
                found,
                evidence=evidence,
                confidence_level=params.confidence_level,
            )
            for name, (found, _) in judged.items()
        }
        random = {
            name: {
                model: measure_random(name, claims[name], comparisons[name], found.get("fresh", {}).get(model), known)
                for model, known in evidence.items()
            }
            for name, (found, _) in judged.items()
        }
    with naming(job_input.questions):
        answered = answer_all(questions, evidence, noise, {name: claim.title for name, claim in claims.items()})
    described = [
        describe(
            name,
            claims[name],
            comparisons[name],
            found,
            pooled=pooled,
            compared=compared[name],
            random=random[name],
            layers=layers,
        )
        for name, (found, pooled) in judged.items()
    ]
    agreements = {
        kind: count_agreements(
            kind, {claims[name].title: over[kind].agreement for name, over in compared.items() if over.get(kind)}
        )
        for kind in WORDS
    }
    write_json(
        output,
        {
            "study": params.study,
            "experiments": experiments,
            "agreement": agreements if len(evidence) > 1 else None,
            "claims": described,
            "questions": answered,
        },
    )
    for kind in WORDS:
        print(kind, Counter(word.verdict for found, _ in judged.values() for word in found.get(kind, {}).values()))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
