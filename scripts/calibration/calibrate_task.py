"""Calibrate a model for a task: which amplification suits it, what it promises, and whether it is worth it.

Reads a model, a task with the bank of prompts beside it if there is one, the contrast text, prose, and the page's
template and style sheet. Writes the recommendation, the same as a page, and the intervention that it comes to.
"""

from pathlib import Path

import torch

from sna.calibration.calibrate import calibrate
from sna.calibration.export import export
from sna.calibration.page import render
from sna.calibration.prompts import with_bank
from sna.calibration.results import Margins
from sna.files import read_json, write_text
from sna.inputs.calibration import read_calibrated
from sna.inputs.prose import read_prose
from sna.inputs.tasks import read_contrast
from sna.job import job
from sna.model.loading import load_model


def main(job_input, output, params, wildcards, threads: int, *, date: str) -> None:
    folder = Path(job_input.weights).parent
    model = load_model(folder, wildcards.model, params.n_layers, params.device, threads, start_token=params.start_token)
    task, bank = read_calibrated(Path(job_input.task), Path(job_input.bank[0]) if job_input.bank else None)
    asked = with_bank(model, task, bank, count=params.prompts, seed=params.seed, source=job_input.task)
    found = calibrate(
        model,
        asked,
        read_contrast(job_input.contrast).texts,
        read_prose(job_input.prose),
        layers=params.layers,
        neurons=params.neurons,
        multipliers=params.multipliers,
        draws=params.draws,
        seed=params.seed,
        margins=Margins(**params.margins),
        boundaries=params.boundaries,
        confidence_level=params.confidence_level,
        resamples=params.resamples,
        dtype=getattr(torch, params.dtype),
    )
    intervention = export(found, model, read_json(job_input.origin))
    templates = {name: Path(getattr(job_input, name)).read_text(encoding="utf-8") for name in ("template", "style")}
    page = render(found, intervention, **templates, title=params.title, description=asked.description, date=date)
    found.write(output.recommendation)
    intervention.write(output.intervention)
    write_text(output.page, page)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(
            snakemake.input,
            snakemake.output,
            snakemake.params,
            snakemake.wildcards,
            snakemake.threads,
            date=record.started[:10],
        )
