"""Add up, for each model, how many simulated studies without any effect get which verdict on each claim.

Reads the counts of all parts of the studies; writes those of all studies as JSON.
"""

from pathlib import Path

from sna.files import read_json, write_json
from sna.job import job
from sna.simulation.studies import add_counts


def main(paths: list[str], output: str) -> None:
    parts: dict[str, list[dict]] = {}
    for path in paths:
        parts.setdefault(Path(path).parent.name, []).append(read_json(path))
    write_json(output, {model: add_counts(found) for model, found in parts.items()})


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0])
