"""Fetch reviews: sentences with their sentiment, whatever their source.

Reads the reviews' section of the configuration; writes one row a sentence that is positive or negative, and
origin.json, which says where they came from and how many they are.
"""

from pathlib import Path

from pydantic import TypeAdapter

from sna.fetching.reviews import fetch
from sna.inputs.origins import Reviews
from sna.job import job


def main(name: str, section: dict, folder: Path) -> None:
    """Fetch the reviews that a section of the configuration describes."""
    fetch(name, TypeAdapter(Reviews).validate_python(section), folder)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.wildcards.reviews, snakemake.params.reviews, Path(snakemake.output.origin).parent)
