"""The report: one whole page that says everything, asks the network for nothing, and runs nothing."""

import base64
import hashlib
import re
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import judge_claims
import pandas as pd
import pytest
import tabulate_controls
import tabulate_interference
import tabulate_reviews
import tabulate_tasks
import tabulate_zones
import yaml
from made_up import experiments_of, made_up_classified, made_up_controls, made_up_crossed, made_up_prompts

import report
from sna import formats
from sna.claims import VERDICTS, read_claims
from sna.config import Statistics, validate_config
from sna.errors import InputError
from sna.files import read_json, write_json
from sna.questions import read_questions
from sna.report import arrange_exhibits, mark_code, read_figure, render
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
from sna.summary import summarize_tasks
from sna.tables import BASELINE, EXPERIMENTS, write_table
from sna.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
CLAIMS = ROOT / "report" / "claims.yaml"
QUESTIONS = ROOT / "report" / "questions.yaml"
CONFIG = validate_config(read_yaml(ROOT / "config.yaml"))
TEMPLATES = sorted(path for path in (ROOT / "report").rglob("*") if path.suffix in {".j2", ".css"})
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
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><path id="same"/></svg>'
VOID = {"meta", "link", "br", "img"}
MARKUP = "<script>alert('x')</script> & <b>"

ORIGINS = {
    "gpt2": {"source": "hub", "repository": "openai-community/gpt2", "revision": "a" * 40},
    "smollm2-135m": {"source": "package", "package": "p", "version": "1", "file": "p/m.gguf", "sha256": "b" * 64},
    "own": {"source": "path", "path": "models/own"},
}


def measure(experiments, prompts, tasks):
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
            "layers": locate_layers(prompts_of, 3, SETTINGS),
            "success": measure_success(summary, CONFIG.zones, SETTINGS),
            "golden_zone": find_golden_zones(own, prompts_of, CONFIG.golden_zone),
            "controls": measure_controls(controls, SETTINGS),
            "interference": measure_interference(crossed, CONFIG.interference, 3, SETTINGS),
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


def write_study(folder, models, tasks, text="Say"):
    """Write everything that the report reads, and return Snakemake's `input` and `params`."""
    prompts = made_up_prompts(models=models, tasks=tasks)
    experiments = experiments_of(prompts)
    write_table(experiments, EXPERIMENTS, folder / "experiments.parquet")
    statistics = []
    for name, content in measure(experiments, prompts, tasks).items():
        statistics.append(folder / "statistics" / f"{name}.json")
        write_json(statistics[-1], content)
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
    categories = prompts.drop_duplicates("task").set_index("task")["category"]
    written = {task: write_task(folder, task, category, 12, text) for task, category in categories.items()}
    for name in FIGURES:
        (folder / "figures").mkdir(exist_ok=True)
        (folder / "figures" / f"{name}.svg").write_text(SVG, encoding="utf-8")
    write_tables(folder)
    write_json(folder / "reviews" / "origin.json", REVIEWS)
    job_input = SimpleNamespace(
        claims=folder / "claims.json",
        definitions=CLAIMS,
        questions=QUESTIONS,
        figures=[folder / "figures" / f"{name}.svg" for name in FIGURES],
        tables=[folder / "tables" / f"{name}.csv" for name in TABLES],
        statistics=statistics,
        tasks=[path for path, _ in written.values()],
        baselines=write_baselines(folder, prompts, {task: items for task, (_, items) in written.items()}),
        precision=[folder / "precision" / f"{model}.json" for model in models],
        origins=[folder / "models" / model / "origin.json" for model in models],
        reviews=folder / "reviews" / "origin.json",
        templates=TEMPLATES,
    )
    study = CONFIG.chosen.model_dump() | {
        "models": list(models), "tasks": list(categories.index), "layers": [0, 1, 2], "neurons": [5, 50],
        "multipliers": [1.5, 3.0],
    }  # fmt: skip
    params = SimpleNamespace(
        study="made-up",
        planned=len(experiments),
        config=CONFIG.model_dump() | {"study": study, "statistics": SETTINGS.model_dump()},
    )
    judge_claims.main(
        SimpleNamespace(
            claims=CLAIMS,
            questions=QUESTIONS,
            statistics=statistics,
            reversibility=[folder / "reversibility" / f"{model}.json" for model in models],
            experiments=folder / "experiments.parquet",
        ),
        job_input.claims,
        SimpleNamespace(
            models=[{"name": model, "layers": 3} for model in models], study="made-up", planned=params.planned
        ),
    )
    return job_input, params


