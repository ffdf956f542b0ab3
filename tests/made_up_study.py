"""A whole made-up study: every file that the report reads, written by the workflow's own code where that is cheap."""

from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import judge_claims
import plot_controls
import plot_dose_response
import plot_golden_zone
import plot_grid
import plot_interference
import plot_layers
import plot_null_model
import plot_reviews
import plot_saturation
import plot_zone_fit
import tabulate_controls
import tabulate_interference
import tabulate_reviews
import tabulate_tasks
import tabulate_zones
import yaml
from made_up import experiments_of, made_up_classified, made_up_controls, made_up_crossed, made_up_prompts
from made_up_records import made_up_lineage

import report
from sna.experiments.summary import summarize_tasks
from sna.files import write_json
from sna.inputs.config import Statistics, validate_config
from sna.inputs.yaml_files import read_yaml
from sna.statistics.controls import measure_controls
from sna.statistics.golden_zone import find_golden_zones
from sna.statistics.held_out import measure_held_out
from sna.statistics.interference import measure_interference
from sna.statistics.layers import locate_layers
from sna.statistics.logits import at_best_configuration
from sna.statistics.null_model import measure_null_model
from sna.statistics.predictors import compare_predictors
from sna.statistics.reviews import Certainty, measure_reviews
from sna.statistics.saturation import measure_saturation
from sna.statistics.success import measure_success
from sna.statistics.zone_fit import fit_zones
from sna.statistics.zones import measure_zones
from sna.tables import BASELINE, CONTROLS, EXPERIMENTS, PROMPTS, write_table

