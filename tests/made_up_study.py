"""A whole made-up study: every file that the report reads, written by the workflow's own code where that is cheap."""

from functools import reduce
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import judge_claims
import yaml
from made_up import experiments_of, made_up_classified, made_up_interference, made_up_neurons, made_up_prompts
from made_up_alternatives import made_up_alternatives
from made_up_evidence import NOISE
from made_up_fresh import made_up_fresh
from made_up_records import made_up_lineage, made_up_record
from made_up_together import made_up_together

import report
from sna.files import write_json
from sna.inputs.config import Statistics, validate_config
from sna.inputs.entries import select_entries
from sna.inputs.exhibits import read_exhibits
from sna.inputs.fresh import FreshPrompt, write_fresh
from sna.inputs.studies import OptionalPart
from sna.inputs.yaml_files import read_yaml
from sna.statistics.registry import RESULTS
from sna.tables import (
    ALTERNATIVES,
    ALTERNATIVES_METHODS,
    ALTERNATIVES_PROSE,
    BASELINE,
    CLASSIFIED,
    EXPERIMENTS,
    FRESH,
    FRESH_BASELINE,
    FRESH_PROMPTS,
    INTERFERENCE,
    NEURONS,
    PROMPTS,
    PROSE,
    TOGETHER,
    write_table,
)

ROOT = Path(__file__).parents[1]
CLAIMS = ROOT / "report" / "claims.yaml"
COMPARISONS = ROOT / "report" / "comparisons.yaml"
QUESTIONS = ROOT / "report" / "questions.yaml"
EXHIBITS = ROOT / "report" / "exhibits.yaml"
GLOSSARY = ROOT / "report" / "glossary.yaml"
CONFIG = validate_config(read_yaml(ROOT / "config.yaml"))
#: With what a model's texts begin, if with anything.
STARTS = {"gpt2": "<|endoftext|>"}
TEMPLATES = sorted(path for path in (ROOT / "report").rglob("*") if path.suffix in {".j2", ".css", ".js"})
SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
REVIEWS = {
    "source": "path",
    "path": "reviews/dev.tsv",
    "license": "unknown",
    "labels": {"negative": 40, "positive": 50},
}
#: The statistics whose stage is not analyze_<name>.
STAGES = {"choices": "vary_choices", "transition": "compose_transition"}
DECLARED = read_exhibits(EXHIBITS)
#: The study that has optional parts.
NEXT = CONFIG.studies["next"]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><path id="same"/></svg>'
ORIGINS = {
    "gpt2": {"source": "hub", "repository": "openai-community/gpt2", "revision": "a" * 40},
    "smollm2-135m": {
        "source": "package",
        "parts": [{"package": "p", "version": "1", "file": "p/m.gguf"}],
        "sha256": "b" * 64,
    },
    "own": {"source": "path", "path": "models/own"},
}


def parts_of(tasks):
    """Return the optional parts of a study of so many tasks."""
    return ["alternatives", "together"] if tasks > 1 else ["alternatives"]


def names_of(kind, parts):
    """Return the figures, or the tables with a file, of a study with some optional parts."""
    return [name for name in select_entries(DECLARED, parts) if name.startswith(f"{kind}/")]