def plain(text):
    """Return a text as a page shows it: code without its backticks, single spaces."""
    return " ".join(text.replace("`", "").split())


def build(study, output):
    report.main(study[0], output, study[1], "2026-01-02", "0123abc")
    return output.read_text(encoding="utf-8")


STUDIES = {
    "two models": {"models": ("gpt2", "smollm2-135m"), "tasks": 12},
    "smoke": {"models": ("own",), "tasks": 3},
    "one task": {"models": ("own",), "tasks": 1},
    "markup": {"models": ("gpt2",), "tasks": 3, "text": MARKUP},
}


@pytest.fixture(scope="module", params=STUDIES)
def study(request, tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"), **STUDIES[request.param])


@pytest.fixture(scope="module")
def page(study, tmp_path_factory):
    return build(study, tmp_path_factory.mktemp("page") / "report.html")


class Reader(HTMLParser):
    """Read a page strictly: what is opened is closed, in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another at line {self.getpos()[0]}"

    def handle_data(self, data):
        self.text += data

    def all(self, attribute):
        return [attrs[attribute] for _, attrs in self.tags if attribute in attrs]


def test_the_page_is_well_formed_and_its_links_lead_somewhere(page):
    reader = Reader(page)
    ids = reader.all("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in reader.all("href") if link.startswith("#")} <= set(ids)


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(page):
    reader = Reader(page)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in reader.all("src"))
    assert all(attrs["href"] == "data:," for tag, attrs in reader.tags if tag == "link")
    assert {tag for tag, _ in reader.tags}.isdisjoint({"script", "iframe", "object", "embed", "svg", "form"})
    assert not [name for _, attrs in reader.tags for name in attrs if name.startswith("on")]
    assert "url(" not in page
    assert "@import" not in page


def test_the_policy_allows_the_style_sheet_and_no_other_style(page):
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)[1]
    policy = dict(Reader(page).tags[3][1])["content"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy
    assert not Reader(page).all("style")


def test_every_claim_has_its_section_with_each_models_verdict(study, page):
    for claim in read_json(study[0].claims)["claims"]:
        section = page.split(f'<section id="claim-{claim["id"]}"')[1].split("</section>")[0]
        badges = re.findall(r'<span class="badge [\w-]+">([\w ]+)</span>', section)
        assert badges == [entry["verdict"] for entry in claim["models"]]


def test_what_weakens_a_figure_stands_beside_it(study, page):
    text = " ".join(Reader(page).text.split())
    for claim in read_json(study[0].claims)["claims"]:
        for entry in claim["models"]:
            if entry["caution"]:
                assert f"What weakens it: {plain(entry['caution'])}" in text


def test_every_question_has_its_section_with_each_models_answer(study, page):
    for question in read_json(study[0].claims)["questions"]:
        section = page.split(f'<section id="question-{question["id"]}"')[1].split("</section>")[0]
        text = " ".join(Reader("<section>" + section.partition(">")[2] + "</section>").text.split())
        assert plain(question["question"]) in text
        for entry in question["models"]:
            assert f"{entry['model']} {plain(entry['answer'])}" in text


def test_verdicts_are_counted(study, page):
    for model in study[1].config["study"]["models"]:
        row = page.split(f'<th scope="row">{model}</th>')[1].split("</tr>")[0]
        counts = [int(cell) for cell in re.findall(r"<td>(\d+)</td>", row)]
        verdicts = [
            entry["verdict"]
            for claim in read_json(study[0].claims)["claims"]
            for entry in claim["models"]
            if entry["model"] == model
        ]
        assert counts == [verdicts.count(verdict) for verdict in VERDICTS]


def test_every_figure_and_table_is_shown_once(page):
    reader = Reader(page)
    assert len(reader.all("src")) == len(FIGURES)
    labels = re.findall(r"<figcaption><b>((?:Figure|Table) \d+)\. ", page)
    numbers = {
        kind: [int(label.split()[1]) for label in labels if label.startswith(kind)] for kind in ("Figure", "Table")
    }
    assert numbers == {"Figure": list(range(1, 11)), "Table": list(range(1, 13))}


def test_every_image_says_what_it_shows(page):
    assert all(attrs["alt"] for tag, attrs in Reader(page).tags if tag == "img")


def test_what_is_undefined_is_a_dash(page):
    assert not re.search(r"\b(None|nan|NaN|inf)\b", Reader(page).text)


def test_every_prompt_is_there_with_its_baseline(study, page):
    text = Reader(page).text
    baselines = pd.concat([pd.read_parquet(path) for path in study[0].baselines])
    for row in baselines.itertuples():
        assert row.text in text
    shown = re.findall(r'<td class="n">([\d.]+)</td>', page)
    assert {formats.probability(value) for value in baselines["probability"]} <= set(shown)


def test_the_same_inputs_give_the_same_page(study, page, tmp_path):
    assert build(study, tmp_path / "again.html") == page


def test_markup_in_a_task_or_an_origin_stays_text(tmp_path):
    page = build(write_study(tmp_path, ("gpt2",), 3, MARKUP), tmp_path / "report.html")
    assert "<script" not in page
    assert Reader(page).text.count(MARKUP) == 3 * 25 + 1  # each prompt, each description, the licence


def test_markup_beside_code_stays_text():
    assert mark_code("<b> `a < b`") == "&lt;b&gt; <code>a &lt; b</code>"


def test_an_exhibit_that_is_not_there_is_named_with_its_claim():
    claims = {"saturation": read_claims(CLAIMS)["saturation"]}
    with pytest.raises(InputError, match="claim-saturation: exhibits: there is no 'figures/null_model'"):
        arrange_exhibits({}, claims, ["figures/saturation", "tables/tasks"])


def test_an_exhibit_is_shown_in_the_first_section_that_names_it_and_numbered_in_the_order_of_the_page():
    claims, questions = read_claims(CLAIMS), read_questions(QUESTIONS)
    names = ["tables/success", *(f"figures/{name}" for name in FIGURES), *(f"tables/{name}" for name in TABLES)]
    named = {name for entry in [*claims.values(), *questions.values()] for name in entry.exhibits}
    shown = arrange_exhibits(questions, claims, [*names, *sorted(named - set(names))])
    assert shown["figures/saturation"].section == "tasks"
    assert shown["figures/controls"].section == "question-random-neurons"
    assert shown["figures/layers"].section == "claim-layer-arithmetic"
    assert shown["tables/success"].section == "results"
    assert (shown["figures/saturation"].label, shown["figures/controls"].label) == ("Figure 1", "Figure 2")


@pytest.mark.parametrize("content", ["<svg", "<svg/>", SVG.replace("72pt", "wide")])
def test_a_broken_figure_is_named(tmp_path, content):
    (tmp_path / "figure.svg").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"figure\.svg: not an SVG file"):
        read_figure(tmp_path / "figure.svg")


def test_a_figure_keeps_its_size(tmp_path):
    (tmp_path / "figure.svg").write_text(SVG, encoding="utf-8")
    figure = read_figure(tmp_path / "figure.svg")
    assert (figure.width, figure.height) == (96, 48)


def test_a_missing_style_sheet_is_named():
    with pytest.raises(InputError, match=r"report/: style\.css is missing"):
        render({"report.html.j2": ""}, {})


def test_outside_of_a_repository_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert report.current_commit() == "unknown"
