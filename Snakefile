# Selective Neuron Amplification: re-runs the paper's experiment and judges its claims.
#   snakemake --cores 8 report      the whole study, as config.yaml has it
#   snakemake --cores 8 figures     its figures only
#   snakemake --cores 8 tables      its tables only
#   snakemake --cores 8 baselines   what can be asked of its models: their baselines on every task, before any sweep
#   snakemake --cores 8 calibrate   which amplification suits a model and a task: --config model=... task=...
#   snakemake --cores 8 crate       the study with its provenance as one archive, a Workflow Run RO-Crate
#   snakemake --cores 8 audit       whether every file is what its job left, and what the workflow would make now

import re
import sys

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.0")

# Snakemake gives the path to a shell as it is.
if special := re.search(r"""[\s'"\\$&;|<>()*?\[\]`!{}]""", sys.executable):
    raise WorkflowError(
        f"the path of this Python, {sys.executable!r}, holds {special[0]!r}, with which Snakemake cannot run scripts: make "
        "the project's .venv in a folder without such characters"
    )
# What stands in braces Snakemake takes for a wildcard.
if brace := re.search(r"[{}]", workflow.basedir):
    raise WorkflowError(
        f"the path of this project, {workflow.basedir!r}, holds {brace[0]!r}, with which Snakemake cannot run scripts: "
        "move the project to a folder without braces"
    )


report: "report/captions/workflow.rst"


include: "rules/common.smk"
include: "rules/models.smk"
include: "rules/selection.smk"
include: "rules/amplification.smk"
include: "rules/validation.smk"
include: "rules/calibration.smk"
include: "rules/statistics.smk"
include: "rules/rendering.smk"
include: "rules/reporting.smk"
include: "rules/reruns.smk"
include: "rules/locks.smk"


rule all:
    input:
        rules.report.output,


rule figures:
    input:
        FIGURES,


rule tables:
    input:
        TABLES,


rule baselines:
    input:
        f"{RESULTS}/figures/baselines.svg",
