"""Judge the paper's claims by the rules of report/claims.yaml, and answer the questions of report/questions.yaml.

Reads both files, the statistics, the reversibility checks and the number of experiments; writes as JSON, for each
model, every claim's figure with its interval, verdict, reason and what weakens it, and every question's answer.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sna.errors import InputError
from sna.files import read_json, write_json
from sna.job import job
from sna.tables import EXPERIMENTS, read_table
from sna.verdicts.claims import Claim, judge, read_claims
from sna.verdicts.questions import Question, answer, read_questions


def gather_evidence(
    model: Mapping[str, Any],
    study: Mapping[str, Any],
    statistics: Sequence[str | Path],
    reversibility: Sequence[str | Path],
) -> dict[str, Any]:
    """Collect what the rules may name for one model.

    Parameters
    ----------
    model : mapping
        Its `name` and number of `layers`.
    study : mapping
        Its `name`, and the numbers of its `models`, of `planned` and of found `experiments`.
    statistics : sequence of path
        JSON files that hold one entry a model; each is evidence under its own name.
    reversibility : sequence of path
        One JSON file a model, called after it.

    Raises
    ------
    InputError
        If a file has nothing on the model.
    """
    evidence = {"model": model, "study": study}
    for path in map(Path, statistics):
        by_model = read_json(path)
        if model["name"] not in by_model:
            raise InputError(f"{path}: has nothing on {model['name']}; delete it and run again")
        evidence[path.stem] = by_model[model["name"]]
    checks = {path.stem: path for path in map(Path, reversibility)}
    evidence["reversibility"] = read_json(checks[model["name"]])
    return evidence


def judge_all(claims: Mapping[str, Claim], evidence: Mapping[str, dict[str, Any]]) -> list[dict]:
    """Judge every claim on every model; `evidence` is that of each model."""
    return [
        {
            "id": name,
            "statement": claim.statement,
            "paper": claim.paper,
            "stage": claim.stage,
            "rule": claim.rule,
            "models": [{"model": model} | asdict(judge(name, claim, known)) for model, known in evidence.items()],
        }
        for name, claim in claims.items()
    ]


def answer_all(questions: Mapping[str, Question], evidence: Mapping[str, dict[str, Any]]) -> list[dict]:
    """Answer every question for every model; `evidence` is that of each model."""
    return [
        {
            "id": name,
            "question": question.question,
            "models": [{"model": model, "answer": answer(name, question, known)} for model, known in evidence.items()],
        }
        for name, question in questions.items()
    ]


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Name the file in the message of a mistake in it."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def main(job_input, output: str, params) -> None:
    experiments = len(read_table(job_input.experiments, EXPERIMENTS))
    study = {
        "name": params.study, "models": len(params.models), "planned": params.planned, "experiments": experiments
    }  # fmt: skip
    evidence = {
        model["name"]: gather_evidence(model, study, job_input.statistics, job_input.reversibility)
        for model in params.models
    }
    claims, questions = read_claims(job_input.claims), read_questions(job_input.questions)
    with naming(job_input.claims):
        judged = judge_all(claims, evidence)
    with naming(job_input.questions):
        answered = answer_all(questions, evidence)
    found = {"study": params.study, "experiments": experiments, "claims": judged, "questions": answered}
    write_json(output, found)
    print(Counter(verdict["verdict"] for claim in judged for verdict in claim["models"]))


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params)