def analyze(folder, models, layers, parts):
    """Run every statistic's stage as the workflow does, and return the paths of its results."""
    # The statistic of an optional part has its name.
    names = [name for name in RESULTS if name not in get_args(OptionalPart) or name in parts]

    def of_every_model(kind):
        return [folder / kind / f"{model}.parquet" for model in models]

    job_input = SimpleNamespace(
        experiments=folder / "experiments.parquet",
        prompts=folder / "prompts.parquet",
        held_out=folder / "statistics" / "held_out.json",
        fresh_prompts=[folder / "fresh" / "prompts.parquet"],
        fresh=[folder / "fresh" / "gains.parquet"],
        prose=[folder / "fresh" / "prose.parquet"],
        model_configs=[folder / "models" / model / "config.json" for model in models],
        reviews=of_every_model("reviews"),
        origin=folder / "reviews" / "origin.json",
        interference=of_every_model("interference"),
        fresh_results=folder / "statistics" / "fresh.json",
        neurons=of_every_model("neurons"),
        together=of_every_model("together"),
        answers=[folder / "alternatives" / "answers.parquet"],
        methods=[folder / "alternatives" / "methods.parquet"],
    )
    config = CONFIG.model_dump() | {"statistics": SETTINGS.model_dump()}
    params = SimpleNamespace(
        **{key: config[key] for key in ("statistics", "zones", "golden_zone", "sentiment")},
        statements=config["interference"],
        margin=CONFIG.zones.negligible,
        boundaries=CONFIG.zones.boundaries,
        selection=12,
        layers=dict.fromkeys(models, layers),
        paper={"rho": -0.762, "zone1_mean": 27.85},
        neurons=20,
        logit_margin=NEXT.together.margin,
        simulated_studies=10,
        tuned={},
    )
    alternatives = SimpleNamespace(**vars(job_input) | {"prose": [folder / "alternatives" / "prose.parquet"]})
    for name in names:
        output = SimpleNamespace(
            results=folder / "statistics" / f"{name}.json",
            table=folder / "tables" / f"{name}.csv",
            logit_gains=folder / "logit_gains.parquet",
            specifications=folder / "specifications.parquet",
        )
        reads = alternatives if name == "alternatives" else job_input
        import_module(STAGES.get(name, f"analyze_{name}")).main(reads, output, params)
    return [folder / "statistics" / f"{name}.json" for name in names]


def render(folder, kind, parts):
    """Draw every figure, or write every table that is no statistic's, as the workflow does."""
    config = CONFIG.model_copy(update={"statistics": SETTINGS})
    for name in names_of(kind, parts):
        exhibit = DECLARED[name]
        if not exhibit.reads:
            continue
        ending = {"figures": "svg", "tables": "csv"}[kind]
        reads = {
            Path(read).name: sorted((folder / read).glob("*.parquet"))
            if read.endswith("/")
            else folder / f"{read}.{'json' if read == 'claims' or read.startswith('statistics/') else 'parquet'}"
            for read in exhibit.reads
        }
        values = {key.rpartition(".")[2]: reduce(getattr, key.split("."), config) for key in exhibit.params}
        params = {key: value.model_dump() if hasattr(value, "model_dump") else value for key, value in values.items()}
        output = SimpleNamespace(exhibit=folder / f"{name}.{ending}", data=folder / f"{name}.csv")
        stage = name.replace("figures/", "plot_").replace("tables/", "tabulate_")
        import_module(stage).main(SimpleNamespace(**reads), output, SimpleNamespace(**params))


def write_task(folder, name, category, prompts, text):
    """Write a task whose description and prompts hold `text`, and its bank; return its file and evaluation prompts."""
    items = [{"prompt": f"{text} {name} {number} =", "target": f" {number}"} for number in range(12 + prompts)]
    path = folder / "tasks" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    task = {
        "name": name,
        "category": category,
        "description": f"About {text}.",
        "selection": items[:12],
        "evaluation": items[12:],
    }
    path.write_text(yaml.safe_dump(task), encoding="utf-8")
    fresh = [FreshPrompt(f"{text} {name} fresh {number} =", f" {number}", "counting") for number in range(24)]
    write_fresh(folder / "tasks" / "fresh" / f"{name}.tsv", fresh)
    return path, items[12:]


