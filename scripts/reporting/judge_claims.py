"""Judge the paper's claims by the rules of report/claims.yaml, and answer the questions of report/questions.yaml.

Reads both files, the statistics, the reversibility checks and the number of experiments; writes as JSON, for each
model, every claim's figure with its interval, verdict, reason and what weakens it, and every question's answer.
"""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sna.errors import InputError
from sna.files import read_json, write_json
from sna.job import job
from sna.statistics.registry import read_statistics
from sna.tables import EXPERIMENTS, read_table
from sna.verdicts.claims import Claim, judge, read_claims
from sna.verdicts.questions import Question, answer, read_questions


def gather_evidence(
    model: Mapping[str, Any],
    study: Mapping[str, Any],
    statistics: Mapping[str, Mapping[str, Any]],
    reversibility: Sequence[str | Path],
) -> dict[str, Any]:
    """Collect what the rules may name for one model.

    Parameters
    ----------
    model : mapping
        Its `name` and number of `layers`.
    study : mapping
        Its `name`, and the numbers of its `models`, of `planned` and of found `experiments`.
    statistics : mapping
        From `sna.statistics.registry.read_statistics`; each is evidence under its own name.
    reversibility : sequence of path
        One JSON file a model, called after it.

    Returns
    -------
    dict
        As `sna.verdicts.claims.judge` takes it.

    Raises
    ------
    InputError
        If a statistic has nothing on the model.
    """
    for name, results in statistics.items():
        if model["name"] not in results:
            raise InputError(f"statistics/{name}.json: has nothing on {model['name']}; delete it and run again")
    checks = {path.stem: path for path in map(Path, reversibility)}
    return {
        "model": model,
        "study": study,
        **{name: results[model["name"]] for name, results in statistics.items()},
        "reversibility": read_json(checks[model["name"]]),
    }


def judge_all(claims: Mapping[str, Claim], evidence: Mapping[str, dict[str, Any]]) -> list[dict]:
    """Judge every claim on every model.

    Parameters
    ----------
    claims : mapping of str to Claim
        By id.
    evidence : mapping
        From `gather_evidence`, by model.

    Returns
    -------
    list of dict
        As claims.json holds them.
    """
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
    """Answer every question for every model.

    Parameters
    ----------
    questions : mapping of str to Question
        By id.
    evidence : mapping
        From `gather_evidence`, by model.

    Returns
    -------
    list of dict
        As claims.json holds them.
    """
    return [
        {
            "id": name,
            "question": question.question,
            "models": [{"model": model, "answer": answer(name, question, known)} for model, known in evidence.items()],
        }
        for name, question in questions.items()
    ]


@contextmanager
def naming(path: str) -> Generator[None]:
    """Name the file in the message of a mistake in it.

    Parameters
    ----------
    path : str
        The file.

    Raises
    ------
    InputError
        With the file's name.
    """
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def main(job_input, output: str, params) -> None:
    experiments = len(read_table(job_input.experiments, EXPERIMENTS))
    study = {
        "name": params.study, "models": len(params.models), "planned": params.planned, "experiments": experiments
    }  # fmt: skip
    statistics = read_statistics(job_input.statistics)
    evidence = {
        model["name"]: gather_evidence(model, study, statistics, job_input.reversibility) for model in params.models
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
