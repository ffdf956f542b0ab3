import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from sna.config import validate_config
from sna.errors import InputError
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
TABLES = [f"{RESULTS}/tables/{name}.csv" for name in ("tasks", "zones", "controls", "reviews", "interference")]

TEMPLATES = sorted(str(path) for path in Path("report").rglob("*") if path.suffix in {".j2", ".css"})
# What the report prints of the configuration.
REPORTED_SECTIONS = {"zones", "golden_zone", "sentiment", "statistics"}
REPORTED_CONFIG = {"study": STUDY.model_dump()} | CONFIG.model_dump(include=REPORTED_SECTIONS)


wildcard_constraints:
    model="|".join(map(re.escape, CONFIG.models)),
    reviews="|".join(map(re.escape, CONFIG.reviews)),
    layer=r"\d+",


def model_files(wildcards):
    """What fetch_model leaves of a model."""
    return dict(rules.fetch_model.output.items())


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


if workflow.is_main_process:
    logger.info(f"Study {CONFIG.study}: {CONFIG.experiments():,} experiments over {', '.join(STUDY.models)}.")