def write_baselines(folder, prompts, items):
    """Write each model's baseline table, with the texts of `items` by task."""
    rows = prompts.drop_duplicates(["model", "task", "prompt"]).rename(columns={"baseline": "probability"})
    rows["start"] = rows["model"].map(STARTS).fillna("")
    rows["text"] = [items[row.task][row.prompt]["prompt"] for row in rows.itertuples()]
    rows["target"] = [items[row.task][row.prompt]["target"] for row in rows.itertuples()]
    paths = []
    for model, own in rows.drop(columns="probability").assign(probability=prompts["baseline"]).groupby("model"):
        paths.append(folder / "baseline" / f"{model}.parquet")
        write_table(own[list(BASELINE.columns)], BASELINE, paths[-1])
        fresh = folder / "fresh_baseline" / f"{model}.parquet"
        write_table(own[list(FRESH_BASELINE.columns)], FRESH_BASELINE, fresh)
    return paths


def draw_figures(folder, parts):
    """Draw every figure as the workflow does."""
    render(folder, "figures", parts)


def stand_in_figures(folder, parts):
    """Write the least that is a figure in the place of each, which takes no time."""
    (folder / "figures").mkdir()
    for name in names_of("figures", parts):
        (folder / f"{name}.svg").write_text(SVG, encoding="utf-8")
        (folder / f"{name}.pdf").write_bytes(b"%PDF")
        (folder / f"{name}.csv").write_text("model\n", encoding="utf-8")


def write_study(folder, models, tasks, text="Say", *, figures=stand_in_figures, **sweep):
    """Write everything that the report reads, and return Snakemake's `input` and `params`.

    Parameters
    ----------
    folder : Path
        An empty one, the study's.
    models : sequence of str
        Of `ORIGINS`.
    tasks : int
        The first so many of `made_up.CATEGORIES`.
    text : str
        Stands in every description, prompt and licence.
    figures : callable
        `draw_figures` or `stand_in_figures`.
    **sweep
        Passed to `made_up_prompts`: layers, neurons, multipliers.
    """
    sweep = {"layers": 3, "neurons": [5, 50], "multipliers": [1.5, 3.0]} | sweep
    parts = parts_of(tasks)
    prompts = made_up_prompts(models=models, tasks=tasks, **sweep)
    experiments = experiments_of(prompts)
    write_table(experiments, EXPERIMENTS, folder / "experiments.parquet")
    write_table(prompts, PROMPTS, folder / "prompts.parquet")
    draws = {"random": 20, "matched": 5, "direction": 5}
    fresh = made_up_fresh(models=models, tasks=tasks, prompts=48, draws=draws, gain=0.1, other_start=-1.0)
    for name, table in {"prompts": FRESH_PROMPTS, "gains": FRESH, "prose": PROSE}.items():
        write_table(getattr(fresh, name), table, folder / "fresh" / f"{name}.parquet")
    for model in models:
        crossed = made_up_interference(models=(model,), tasks=tasks)
        write_table(crossed, INTERFERENCE, folder / "interference" / f"{model}.parquet")
        ranked = made_up_neurons(models=(model,), tasks=tasks, layers=sweep["layers"])
        write_table(ranked, NEURONS, folder / "neurons" / f"{model}.parquet")
        write_table(made_up_classified(model=model), CLASSIFIED, folder / "reviews" / f"{model}.parquet")
        if "together" in parts:
            at_once = made_up_together(models=(model,), tasks=tasks)
            write_table(at_once, TOGETHER, folder / "together" / f"{model}.parquet")
    compared = made_up_alternatives(models=models, tasks=tasks)
    for name, table in {"answers": ALTERNATIVES, "prose": ALTERNATIVES_PROSE, "methods": ALTERNATIVES_METHODS}.items():
        write_table(getattr(compared, name), table, folder / "alternatives" / f"{name}.parquet")
    write_json(folder / "reviews" / "origin.json", REVIEWS)
    write_models(folder, models, text)
    categories = prompts.drop_duplicates("task").set_index("task")["category"]
    written = {task: write_task(folder, task, category, 12, text) for task, category in categories.items()}
    baselines = write_baselines(folder, prompts, {task: items for task, (_, items) in written.items()})
    statistics = analyze(folder, models, sweep["layers"], parts)
    render(folder, "tables", parts)
    paths = [path for path, _ in written.values()]
    job_input = describe_input(folder, models, statistics, paths, baselines, parts=parts)
    study = CONFIG.chosen.model_dump() | sweep | {
        "models": list(models), "tasks": list(categories.index), "layers": list(range(sweep["layers"])),
    } | {
        part: getattr(NEXT, part).model_dump() if part in parts else None for part in ("together", "alternatives")
    }  # fmt: skip
    unknown = {"title": "A model of its own", "description": "Nobody has heard of it."}
    told = {model: vars(CONFIG.models[model]) if model in CONFIG.models else unknown for model in models}
    params = SimpleNamespace(
        study="made-up",
        parts=parts,
        planned=len(experiments),
        config=CONFIG.model_dump() | {"study": study, "statistics": SETTINGS.model_dump(), "models": told},
    )
    judge(folder, job_input, params, sweep["layers"])
    figures(folder, parts)
    return job_input, params


