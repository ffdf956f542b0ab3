"""Judge the paper's claims by the rules of report/claims.yaml, and answer the questions of report/questions.yaml.

Reads both files, the statistics, the simulated noise, the reversibility checks and the number of experiments; writes as
JSON, for each model, every claim's two verdicts, each with its figure, its interval, the reason, what weakens it, and
how often noise alone would earn it; one verdict over all models; and every question's answer.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sna.errors import naming
from sna.experiments.summary import ALL_MODELS
from sna.files import read_json, write_json
from sna.job import job
from sna.statistics.registry import read_statistics
from sna.tables import EXPERIMENTS, read_table
from sna.verdicts.claims import Claim, Verdict, judge, read_claims
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


def judge_all(
    claims: Mapping[str, Claim],
    evidence: Mapping[str, dict[str, Any]],
    pooled: dict[str, Any] | None,
    noise: Mapping[str, Mapping[str, Any]],
) -> list[dict]:
    """Judge every claim on every model, and over all of them.

    Parameters
    ----------
    claims : mapping of str to Claim
        By id.
    evidence : mapping
        From `gather_evidence`, by model.
    pooled : dict or None
        From `pool_evidence`.
    noise : mapping
        What simulated studies without any effect were judged to show, by model.

    Returns
    -------
    list of dict
        As claims.json holds them.
    """
    return [_judge_claim(name, claim, evidence, pooled, noise) for name, claim in claims.items()]


def _judge_claim(
    name: str,
    claim: Claim,
    evidence: Mapping[str, dict[str, Any]],
    pooled: dict[str, Any] | None,
    noise: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    judged = {
        kind: {model: _judge_with_noise(name, claim, kind, known, noise[model]) for model, known in evidence.items()}
        for kind in WORDS
        if kind == "measured" or claim.fresh
    }
    overall = {
        kind: asdict(combine(kind, {model: verdict.verdict for model, verdict in verdicts.items()}))
        for kind, verdicts in judged.items()
    }
    return {
        "id": name,
        "statement": claim.statement,
        "paper": claim.paper,
        "models": [
            {"model": model} | {kind: asdict(judged[kind][model]) if kind in judged else None for kind in WORDS}
            for model in evidence
        ],
        "overall": {kind: overall.get(kind) for kind in WORDS} | {"pooled": _judge_pooled(name, claim, pooled)},
    }


def _judge_with_noise(name: str, claim: Claim, kind: Kind, known: dict[str, Any], noise: Mapping[str, Any]) -> Verdict:
    verdict = judge(name, claim, kind, known)
    # What is no matter of prompts is none of their noise.
    return verdict if claim.fresh is None else replace(verdict, noise=noise_rate(noise, name, kind, verdict.verdict))


def _judge_pooled(name: str, claim: Claim, pooled: dict[str, Any] | None) -> dict[str, Any] | None:
    """Judge a claim over all models together, if it says so; what weakens a figure is said of single models."""
    if pooled is None or not claim.pooled or claim.measured is None:
        return None
    rule = claim.measured.model_copy(update={"caution": None})
    return asdict(judge(name, claim.model_copy(update={"measured": rule}), "measured", pooled))


def answer_all(
    questions: Mapping[str, Question],
    evidence: Mapping[str, dict[str, Any]],
    noise: Mapping[str, Mapping[str, Any]],
) -> list[dict]:
    """Answer every question for every model.

    Parameters
    ----------
    questions : mapping of str to Question
        By id.
    evidence : mapping
        From `gather_evidence`, by model.
    noise : mapping
        As `judge_all` takes it; answers may name one model's as `noise`, which no rule may.

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
                {"model": model, "answer": answer(name, question, {**known, "noise": noise[model]})}
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
    evidence = {
        model["name"]: gather_evidence(model, study, statistics, job_input.reversibility) for model in params.models
    }
    claims, questions = read_claims(job_input.claims), read_questions(job_input.questions)
    with naming(job_input.claims):
        judged = judge_all(claims, evidence, pool_evidence(evidence, statistics), noise)
    with naming(job_input.questions):
        answered = answer_all(questions, evidence, noise)
    found = {"study": params.study, "experiments": experiments, "claims": judged, "questions": answered}
    write_json(output, found)
    for kind in WORDS:
        print(kind, Counter(entry[kind]["verdict"] for claim in judged for entry in claim["models"] if entry[kind]))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
