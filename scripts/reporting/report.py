"""Build the report: one HTML page with every verdict, figure, table and definition.

Reads the verdicts and answers, the experiments, the figures with their data, the tables, the statistics, the tasks with
their fresh prompts, the baselines, the origins of models and reviews, the engine's precision, what each figure and
table is called and says, the glossary, the templates, and the records of the jobs that made all this; writes
results/<study>/report.html, which needs no other file, and results/<study>/manifest.json, the checksums of those
records.
"""

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pandas as pd

from sna.errors import InputError
from sna.files import read_json, write_text
from sna.inputs.entries import select_entries
from sna.inputs.exhibits import Exhibit, read_exhibits
from sna.inputs.fresh import read_fresh
from sna.inputs.tasks import read_task
from sna.job import job
from sna.places import ROOT
from sna.provenance.lineage import Lineage, seal
from sna.provenance.record import Record
from sna.provenance.stages import find_stage, gather_devices, gather_stages
from sna.report.ancestry import BOX, trace_files
from sna.report.answer import answer, headline
from sna.report.contents import (
    count_earned_by_noise,
    find_first_claims,
    gather_reasons,
    list_prompts,
    pick_examples,
)
from sna.report.costs import measure_costs, total
from sna.report.embedding import pack_experiments, text_uri
from sna.report.exhibits import arrange_exhibits, read_figure, read_rows
from sna.report.glossary import read_glossary
from sna.report.page import render
from sna.statistics.registry import read_statistics
from sna.tables import BASELINE, EXPERIMENTS, read_table
from sna.verdicts.claims import Claim, Judgement, read_claims
from sna.verdicts.questions import read_questions
from sna.verdicts.words import WORDS

#: Kind and media type of what readers may download, by the file's ending.
KINDS = {".csv": ("CSV", "text/csv"), ".json": ("JSON", "application/json")}


def name_commit(git: Mapping[str, Any] | None) -> str:
    """Return the commit of the working copy, with ``-dirty`` if files differ from it; ``unknown`` outside of git.

    Parameters
    ----------
    git : mapping or None
        What a record says of git.

    Returns
    -------
    str
        The first 12 characters.
    """
    if git is None:
        return "unknown"
    return git["commit"][:12] + ("" if git["clean"] else "-dirty")


def find_repository(folder: Path) -> str | None:
    """Return where others find a working copy's repository: the address of its remote ``origin`` on another machine.

    Parameters
    ----------
    folder : Path
        The working copy, or in it.

    Returns
    -------
    str or None
        Without the name and password that it may hold; None if there is no such remote.
    """
    git = ["git", "-C", str(folder), "config", "--get", "remote.origin.url"]
    try:
        address = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    parts = urlsplit(address)
    if parts.scheme in {"http", "https"}:
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return address if parts.scheme == "ssh" or re.match(r"[\w.-]+@[\w.-]+:", address) else None


def name_of(path: str | Path) -> str:
    """Return an exhibit's name: its file's folder and name without ending, such as ``figures/layers``.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    str
    """
    path = Path(path)
    return f"{path.parent.name}/{path.stem}"


def gather_downloads(paths: Iterable[str | Path], exhibits: Mapping[str, Exhibit]) -> dict[str, dict[str, str]]:
    """Embed the file behind each exhibit: the data that a figure draws, and what a table shows.

    Parameters
    ----------
    paths : iterable of path
        All such files.
    exhibits : mapping
        All of `read_exhibits`.

    Returns
    -------
    dict
        `kind`, `name` and `uri` of its file, by exhibit.

    Raises
    ------
    InputError
        If there is no such file, as no job writes it.
    """
    files, downloads = {name_of(path): Path(path) for path in paths}, {}
    for name, exhibit in exhibits.items():
        path = files.get(exhibit.data or name)
        if path is None:
            raise InputError(f"report/exhibits.yaml: {name}: no job writes {exhibit.data or name}")
        kind, media_type = KINDS[path.suffix]
        uri = text_uri(path.read_text(encoding="utf-8"), media_type)
        downloads[name] = {"kind": kind, "name": f"{path.parent.name}_{path.name}", "uri": uri}
    return downloads


