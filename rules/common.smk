import os
import sys
from functools import reduce
from pathlib import Path

from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# Another folder than workflow.basedir where another workflow uses this one as a module.
SCRIPTS = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent / "scripts"
# Snakemake hands its path on to every script, whose own folder does not hold the library.
sys.path.insert(0, str(SCRIPTS))

from sna import places
from sna.errors import InputError
from sna.fetching.model_files import files_of_folder
from sna.inputs.agreement import check_file
from sna.inputs.calibration import find_bank, find_task, read_calibrated
from sna.inputs.config import validate_config
from sna.inputs.entries import select_entries
from sna.inputs.exhibits import read_exhibits, render
from sna.inputs.fresh import check_fresh, read_fresh
from sna.inputs.origins import Described
from sna.inputs.prose import read_prose
from sna.inputs.tasks import read_contrast, read_task
from sna.killed import KilledHandler
from sna.progress import ProgressHandler
from sna.provenance.code import describe_code
from sna.tuning.prompts import gather_prompts

RULES = workflow.current_basedir

# What Snakemake itself takes of a job's memory on a cluster, where it runs twice in each, in megabytes.
SNAKEMAKE = 400

# What the report prints of the configuration.
REPORTED_SECTIONS = dict.fromkeys(("zones", "golden_zone", "sentiment", "statistics"), True)
REPORTED_SECTIONS["engine"] = {"start_token"}
# What it prints of a model, which has nothing to do with fetching it.
DESCRIBED = set(Described.model_fields)
# Neutral prose, on which it is measured what amplification does to text that no task asks for.
PROSE = places.find("tasks/fresh/prose.txt")
# Without one of its own a folder of studies has the project's.
CONFIG_FILE = places.find("config.yaml")

# Snakemake keeps the last of two sections of the same name, and takes 010 for 8.
try:
    for path in filter(os.path.exists, [CONFIG_FILE, *workflow.overwrite_configfiles]):
        # A module is given its configuration by the workflow that uses it.
        if not workflow.modifier.skip_configfile:
            check_file(path, load_configfile)
except InputError as error:
    raise WorkflowError(str(error)) from None


configfile: CONFIG_FILE


def refuse(message):
    """End the run with a message. An error in planning a job whose results are there would be passed over."""
    sys.exit(message)


def task_file(task):
    """The file of a task: the working folder's own, or the project's."""
    return places.find(f"tasks/{task}.yaml")


def bank_file(task):
    """Its bank of fresh prompts, likewise."""
    return places.find(f"tasks/fresh/{task}.tsv")


def check_bank(task):
    """Refuse a bank of fresh prompts that does not go with its task, or is smaller than the study asks for."""
    bank = read_fresh(BANKS[task.name])
    check_fresh(bank, task, BANKS[task.name])
    if len(bank) < STUDY.fresh.prompts:
        raise InputError(
            f"config.yaml: studies.{CONFIG.study}.fresh.prompts: {STUDY.fresh.prompts} given; {BANKS[task.name]} has "
            f"{len(bank)}"
        )


try:
    CONFIG = validate_config(config)
    STUDY = CONFIG.chosen
    TASK_FILES = [task_file(task) for task in STUDY.tasks]
    BANKS = {task: bank_file(task) for task in STUDY.tasks}
    for path in TASK_FILES:
        check_bank(read_task(path))
    # The task that calibrate is asked for.
    ASKED = find_task(CONFIG.task) if CONFIG.task else None
    if ASKED:
        read_calibrated(ASKED, find_bank(ASKED))
    CONTRAST = places.find(CONFIG.contrast)
    read_contrast(CONTRAST)
    read_prose(PROSE)
    for model, section in CONFIG.tuned.items():
        # It takes seconds, and every job reads this file too.
        if model in STUDY.models and workflow.is_main_process:
            files = [(task_file(task), bank_file(task)) for task in section.tasks]
            gather_prompts(model, section, *zip(*files))
    MODELS = {model: CONFIG.models[model].model_dump(include=DESCRIBED) for model in STUDY.models}
    REPORTED_CONFIG = {"study": STUDY.model_dump(), "models": MODELS} | CONFIG.model_dump(include=REPORTED_SECTIONS)
    EXHIBITS = select_entries(read_exhibits(places.find("report/exhibits.yaml")), CONFIG.optional_parts)
    CAPTIONS = {name: render(name, exhibit, "caption", config=REPORTED_CONFIG) for name, exhibit in EXHIBITS.items()}
except InputError as error:
    raise WorkflowError(str(error)) from None

