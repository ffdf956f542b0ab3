"""What every script does around its work when Snakemake runs it."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from sna.errors import InputError
from sna.places import ROOT
from sna.provenance.checksums import remembering
from sna.provenance.device import describe_device
from sna.provenance.loaded import loaded_packages
from sna.provenance.record import Record, begin_record, end_record, write_record


@contextmanager
def job(snakemake) -> Generator[Record]:
    """Send what the process prints to the rule's log, end bad input with a message, and record what the job did.

    Nothing here is part of a job's result: `sna.provenance.code` follows no name into this module.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
        The object that Snakemake gives to a script. Its first log file receives standard output and standard error,
        those of compiled libraries included, unless `scripts/run_stage.py` gives the object, under which a person
        watches the job; its output `record` is written last, if the block ended well.

    Yields
    ------
    Record
        What is known before the work, its id among it.

    Raises
    ------
    SystemExit
        With code 1 and the message in the log, if the block raises `InputError`.
    """
    if not getattr(snakemake, "in_foreground", False):
        with open(snakemake.log[0], "w", buffering=1, encoding="utf-8") as log:
            os.dup2(log.fileno(), sys.stdout.fileno())
            os.dup2(log.fileno(), sys.stderr.fileno())
    try:
        record = begin_record(
            wildcards=dict(snakemake.wildcards.items()),
            inputs=list(snakemake.input),
            params=dict(snakemake.params.items()),
            threads=snakemake.threads,
            root=ROOT,
            hash_file=remembering(),
        )
        yield record
        outputs = [path for path in snakemake.output if path != snakemake.output.record]
        device = describe_device() if "device" in record.params else None
        write_record(end_record(record, outputs, loaded_packages(), device), snakemake.output.record)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