ROOT = Path(__file__).parents[1]
CLAIMS = ROOT / "report" / "claims.yaml"
QUESTIONS = ROOT / "report" / "questions.yaml"
GLOSSARY = ROOT / "report" / "glossary.yaml"
CONFIG = validate_config(read_yaml(ROOT / "config.yaml"))
TEMPLATES = sorted(path for path in (ROOT / "report").rglob("*") if path.suffix in {".j2", ".css", ".js"})
SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)
CERTAINTY = Certainty(CONFIG.sentiment.bins, CONFIG.sentiment.uncertain, CONFIG.sentiment.confident)
REVIEWS = {
    "source": "path",
    "path": "reviews/dev.tsv",
    "license": "unknown",
    "labels": {"negative": 40, "positive": 50},
}
FIGURES = (
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
TABLES = ("tasks", "zones", "controls", "reviews", "interference")
# Two figures draw the tables of their names.
WITHOUT_DATA = ("reviews", "interference")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><path id="same"/></svg>'
ORIGINS = {
    "gpt2": {"source": "hub", "repository": "openai-community/gpt2", "revision": "a" * 40},
    "smollm2-135m": {"source": "package", "package": "p", "version": "1", "file": "p/m.gguf", "sha256": "b" * 64},
    "own": {"source": "path", "path": "models/own"},
}


def measure(experiments, prompts, tasks, layers):
    """Return the content of every statistics file."""
    statistics = {}
    for model, summary in summarize_tasks(experiments, SETTINGS.task_improvement).groupby("model"):
        own, prompts_of = experiments[experiments["model"] == model], prompts[prompts["model"] == model]
        crossed = made_up_crossed(models=(model,), tasks=tasks)
        controls = made_up_controls(models=(model,), tasks=tasks, advantage=0.1)
        found = {
            "saturation": measure_saturation(summary, SETTINGS),
            "zones": measure_zones(summary, prompts_of, CONFIG.zones, SETTINGS),
            "held_out": measure_held_out(prompts_of, CONFIG.zones, SETTINGS),
            "null_model": measure_null_model(at_best_configuration(own, prompts_of), SETTINGS),
            "zone_fit": fit_zones(summary, CONFIG.zones.boundaries, SETTINGS),
            "predictors": compare_predictors(summary, SETTINGS),
            "layers": locate_layers(prompts_of, layers, SETTINGS),
            "success": measure_success(summary, CONFIG.zones, SETTINGS),
            "golden_zone": find_golden_zones(own, prompts_of, CONFIG.golden_zone),
            "controls": measure_controls(controls, SETTINGS),
            "interference": measure_interference(crossed, CONFIG.interference, layers, SETTINGS),
            "reviews": measure_reviews(made_up_classified(model=model), CERTAINTY, SETTINGS),
        }
        for name, result in found.items():
            statistics.setdefault(name, {})[model] = asdict(result)
        statistics["reviews"][model]["reviews"] = "made-up"
    return statistics


def write_task(folder, name, category, prompts, text):
    """Write a task file whose description and first prompt hold `text`, and return it with its prompts."""
    items = [{"prompt": f"{text} {name} {number} =", "target": f" {number}"} for number in range(12 + prompts)]
    path = folder / "tasks" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    task = {
        "name": name,
        "category": category,
        "description": f"About {text}.",
        "selection": items[:12],
        "evaluation": {"first": items[12 : 12 + prompts // 2], "second": items[12 + prompts // 2 :]},
    }
    path.write_text(yaml.safe_dump(task), encoding="utf-8")
    return path, items[12:]


def write_baselines(folder, prompts, items):
    """Write each model's baseline table, with the texts of `items` by task."""
    rows = prompts.drop_duplicates(["model", "task", "prompt"]).rename(columns={"baseline": "probability"})
    rows["text"] = [items[row.task][row.prompt]["prompt"] for row in rows.itertuples()]
    rows["target"] = [items[row.task][row.prompt]["target"] for row in rows.itertuples()]
    paths = []
    for model, own in rows.drop(columns="probability").assign(probability=prompts["baseline"]).groupby("model"):
        paths.append(folder / "baseline" / f"{model}.parquet")
        write_table(own[list(BASELINE.columns)], BASELINE, paths[-1])
    return paths


def write_tables(folder):
    tables, statistics = folder / "tables", folder / "statistics"
    held_out = statistics / "held_out.json"
    boundaries = CONFIG.zones.boundaries
    tabulate_tasks.main(folder / "experiments.parquet", held_out, boundaries, tables / "tasks.csv")
    tabulate_zones.main(statistics / "zones.json", held_out, tables / "zones.csv")
    tabulate_controls.main(statistics / "controls.json", tables / "controls.csv")
    tabulate_interference.main(statistics / "interference.json", tables / "interference.csv")
    tabulate_reviews.main(statistics / "reviews.json", tables / "reviews.csv")


def draw_figures(folder, models):
    """Draw every figure as the workflow does."""
    figures, statistics = folder / "figures", folder / "statistics"
    figure, data = ({name: figures / f"{name}.{ending}" for name in FIGURES} for ending in ("svg", "csv"))
    found = {name: statistics / f"{name}.json" for name in FIGURES}
    experiments, prompts, level = folder / "experiments.parquet", folder / "prompts.parquet", SETTINGS.confidence_level

    def outputs(name):
        return found[name], figure[name], data[name]

    plot_saturation.main(
        experiments, prompts, found["saturation"], statistics / "held_out.json",
        figure=figure["saturation"], data=data["saturation"], zones=CONFIG.zones, settings=SETTINGS,
    )  # fmt: skip
    plot_null_model.main(experiments, prompts, *outputs("null_model"), confidence_level=level)
    plot_zone_fit.main(experiments, *outputs("zone_fit"), boundaries=CONFIG.zones.boundaries, settings=SETTINGS)
    plot_layers.main(experiments, *outputs("layers"), confidence_level=level)
    plot_controls.main(
        [folder / "controls.parquet"],
        [folder / "baseline" / f"{model}.parquet" for model in models],
        *outputs("controls"),
        settings=SETTINGS,
    )
    plot_grid.main(experiments, found["golden_zone"], figure["grid"], data["grid"])
    plot_golden_zone.main(*outputs("golden_zone"))
    plot_dose_response.main(experiments, figure["dose_response"], data["dose_response"])
    plot_reviews.main(found["reviews"], figure["reviews"], level)
    plot_interference.main(experiments, found["interference"], figure["interference"], level)


def stand_in_figures(folder, _):
    """Write the least that is a figure in the place of each, which takes no time."""
    (folder / "figures").mkdir()
    for name in FIGURES:
        (folder / "figures" / f"{name}.svg").write_text(SVG, encoding="utf-8")
        (folder / "figures" / f"{name}.csv").write_text("model\n", encoding="utf-8")


def write_benchmarks(folder, models):
    """Write some of the benchmark files that Snakemake leaves; a job that was too short has no memory."""
    jobs = {f"amplify_layer/{model}/layer_{layer}": "61.5\t1500.2" for model in models for layer in range(3)}
    for job, measured in (jobs | {"tabulate_zones": "0.4\t-"}).items():
        path = folder / "benchmarks" / f"{job}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\tmax_rss\n{measured}\n", encoding="utf-8")


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
    prompts = made_up_prompts(models=models, tasks=tasks, **sweep)
    experiments = experiments_of(prompts)
    write_table(experiments, EXPERIMENTS, folder / "experiments.parquet")
    write_table(prompts, PROMPTS, folder / "prompts.parquet")
    write_table(made_up_controls(models=models, tasks=tasks, advantage=0.1), CONTROLS, folder / "controls.parquet")
    statistics = write_statistics(folder, measure(experiments, prompts, tasks, sweep["layers"]))
    write_models(folder, models, text)
    categories = prompts.drop_duplicates("task").set_index("task")["category"]
    written = {task: write_task(folder, task, category, 12, text) for task, category in categories.items()}
    baselines = write_baselines(folder, prompts, {task: items for task, (_, items) in written.items()})
    figures(folder, models)
    write_tables(folder)
    write_benchmarks(folder, models)
    write_json(folder / "reviews" / "origin.json", REVIEWS)
    job_input = describe_input(folder, models, statistics, [path for path, _ in written.values()], baselines)
    study = CONFIG.chosen.model_dump() | sweep | {
        "models": list(models), "tasks": list(categories.index), "layers": list(range(sweep["layers"]))
    }  # fmt: skip
    params = SimpleNamespace(
        study="made-up",
        planned=len(experiments),
        config=CONFIG.model_dump() | {"study": study, "statistics": SETTINGS.model_dump()},
        benchmarks=folder / "benchmarks",
        fetched={"fetch_model": [folder / "nowhere.tsv"]},
    )
    judge(folder, job_input, params, sweep["layers"])
    return job_input, params


def describe_input(folder, models, statistics, tasks, baselines):
    """Return what the report's rule has as its input."""
    return SimpleNamespace(
        claims=folder / "claims.json",
        definitions=CLAIMS,
        questions=QUESTIONS,
        glossary=GLOSSARY,
        experiments=folder / "experiments.parquet",
        figures=[folder / "figures" / f"{name}.svg" for name in FIGURES],
        data=[folder / "figures" / f"{name}.csv" for name in FIGURES if name not in WITHOUT_DATA],
        tables=[folder / "tables" / f"{name}.csv" for name in TABLES],
        statistics=statistics,
        tasks=tasks,
        baselines=baselines,
        precision=[folder / "precision" / f"{model}.json" for model in models],
        origins=[folder / "models" / model / "origin.json" for model in models],
        reviews=folder / "reviews" / "origin.json",
        templates=TEMPLATES,
    )


def write_statistics(folder, measured):
    """Write each statistics file, and return their paths."""
    for name, content in measured.items():
        write_json(folder / "statistics" / f"{name}.json", content)
    return [folder / "statistics" / f"{name}.json" for name in measured]


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


def judge(folder, job_input, params, layers):
    """Judge the claims as the workflow does."""
    models = params.config["study"]["models"]
    judge_claims.main(
        SimpleNamespace(
            claims=CLAIMS,
            questions=QUESTIONS,
            statistics=job_input.statistics,
            reversibility=[folder / "reversibility" / f"{model}.json" for model in models],
            experiments=job_input.experiments,
        ),
        job_input.claims,
        SimpleNamespace(
            models=[{"name": model, "layers": layers} for model in models], study="made-up", planned=params.planned
        ),
    )


def build(study, output):
    """Build the report of a study from `write_study`, and return it."""
    job_input, params = study
    report.main(
        job_input, output, params, lineage=made_up_lineage(job_input, ORIGINS), date="2026-01-02", commit="0123abc"
    )
    return output.read_text(encoding="utf-8")
