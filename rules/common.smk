import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

SCRIPTS = Path(workflow.basedir) / "scripts"
sys.path.insert(0, str(SCRIPTS))

from sna.config import validate_config
from sna.errors import InputError
from sna.progress import ProgressHandler
from sna.provenance.code import describe_code
from sna.tasks import read_control, read_task

try:
    CONFIG = validate_config(config)
    STUDY = CONFIG.chosen
    TASK_FILES = [f"tasks/{task}.yaml" for task in STUDY.tasks]
    for path in TASK_FILES:
        read_task(path)
    read_control(CONFIG.control)
except InputError as error:
    raise WorkflowError(str(error)) from None

RESULTS = f"results/{CONFIG.study}"
STATISTICS = [
    "saturation",
    "zones",
    "held_out",
    "null_model",
    "zone_fit",
    "predictors",
    "layers",
    "success",
    "golden_zone",
    "controls",
    "reviews",
    "interference",
]
FIGURES = [
    f"{RESULTS}/figures/{name}.svg"
    for name in (
        "saturation",
        "null_model",
        "zone_fit",
        "layers",
        "controls",
        "grid",
        "golden_zone",
        "dose_response",
        "reviews",
        "interference",
    )
]
# What is drawn; two figures draw the tables of their names.
FIGURE_DATA = [path.replace(".svg", ".csv") for path in FIGURES if Path(path).stem not in {"reviews", "interference"}]
TABLES = [f"{RESULTS}/tables/{name}.csv" for name in ("tasks", "zones", "controls", "reviews", "interference")]

TEMPLATES = sorted(str(path) for path in Path("report").rglob("*") if path.suffix in {".j2", ".css", ".js"})
# What the report prints of the configuration.
REPORTED_SECTIONS = {"zones", "golden_zone", "sentiment", "statistics"}
REPORTED_CONFIG = {"study": STUDY.model_dump()} | CONFIG.model_dump(include=REPORTED_SECTIONS)


wildcard_constraints:
    model="|".join(map(re.escape, CONFIG.models)),
    reviews="|".join(map(re.escape, CONFIG.reviews)),
    layer=r"\d+",


def code_of(stage, environment):
    """What a stage runs, as a parameter of its rule: its script, the modules that it imports, and its pins."""

    def describe(wildcards):
        return describe_code(SCRIPTS / f"{stage}.py", f"envs/{environment}.yaml")

    return describe


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
