"""Build the report: one HTML page with every verdict, figure, table and definition.

Reads the verdicts and answers, the figures, the tables, the statistics, the tasks, the baselines, the origins of models
and reviews, the engine's precision and the templates; writes results/<study>/report.html, which needs no other file.
"""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from sna.claims import read_claims
from sna.files import read_json, write_text
from sna.job import job
from sna.questions import read_questions
from sna.report import (
    STATISTICS_TABLES,
    arrange_exhibits,
    count_verdicts,
    list_prompts,
    read_figure,
    read_rows,
    render,
)
from sna.tables import BASELINE, read_table
from sna.tasks import read_task


def current_commit() -> str:
    """Return the commit of the working copy, with ``-dirty`` if files differ from it; ``unknown`` outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def gather(job_input, params) -> dict[str, Any]:
    """Read all that the templates show."""
    judged = read_json(job_input.claims)
    claims, questions = read_claims(job_input.definitions), read_questions(job_input.questions)
    figures = {f"figures/{Path(path).stem}": read_figure(path) for path in job_input.figures}
    tables = {f"tables/{Path(path).stem}": read_rows(path) for path in job_input.tables}
    statistics = {Path(path).stem: read_json(path) for path in job_input.statistics}
    made_here = [f"statistics/{name}" for name in STATISTICS_TABLES if name in statistics]
    baselines = pd.concat([read_table(path, BASELINE) for path in job_input.baselines], ignore_index=True)
    tasks = [read_task(path) for path in job_input.tasks]
    models = params.config["study"]["models"]
    return {
        "study": params.study,
        "config": params.config,
        "planned": params.planned,
        "experiments": judged["experiments"],
        "models": models,
        "precision": {Path(path).stem: read_json(path) for path in job_input.precision},
        "reviews": read_json(job_input.reviews),
        "origins": {Path(path).parent.name: read_json(path) for path in job_input.origins},
        "claims": [(claims[claim["id"]], claim) for claim in judged["claims"]],
        "questions": [(questions[question["id"]], question) for question in judged["questions"]],
        "counts": {model: count_verdicts(judged["claims"], model) for model in models},
        "figures": figures,
        "tables": tables,
        "statistics": statistics,
        "exhibits": arrange_exhibits(questions, claims, [*figures, *tables, *made_here]),
        "tasks": [(task, list_prompts(task, baselines)) for task in tasks],
    }


def read_templates(paths: list[str]) -> Mapping[str, str]:
    """Read templates and style sheet, by their file names."""
    return {Path(path).name: Path(path).read_text(encoding="utf-8") for path in paths}


def main(job_input, output: str, params, date: str, commit: str) -> None:
    context = gather(job_input, params) | {"date": date, "commit": commit}
    write_text(output, render(read_templates(job_input.templates), context))


if __name__ == "__main__":
    with job(snakemake):
        today = datetime.now(UTC).date().isoformat()
        main(snakemake.input, snakemake.output[0], snakemake.params, today, current_commit())