RESULTS = f"{places.RESULTS}/{CONFIG.study}"
# How many GPUs a job that loads a model asks for.
GPUS = int(CONFIG.engine.device == "cuda")
CALIBRATIONS = f"{places.RESULTS}/calibrations"
FIGURES = [f"{RESULTS}/{name}.svg" for name in EXHIBITS if name.startswith("figures/")]
FIGURE_PRINTS = [f"{RESULTS}/{name}.pdf" for name in EXHIBITS if name.startswith("figures/")]
FIGURE_DATA = [f"{RESULTS}/{name}.csv" for name, exhibit in EXHIBITS.items() if exhibit.data == name]
TABLES = [f"{RESULTS}/{name}.csv" for name in EXHIBITS if name.startswith("tables/")]
# The page of a calibration is none of the report's.
TEMPLATES = sorted(
    places.find(path.relative_to(places.ROOT))
    for path in (places.ROOT / "report").rglob("*")
    if path.suffix in {".j2", ".css", ".js"} and path.parent.name != "calibration"
)

# What is left of a model that was fetched or tuned, and read by every later stage.
MODEL_FILES = {
    "weights": "results/models/{model}/model.safetensors",
    "config": "results/models/{model}/config.json",
    "tokenizer": "results/models/{model}/tokenizer.json",
    "tokenizer_config": "results/models/{model}/tokenizer_config.json",
    "origin": f"results/models/{{model}}/{places.ORIGIN}",
}

# The paper's figures beside which vary_choices sets its own: those by which the claims are judged.
PAPER = {"rho": ("saturation", "rho"), "zone1_mean": ("zone1-mean", "percent")}

# Captions of Snakemake's own report, whose one template looks them up here by their stages' names.
config["captions"] = {}


def names(given):
    """The pattern of a wildcard that stands for one of some names; of none it matches nothing."""
    return "|".join(map(re.escape, given)) or "(?!)"


wildcard_constraints:
    model=names(CONFIG.models),
    reviews=names(CONFIG.reviews),
    layer=r"\d+",
    part=r"\d+",
    task=names(STUDY.tasks),


def code_of(stage, environment):
    """What a stage, such as ``models/fetch_model``, runs: its script's code and its pins, as a parameter of its rule."""

    def describe(wildcards):
        return describe_code(SCRIPTS / f"{stage}.py", f"envs/{environment}.yaml")

    # For rules/reruns.smk, which compares them with the rule's script and conda.
    describe.files = [SCRIPTS / f"{stage}.py", places.ROOT / "envs" / f"{environment}.yaml"]
    return describe


def stage_of(rule, stages):
    """The stage of one of the rules that a loop makes; a workflow that uses this one as a module may rename them."""
    return max((stage for stage in stages if stage in rule), key=len)


def of_every_model(folder, ending="parquet"):
    """The files of a folder of the study that are named after its models."""
    return [f"{RESULTS}/{folder}/{model}.{ending}" for model in STUDY.models]


def shown_in_report(exhibit, rule):
    """The file of a figure or table, with what Snakemake's own report says of it; a rule shows one."""
    config["captions"][rule] = CAPTIONS[exhibit]
    folder = exhibit.partition("/")[0]
    return report(
        f"{RESULTS}/{exhibit}.{'svg' if folder == 'figures' else 'csv'}",
        caption="../report/captions/exhibit.rst",
        category=folder.title(),
        labels={"title": EXHIBITS[exhibit].title},
    )


def files_of_statistic(name, rule):
    """What the stage of a statistic writes: its results, and the table of its name if report/exhibits.yaml has one."""
    table = f"tables/{name}"
    with_table = table in EXHIBITS and not EXHIBITS[table].reads
    results = {"results": f"{RESULTS}/statistics/{name}.json"}
    return results | ({"table": shown_in_report(table, rule)} if with_table else {})


def files_of_exhibit(name, rule):
    """What the job of a figure or table writes: its file; of a figure also PDF and PNG, and its data if no table holds
    them."""
    prints = [f"{RESULTS}/{name}.{ending}" for ending in ("pdf", "png") if name.startswith("figures/")]
    data = {"data": f"{RESULTS}/{name}.csv"} if EXHIBITS[name].data == name else {}
    return {"exhibit": shown_in_report(name, rule)} | ({"prints": prints} if prints else {}) | data


def study_files(name):
    """What an exhibit reads: a table, a statistic (``statistics/layers``), every model's table (``baseline/``), or the
    judged claims."""
    if name.endswith("/"):
        return of_every_model(name.rstrip("/"))
    return f"{RESULTS}/{name}.{'json' if name == 'claims' or name.startswith('statistics/') else 'parquet'}"