def gather_provenance(job_input, claims: Mapping[str, Claim], lineage: Lineage, record: Record) -> dict[str, Any]:
    """Say where the exhibits and the claims' evidence come from, and what it cost to make all that the page shows.

    Parameters
    ----------
    job_input : Snakemake's `input`
        Of the rule `report`.
    claims : mapping of str to Claim
        By id.
    lineage : Lineage
        The records of the study's jobs.
    record : Record
        What is known of the report's own job.

    Returns
    -------
    dict
        A part of what the templates show.
    """
    stages = gather_stages(lineage, record.inputs)
    costs = measure_costs(stages)
    shown = {name_of(path): path for path in (*job_input.figures, *job_input.tables, *job_input.statistics)}
    folder = Path(job_input.experiments).parent
    return {
        "stages": stages,
        "devices": gather_devices(job for stage in stages.values() for job in stage.jobs),
        "costs": costs,
        "cost": total(costs),
        "lineages": trace_files(lineage, shown),
        "evidence": {
            name: list(dict.fromkeys(filter(None, (find_stage(lineage, folder, rule.stage) for rule in _rules(claim)))))
            for name, claim in claims.items()
        },
        "box": BOX,
    }


def _rules(claim: Claim) -> list[Judgement]:
    return [rule for rule in (claim.measured, claim.fresh) if rule is not None]


def gather(job_input, params, lineage: Lineage, record: Record) -> dict[str, Any]:
    """Read all that the templates show.

    Parameters
    ----------
    job_input, params : Snakemake's `input` and `params`
        Of the rule `report`.
    lineage : Lineage
        The records of the study's jobs.
    record : Record
        What is known of the report's own job.

    Returns
    -------
    dict
        By the templates' names for it.
    """
    judged = read_json(job_input.claims)
    claims = read_claims(job_input.definitions)
    questions = select_entries(read_questions(job_input.questions), params.parts)
    exhibits = select_entries(read_exhibits(job_input.exhibits), params.parts)
    tables = {name_of(path): read_rows(path) for path in job_input.tables}
    statistics = read_statistics(job_input.statistics)
    baselines = pd.concat([read_table(path, BASELINE) for path in job_input.baselines], ignore_index=True)
    tasks = [read_task(path) for path in job_input.tasks]
    models = params.config["study"]["models"]
    rare = 1 - params.config["statistics"]["confidence_level"]
    known = {
        "config": params.config, "models": models, "statistics": statistics, "tables": tables,
        "judged": judged["claims"],
    }  # fmt: skip
    return {
        "study": params.study,
        "planned": params.planned,
        "experiments": judged["experiments"],
        "packed_experiments": pack_experiments(read_table(job_input.experiments, EXPERIMENTS)),
        "starts": baselines.groupby("model")["start"].first().to_dict(),
        "precision": {Path(path).stem: read_json(path) for path in job_input.precision},
        "reviews": read_json(job_input.reviews),
        "origins": {Path(path).parent.name: read_json(path) for path in job_input.origins},
        "claims": [(claims[claim["id"]], claim) for claim in judged["claims"]],
        "reasons": {claim["id"]: gather_reasons(claims[claim["id"]], claim) for claim in judged["claims"]},
        "first_claims": find_first_claims(claims),
        "agreement": judged["agreement"],
        "questions": [(questions[question["id"]], question) for question in judged["questions"]],
        "headline": headline(judged["claims"]),
        "answers": {kind: answer(judged["claims"], kind) for kind in WORDS},
        "by_noise": {model: count_earned_by_noise(judged["claims"], model, above=rare) for model in models},
        "figures": {name_of(path): read_figure(path) for path in job_input.figures},
        "downloads": gather_downloads([*job_input.data, *job_input.tables, *job_input.statistics], exhibits),
        "exhibits": arrange_exhibits(claims, questions, exhibits, known),
        "tasks": [
            (task, list_prompts(task, baselines), pick_examples(read_fresh(bank)))
            for task, bank in zip(tasks, job_input.banks, strict=True)
        ],
        **known,
        **gather_provenance(job_input, claims, lineage, record),
        "date": record.started[:10],
        "commit": name_commit(record.git),
        "repository": find_repository(ROOT) if record.git else None,
    }


def read_templates(paths: list[str]) -> Mapping[str, str]:
    """Read templates, style sheet and script.

    Parameters
    ----------
    paths : list of str
        Of all files.

    Returns
    -------
    dict of str to str
        Contents by file name.
    """
    return {Path(path).name: Path(path).read_text(encoding="utf-8") for path in paths}


def main(job_input, output, params, lineage: Lineage, record: Record) -> None:
    manifest = lineage.manifest(record)
    context = gather(job_input, params, lineage, record) | {"seal": seal(manifest)}
    page = render(read_templates(job_input.templates), read_glossary(job_input.glossary), context)
    write_text(output.manifest, manifest)
    write_text(output.page, page)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, Lineage.read(), record)
