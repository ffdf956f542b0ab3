"""Pack a study as a Workflow Run RO-Crate: the report, all that it rests on, and what every job did.

Reads the report with its manifest, the records of all jobs behind it and the files that they name, and the workflow's
own files; writes results/<study>/crate.zip. What was fetched, such as the weights, is described and not packed.
"""

from pathlib import Path

from sna.errors import InputError
from sna.job import job
from sna.provenance.crate import build_crate
from sna.provenance.crate_files import gather_contents, write_archive
from sna.provenance.lineage import Lineage


def main(job_input, output: str, params, lineage: Lineage) -> None:
    workflow = [job_input.workflow, *job_input.rules, job_input.config, job_input.lock]
    contents = gather_contents(lineage, job_input.report, workflow)
    report = lineage.records[lineage.makers[job_input.report]]
    if Path(job_input.manifest).read_text(encoding="utf-8") != lineage.manifest(report):
        raise InputError(
            f"{job_input.manifest}: not of the records that there are: a job ran again and gave the same; "
            "`snakemake -R report crate` makes it again"
        )
    crate = build_crate(
        contents, study=params.study, result=job_input.report, workflow=job_input.workflow, engine=params.snakemake
    )
    write_archive(crate, output)
    print(f"{len(contents.packed)} files of {len(contents.jobs)} jobs, and {len(contents.described)} described")


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, snakemake.output[0], snakemake.params, Lineage.read())