def config_value(name):
    """A part of the configuration that an exhibit uses, by its dotted name."""
    value = reduce(getattr, name.split("."), CONFIG)
    return value.model_dump() if hasattr(value, "model_dump") else value


def model_folder(wildcards):
    """What is read of a model in a local folder, so that an edit fetches it again; nothing if it is downloaded."""
    section = CONFIG.models[wildcards.model]
    if section.source != "path":
        return []
    # Weights are large: rules/reruns.smk sees whether they changed, and hashes them once.
    return [ancient(str(path)) for path in files_of_folder(Path(section.path).expanduser())]


def model_files(wildcards):
    """What fetch_model or tune_model leaves of a model."""
    return MODEL_FILES | {"weights": ancient(MODEL_FILES["weights"])}


def base_files(wildcards):
    """What fetch_model leaves of the model that another one is tuned from."""
    files = {name: path.format(model=CONFIG.tuned[wildcards.model].base) for name, path in MODEL_FILES.items()}
    return files | {"weights": ancient(files["weights"])}


def at_each_attempt(amount):
    """So much memory or time, and as much more at each attempt after the first: a cluster ends a job that takes more."""
    return lambda wildcards, attempt: amount * attempt


def with_weights(megabytes, copies=1.75):
    """The memory of a job that loads a model, in megabytes: for its weights, and for all else so much.

    Reading weights takes nearly twice their size, and what is computed of wider layers grows with them. Prompts and draws
    are measured in parts of one size, and take no more if there are more.
    """
    return lambda wildcards, input, attempt: round(
        attempt * (SNAKEMAKE + megabytes + copies * Path(input.weights).stat().st_size / 1e6)
    )


def n_layers_of(wildcards):
    """How many layers a model has, by its config."""
    return CONFIG.models[wildcards.model].layers


def reviews_file(wildcards):
    """The reviews' own file, so that an edit fetches them again; nothing if they are downloaded."""
    section = CONFIG.reviews[wildcards.reviews]
    if section.source != "path":
        return []
    file = Path(section.path).expanduser()
    if not file.is_file():
        refuse(f"config.yaml: reviews.{wildcards.reviews}.path: there is no file {section.path}")
    return str(file)


def amplified_layers(wildcards):
    """The tables of every model and layer of the study."""
    return [
        f"{RESULTS}/amplified/{model}/layer_{layer}.parquet"
        for model in STUDY.models
        for layer in CONFIG.layer_ids(model)
    ]


def of_every_task(folder, name):
    """The tables of one name that a folder of the study has of every model and task."""
    return [f"{RESULTS}/{folder}/{model}/{task}/{name}.parquet" for model in STUDY.models for task in STUDY.tasks]


def fresh_tables(name):
    """The tables of every model and task on fresh prompts: its `prompts`, its `gains`, or what happens to its `prose`."""
    return of_every_task("fresh", name)


def calibrated_task(wildcards):
    """The file of a calibrated task: the one that was asked for, or that of its name in tasks/."""
    return str(ASKED if ASKED and ASKED.stem == wildcards.calibrated else task_file(wildcards.calibrated))


def calibrated_bank(wildcards):
    """The bank beside it, or nothing."""
    bank = find_bank(Path(calibrated_task(wildcards)))
    return [str(bank)] if bank else []


def asked_calibration(wildcards):
    """What is asked for on the command line."""
    if ASKED is None:
        raise WorkflowError(
            "config.yaml: model and task: none given; name both: calibrate --config model=NAME task=NAME_OR_FILE"
        )
    return f"{CALIBRATIONS}/{CONFIG.model}/{ASKED.stem}/calibration.html"


def papers_figures(wildcards):
    """The paper's figures, as report/claims.yaml has them; a stage runs again if they change, not if a word does."""
    claims = load_configfile(places.find("report/claims.yaml"))
    try:
        return {figure: claims[claim]["expected"][key] for figure, (claim, key) in PAPER.items()}
    except (KeyError, TypeError):
        keys = " and ".join(f"{claim}.expected.{key}" for claim, key in PAPER.values())
        raise WorkflowError(f"report/claims.yaml: {keys} must be there: the paper's figures") from None


def requested_minutes(name):
    """The run time that a rule requests for a job; none for a mere target, and for another workflow's rules."""
    stage = workflow.get_rule(name)
    own = stage.basedir == RULES and "runtime" in stage.resources
    return stage.resources["runtime"].evaluate(None, attempt=1).value if own else 0


if workflow.is_main_process:
    logger.addHandler(ProgressHandler(logger.info, requested_minutes))
    logger.addHandler(KilledHandler(logger.info))
    logger.info(f"Study {CONFIG.study}: {CONFIG.experiments():,} experiments over {', '.join(STUDY.models)}.")
