import sys
from pathlib import Path
from shlex import quote

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.shell import shell

SCRIPTS = Path(workflow.basedir) / "scripts"
sys.path.insert(0, str(SCRIPTS))
# Python looks for a script's imports in the script's own folder, and the library is in the one above. A variable of
# this process would not do: Snakemake takes PYTHONPATH away from jobs in conda environments.
shell.prefix(f"set -euo pipefail; export PYTHONPATH={quote(str(SCRIPTS))}${{{{PYTHONPATH:+:$PYTHONPATH}}}}; ")

from sna.errors import InputError
from sna.inputs.config import validate_config
from sna.inputs.exhibits import read_exhibits, render
from sna.inputs.tasks import read_contrast, read_task
from sna.progress import ProgressHandler
from sna.provenance.code import describe_code

try:
    CONFIG = validate_config(config)
    STUDY = CONFIG.chosen
    TASK_FILES = [f"tasks/{task}.yaml" for task in STUDY.tasks]
    for path in TASK_FILES:
        read_task(path)
    read_contrast(CONFIG.contrast)
    EXHIBITS = read_exhibits("report/exhibits.yaml")
except InputError as error:
    raise WorkflowError(str(error)) from None

RESULTS = f"results/{CONFIG.study}"
FIGURES = [f"{RESULTS}/{name}.svg" for name in EXHIBITS if name.startswith("figures/")]
FIGURE_DATA = [f"{RESULTS}/{name}.csv" for name, exhibit in EXHIBITS.items() if exhibit.data == name]
TABLES = [f"{RESULTS}/{name}.csv" for name in EXHIBITS if name.startswith("tables/")]

TEMPLATES = sorted(str(path) for path in Path("report").rglob("*") if path.suffix in {".j2", ".css", ".js"})
# What the report prints of the configuration.
REPORTED_SECTIONS = {"zones", "golden_zone", "sentiment", "statistics"}
REPORTED_CONFIG = {"study": STUDY.model_dump()} | CONFIG.model_dump(include=REPORTED_SECTIONS)
# Captions of Snakemake's own report, whose one template looks them up here by their rules' names.
config["captions"] = {}


wildcard_constraints:
    model="|".join(map(re.escape, CONFIG.models)),
    reviews="|".join(map(re.escape, CONFIG.reviews)),
    layer=r"\d+",


def code_of(stage, environment):
    """What a stage, such as ``models/fetch_model``, runs: its script's code and its pins, as a parameter of its rule."""

    def describe(wildcards):
        return describe_code(SCRIPTS / f"{stage}.py", f"envs/{environment}.yaml")

    return describe


def of_every_model(folder, ending="parquet"):
    """The files of a folder of the study that are named after its models."""
    return [f"{RESULTS}/{folder}/{model}.{ending}" for model in STUDY.models]


def shown_in_report(exhibit, rule):
    """The file of a figure or table, with what Snakemake's own report says of it; a rule shows one."""
    definition = EXHIBITS[exhibit]
    config["captions"][rule] = render(definition.caption, config=REPORTED_CONFIG)
    folder = exhibit.partition("/")[0]
    return report(
        f"{RESULTS}/{exhibit}.{'svg' if folder == 'figures' else 'csv'}",
        caption="../report/captions/exhibit.rst",
        category=folder.title(),
        labels={"title": definition.title},
    )


def model_folder(wildcards):
    """The files of a model in a local folder, so that an edit fetches it again; none if it is downloaded."""
    section = CONFIG.models[wildcards.model]
    if section.source != "path":
        return []
    # Weights are large: rules/reruns.smk sees whether they changed, and hashes them once.
    return [ancient(str(path)) for path in sorted(Path(section.path).expanduser().glob("[!.]*")) if path.is_file()]


def model_files(wildcards):
    """What fetch_model leaves of a model."""
    files = {name: path for name, path in rules.fetch_model.output.items() if name != "record"}
    return files | {"weights": ancient(files["weights"])}


def layers_of(wildcards):
    """How many layers a model has, by its config."""
    return CONFIG.models[wildcards.model].layers


def reviews_file(wildcards):
    """The reviews' own file, so that an edit fetches them again; nothing if they are downloaded."""
    section = CONFIG.reviews[wildcards.reviews]
    if section.source != "path":
        return []
    file = Path(section.path).expanduser()
    if not file.is_file():
        raise WorkflowError(f"config.yaml: reviews.{wildcards.reviews}.path: there is no file {section.path}")
    return str(file)


def amplified_layers(wildcards):
    """The tables of every model and layer of the study."""
    return [
        f"{RESULTS}/amplified/{model}/layer_{layer}.parquet"
        for model in STUDY.models
        for layer in CONFIG.layers_of(model)
    ]


def control_layers(wildcards):
    """The controls of every model, in the layers that have some."""
    return [
        f"{RESULTS}/controls/{model}/layer_{layer}.parquet"
        for model in STUDY.models
        for layer in CONFIG.spread_layers(model, STUDY.controls.layers)
    ]


def requested_minutes(rule):
    """The run time that a rule requests for a job; none for a mere target."""
    return workflow.get_rule(rule).resources.get("runtime").value or 0


if workflow.is_main_process:
    logger.addHandler(ProgressHandler(logger.info, requested_minutes))
    logger.info(f"Study {CONFIG.study}: {CONFIG.experiments():,} experiments over {', '.join(STUDY.models)}.")
