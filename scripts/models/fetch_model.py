"""Fetch a model: safetensors, config and tokenizer, whatever its source.

Reads the model's section of the configuration; writes the files that every later stage loads it from, offline, and
origin.json, which says where they came from.
"""

from pathlib import Path

from pydantic import TypeAdapter

from sna.fetching.models import fetch
from sna.inputs.origins import Model
from sna.job import job


def main(name: str, section: dict, folder: Path) -> None:
    """Fetch the model that a section of the configuration describes."""
    fetch(name, TypeAdapter(Model).validate_python(section), folder)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.wildcards.model, snakemake.params.model, Path(snakemake.output.origin).parent)
