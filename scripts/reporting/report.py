"""Build the report: one HTML page with every verdict, figure, table and definition.

Reads the verdicts and answers, the experiments, the figures with their data, the tables, the statistics, the tasks, the
baselines, the origins of models and reviews, the engine's precision, the glossary, the templates, the records of the
jobs that made all this, and those of the study's benchmark files that there are; writes results/<study>/report.html,
which needs no other file.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sna.files import read_json, write_text
from sna.inputs.tasks import read_task
from sna.job import job
from sna.provenance.lineage import Lineage
from sna.report.ancestry import BOX, find_stage, gather_stages, trace_files
from sna.report.contents import count_verdicts, list_prompts
from sna.report.costs import measure_costs, total
from sna.report.embedding import pack_experiments, text_uri
from sna.report.exhibits import STATISTICS_TABLES, arrange_exhibits, read_figure, read_rows
from sna.report.glossary import read_glossary
from sna.report.page import render
from sna.tables import BASELINE, EXPERIMENTS, read_table
from sna.verdicts.claims import Claim, read_claims
from sna.verdicts.questions import read_questions

#: Kind and media type of what readers may download, by the file's ending.
KINDS = {".csv": ("CSV", "text/csv"), ".json": ("JSON", "application/json")}


def name_commit(git: Mapping[str, Any] | None) -> str:
    """Return the commit of the working copy, with ``-dirty`` if files differ from it; ``unknown`` outside of git."""
    if git is None:
        return "unknown"
    return git["commit"][:12] + ("" if git["clean"] else "-dirty")


def name_of(path: str | Path) -> str:
    """Return an exhibit's name: its file's folder and name without ending, such as ``figures/layers``."""
    path = Path(path)
    return f"{path.parent.name}/{path.stem}"


def gather_downloads(paths: Iterable[str | Path]) -> dict[str, list[dict[str, str]]]:
    """Embed the files behind the exhibits, by their names; a figure without a file of its own has its table's."""
    downloads = {}
    for path in map(Path, paths):
        kind, media_type = KINDS[path.suffix]
        file = {"kind": kind, "name": path.name, "uri": text_uri(path.read_text(encoding="utf-8"), media_type)}
        downloads.setdefault(name_of(path), []).append(file)
    of_tables = {name.replace("tables/", "figures/"): files for name, files in downloads.items()}
    return of_tables | downloads


def gather_provenance(job_input, claims: Mapping[str, Claim], lineage: Lineage) -> dict[str, Any]:
    """Say where the exhibits and the claims' evidence come from."""
    shown = {name_of(path): path for path in (*job_input.figures, *job_input.tables, *job_input.statistics)}
    folder = Path(job_input.experiments).parent
    return {
        "stages": gather_stages(lineage, map(str, (*shown.values(), job_input.claims))),
        "lineages": trace_files(lineage, shown),
        "evidence": {name: find_stage(lineage, folder, claim.stage) for name, claim in claims.items()},
        "box": BOX,
    }


def gather(job_input, params, lineage: Lineage) -> dict[str, Any]:
    """Read all that the templates show."""
    judged = read_json(job_input.claims)
    claims, questions = read_claims(job_input.definitions), read_questions(job_input.questions)
    figures = {name_of(path): read_figure(path) for path in job_input.figures}
    tables = {name_of(path): read_rows(path) for path in job_input.tables}
    statistics = {Path(path).stem: read_json(path) for path in job_input.statistics}
    made_here = [f"statistics/{name}" for name in STATISTICS_TABLES if name in statistics]
    baselines = pd.concat([read_table(path, BASELINE) for path in job_input.baselines], ignore_index=True)
    tasks = [read_task(path) for path in job_input.tasks]
    models = params.config["study"]["models"]
    costs = measure_costs(params.benchmarks, params.fetched, models)
    return {
        "study": params.study,
        "config": params.config,
        "planned": params.planned,
        "experiments": judged["experiments"],
        "packed_experiments": pack_experiments(read_table(job_input.experiments, EXPERIMENTS)),
        "models": models,
        "precision": {Path(path).stem: read_json(path) for path in job_input.precision},
        "reviews": read_json(job_input.reviews),
        "origins": {Path(path).parent.name: read_json(path) for path in job_input.origins},
        "costs": costs,
        "cost": total(costs),
        "claims": [(claims[claim["id"]], claim) for claim in judged["claims"]],
        "questions": [(questions[question["id"]], question) for question in judged["questions"]],
        "counts": {model: count_verdicts(judged["claims"], model) for model in models},
        "figures": figures,
        "tables": tables,
        "statistics": statistics,
        "downloads": gather_downloads([*job_input.data, *job_input.tables, *job_input.statistics]),
        "exhibits": arrange_exhibits(claims, questions, [*figures, *tables, *made_here]),
        "tasks": [(task, list_prompts(task, baselines)) for task in tasks],
        **gather_provenance(job_input, claims, lineage),
    }


def read_templates(paths: list[str]) -> Mapping[str, str]:
    """Read templates, style sheet and script, by their file names."""
    return {Path(path).name: Path(path).read_text(encoding="utf-8") for path in paths}


def main(job_input, output: str, params, *, lineage: Lineage, date: str, commit: str) -> None:
    context = gather(job_input, params, lineage) | {"date": date, "commit": commit}
    write_text(output, render(read_templates(job_input.templates), read_glossary(job_input.glossary), context))


if __name__ == "__main__":
    with job(snakemake) as record:
        main(
            snakemake.input,
            snakemake.output[0],
            snakemake.params,
            lineage=Lineage.read(),
            date=record.started[:10],
            commit=name_commit(record.git),
        )
