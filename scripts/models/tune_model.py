"""Tune a model: train a fetched one further on prompts of some tasks, none of which it is measured on.

Reads the base's weights and tokenizer, the tasks, their fresh prompts, and the model's section of the configuration;
writes the files that fetch_model leaves of a model, origin.json, which says what was trained on what, and training.tsv,
the prompts.
"""

from pathlib import Path

from sna.fetching.models.normal import FILES, save
from sna.fetching.models.placement import placing
from sna.files import describe, sha256, write_json
from sna.inputs.origins import TunedModel
from sna.job import job
from sna.model.loading import load_model
from sna.model.prompts import tokenize
from sna.places import ORIGIN, TRAINING
from sna.tuning.prompts import gather_prompts, write_prompts
from sna.tuning.training import BATCH, RANK, tune


def main(name: str, job_input, params, folder: Path, threads: int) -> None:
    """Tune the model that a section of the configuration describes, on the CPU."""
    section = TunedModel.model_validate(params.model)
    prompts = gather_prompts(name, section, job_input.tasks, job_input.banks)
    base = load_model(
        Path(job_input.weights).parent, section.base, section.layers, "cpu", threads, start_token=params.start_token
    )
    tuned = tune(
        base,
        [tokenize(base, item.prompt, item.target) for items in prompts.values() for item in items],
        method=section.method,
        steps=section.steps,
        learning_rate=section.learning_rate,
        seed=section.seed,
    )
    with placing(folder, (*FILES, TRAINING)) as clean:
        save(tuned.network, tuned.tokenizer, clean, f"config.yaml: models.{name}")
        write_prompts(clean / TRAINING, prompts)
        origin = section.model_dump() | {
            "batch": BATCH,
            "rank": RANK if section.method == "lora" else None,
            "trained": tuned.trained,
            "losses": tuned.losses,
            "base_origin": sha256(job_input.origin),
            "base_weights": sha256(job_input.weights),
            "files": describe(clean, (*FILES, TRAINING)),
        }
        write_json(clean / ORIGIN, origin)


if __name__ == "__main__":
    with job(snakemake):
        main(
            snakemake.wildcards.model,
            snakemake.input,
            snakemake.params,
            Path(snakemake.output.origin).parent,
            snakemake.threads,
        )