def describe_input(folder, models, statistics, tasks, baselines, *, parts):
    """Return what the report's rule has as its input."""
    figures = names_of("figures", parts)
    return SimpleNamespace(
        claims=folder / "claims.json",
        definitions=CLAIMS,
        questions=QUESTIONS,
        exhibits=EXHIBITS,
        glossary=GLOSSARY,
        experiments=folder / "experiments.parquet",
        figures=[folder / f"{name}.svg" for name in figures],
        data=[folder / f"{name}.csv" for name in figures if DECLARED[name].data == name],
        tables=[folder / f"{name}.csv" for name in names_of("tables", parts)],
        statistics=statistics,
        tasks=tasks,
        banks=[path.parent / "fresh" / f"{path.stem}.tsv" for path in tasks],
        baselines=baselines,
        precision=[folder / "precision" / f"{model}.json" for model in models],
        origins=[folder / "models" / model / "origin.json" for model in models],
        reviews=folder / "reviews" / "origin.json",
        templates=TEMPLATES,
    )


def write_models(folder, models, text):
    """Write what is known of each model besides its experiments."""
    for model in models:
        write_json(
            folder / "reversibility" / f"{model}.json",
            {"parameters_unchanged": True, "outputs_identical": True, "outputs_amplified_differ": True, "prompts": 9},
        )
        write_json(
            folder / "precision" / f"{model}.json",
            {"dtype": "float32", "layers": [0, 2], "probabilities": 24, "largest_relative_error": 3.2e-6},
        )
        write_json(folder / "models" / model / "origin.json", {"layers": 3, "license": text} | ORIGINS[model])
        write_json(folder / "models" / model / "config.json", {"vocab_size": 50257, "intermediate_size": 1000})


def judge(folder, job_input, params, layers):
    """Judge the claims as the workflow does."""
    models = params.config["study"]["models"]
    write_json(folder / "noise.json", dict.fromkeys(models, NOISE))
    judge_claims.main(
        SimpleNamespace(
            claims=CLAIMS,
            comparisons=COMPARISONS,
            questions=QUESTIONS,
            statistics=job_input.statistics,
            noise=folder / "noise.json",
            reversibility=[folder / "reversibility" / f"{model}.json" for model in models],
            experiments=job_input.experiments,
        ),
        job_input.claims,
        SimpleNamespace(
            models=[{"name": model, "layers": layers} for model in models],
            confidence_level=SETTINGS.confidence_level,
            study="made-up",
            parts=params.parts,
            planned=params.planned,
            tasks_chosen_by_baseline=True,
        ),
    )


def build(study, output):
    """Build the report of a study from `write_study`, and return it."""
    job_input, params = study
    inputs = [path for given in vars(job_input).values() for path in (given if isinstance(given, list) else [given])]
    record = made_up_record("report", [output], sources=map(str, inputs))
    written = SimpleNamespace(page=output, manifest=output.with_name("manifest.json"))
    report.main(job_input, written, params, made_up_lineage(job_input, ORIGINS), record)
    return output.read_text(encoding="utf-8")
