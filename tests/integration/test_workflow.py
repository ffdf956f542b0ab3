"""A whole study over two tiny models, and what the shipped studies plan."""

import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml
from project import ROOT, Project, tiny_config
from tiny_models import build_tiny_model

from sna.files import read_json, sha256, write_json
from sna.inputs.config import validate_config

#: One with a plain and one with a gated MLP; engine and reference are compared for every family in the unit tests.
MODELS = ["gpt2", "llama"]
CONFIG = tiny_config(MODELS, tasks=["addition", "syllogisms", "antonyms"], layers=[1])
NOTHING_TO_DO = "Nothing to be done"
PRINTED = "printed.txt"


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Project:
    """A project in which report and crate were made, from fetching the models on; it serves all tests of this file."""
    project = Project.copy(tmp_path_factory.mktemp("study") / "project")
    for family in MODELS:
        build_tiny_model(family, project.folder / "models" / family)
    project.write_config(CONFIG)
    (project.folder / PRINTED).write_text(project.succeed("report", "crate"), encoding="utf-8")
    return project


@pytest.fixture(scope="session")
def shipped(tmp_path_factory) -> Project:
    """A project as it is shipped, where nothing was run."""
    return Project.copy(tmp_path_factory.mktemp("shipped") / "project")


def stages() -> dict[str, str]:
    """Return the text of every rule that makes something with a script."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.smk")))
    found = re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", text + "\n", flags=re.MULTILINE)
    return {name: body for name, body in found if "    script:" in body and "    output:" in body}


def directive(body: str, name: str) -> str:
    """Return what a rule's text says under a directive."""
    found = re.search(rf"^    {name}:((?: .*)?\n(?:        .*\n)*)", body, flags=re.MULTILINE)
    return found.group(1).strip() if found else ""


def test_the_experiments_are_exactly_the_planned_ones(study):
    config = validate_config(CONFIG)
    found = pd.read_parquet(study.results / "experiments.parquet")
    axes = {
        "model": config.chosen.models,
        "task": config.chosen.tasks,
        "layer": config.chosen.layers,
        "neurons": config.chosen.neurons,
        "multiplier": config.chosen.multipliers,
    }
    expected = pd.MultiIndex.from_product(axes.values())
    assert len(found) == len(expected) == config.experiments()
    assert set(found[list(axes)].itertuples(index=False, name=None)) == set(expected)


def test_every_experiment_has_a_row_for_each_evaluation_prompt(study):
    prompts = pd.read_parquet(study.results / "prompts.parquet")
    rows = prompts.groupby(["model", "task", "layer", "neurons", "multiplier"]).size()
    assert len(rows) == validate_config(CONFIG).experiments()
    assert set(rows) == {12}


def test_the_report_is_one_whole_page(study):
    page = (study.results / "report.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert page.rstrip().lower().endswith("</html>")
    assert all(model in page for model in MODELS)


def test_every_claim_is_judged_for_every_model(study):
    claims = json.loads((study.results / "claims.json").read_text(encoding="utf-8"))
    defined = yaml.safe_load((ROOT / "report" / "claims.yaml").read_text(encoding="utf-8"))
    assert len(claims["claims"]) >= len(defined) > 0
    for claim in claims["claims"]:
        assert {verdict["model"] for verdict in claim["models"]} == set(MODELS), claim["id"]
        assert {verdict["verdict"] for verdict in claim["models"]} <= {
            "reproduced",
            "partly reproduced",
            "not reproduced",
            "not tested here",
        }


@pytest.mark.parametrize("model", MODELS)
def test_a_sweep_leaves_a_model_as_it_was(study, model):
    found = json.loads((study.results / "reversibility" / f"{model}.json").read_text(encoding="utf-8"))
    assert found["parameters_unchanged"]
    assert found["outputs_identical"]


@pytest.mark.parametrize("name", ["saturation", "layers", "grid", "dose_response", "interference"])
def test_a_figure_is_drawn(study, name):
    assert "</svg>" in (study.results / "figures" / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["tasks", "zones", "interference"])
def test_a_table_has_every_model(study, name):
    assert set(pd.read_csv(study.results / "tables" / f"{name}.csv")["model"]) == set(MODELS)


def test_every_output_has_its_log_and_its_benchmark(study):
    lines = study.succeed("--summary", "crate").splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("output_file\t"))
    names = lines[header].split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=False)) for line in lines[header + 1 :] if "\t" in line]
    assert {row["rule"] for row in rows} == set(stages())
    for row in rows:
        log = study.folder / row["log-file(s)"]
        assert log.is_file(), row["output_file"]
        benchmark = Path(str(log).replace("/logs/", "/benchmarks/")).with_suffix(".tsv")
        assert benchmark.is_file(), row["output_file"]


def test_a_run_says_what_it_does_and_what_is_left_in_plain_lines(study):
    printed = (study.folder / PRINTED).read_text(encoding="utf-8")
    assert "Drawing the best improvement by task and layer" in printed
    assert re.search(r"^\d+ left, about \d", printed, flags=re.MULTILINE)
    assert "\x1b" not in printed
    assert "\r" not in printed


def test_no_temporary_file_is_left(study):
    assert study.half_written() == []


def test_a_second_run_has_nothing_to_do(study):
    assert NOTHING_TO_DO in study.succeed("report")


def test_a_moved_study_audits_clean(study, tmp_path):
    project = Project.copy(tmp_path / "project", study.folder)
    printed = project.succeed("audit")
    assert re.search(r"^\d+ files of \d+ jobs: ok$", printed, flags=re.MULTILINE)
    assert NOTHING_TO_DO in project.succeed("report", "--dry-run")


def test_a_figure_forged_with_its_record_breaks_the_chain_to_the_report(study, tmp_path):
    project = Project.copy(tmp_path / "project", study.folder)
    figure, record = (project.results / name for name in ("figures/grid.svg", "records/plot_grid.json"))
    figure.write_text(figure.read_text(encoding="utf-8") + "<!-- forged -->", encoding="utf-8")
    content = read_json(record)
    content["outputs"]["results/tiny/figures/grid.svg"] = {"sha256": sha256(figure), "size": figure.stat().st_size}
    write_json(record, content)
    code, printed = project.run("audit")
    assert code != 0
    assert "forged             ├─ results/tiny/figures/grid.svg" in printed
    assert project.planned("report") == {"plot_grid": 1, "report": 1}


def test_an_edited_template_reruns_the_report_alone(study, tmp_path):
    project = Project.copy(tmp_path / "project", study.folder)
    with open(project.folder / "report" / "templates" / "report.html.j2", "a", encoding="utf-8") as file:
        file.write("<!-- edited -->")
    assert project.planned("report") == {"report": 1}


def test_a_figure_names_its_record(study):
    for figure in (study.results / "figures").glob("*.svg"):
        record = read_json(study.results / "records" / f"plot_{figure.stem}.json")
        named = re.search(r"<dc:identifier>(\w+)</dc:identifier>", figure.read_text(encoding="utf-8"))
        assert named[1] == record["id"]


def test_snakemakes_own_report_holds_every_figure_and_table_with_its_caption(study, tmp_path):
    study.succeed("--report", str(tmp_path / "report.zip"))
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        archived = {Path(name).name for name in archive.namelist()}
        page = archive.read("report/report.html").decode()
    exhibits = [*(study.results / "figures").glob("*.svg"), *(study.results / "tables").glob("*.csv")]
    assert exhibits
    assert {path.name for path in exhibits} | {"report.html"} <= archived
    for path in exhibits:
        caption = study.folder / "report" / "captions" / path.parent.name / f"{path.stem}.rst"
        first_words = " ".join(caption.read_text(encoding="utf-8").split()[:4])
        assert first_words in " ".join(page.split()), path.name


def test_a_deleted_figure_and_table_come_back_alone(study, tmp_path):
    project = Project.copy(tmp_path / "project", study.folder)
    lost = [project.results / "figures" / "grid.svg", project.results / "tables" / "zones.csv"]
    before = [path.read_bytes() for path in lost]
    for path in lost:
        path.unlink()
    assert project.planned("figures", "tables") == {"plot_grid": 1, "tabulate_zones": 1, "figures": 1, "tables": 1}
    project.succeed("figures", "tables")
    assert [path.read_bytes() for path in lost] == before


@pytest.mark.parametrize(("target", "kind"), [("figures", "plot_"), ("tables", "tabulate_")])
def test_a_target_makes_all_of_its_kind_and_nothing_else(shipped, target, kind):
    jobs = shipped.planned(target)
    assert {name for name in jobs if name.startswith(("plot_", "tabulate_"))} == {
        name for name in stages() if name.startswith(kind)
    }
    assert "report" not in jobs


def test_the_paper_study_plans_the_papers_experiments(shipped):
    printed, jobs = shipped.dry_run("--config", "study=paper")
    assert "24,192 experiments over gpt2, gpt2-medium" in printed
    assert jobs["amplify_layer"] == 12 + 24
    assert jobs["fetch_model"] == 2


def test_the_default_study_plans_every_layer_of_the_embedded_model(shipped):
    printed, jobs = shipped.dry_run()
    assert "20,160 experiments over smollm2-135m" in printed
    assert jobs["amplify_layer"] == 30
    assert jobs["report"] == 1


@pytest.mark.parametrize("rule", stages())
def test_a_rule_names_its_script_log_benchmark_and_record_after_itself(rule):
    body = stages()[rule]
    assert directive(body, "script") == f'"../scripts/{rule}.py"'
    # Models and reviews are fetched once for all studies.
    fetched = {"fetch_model": "models/{}/{{model}}", "fetch_reviews": "reviews/{}/{{reviews}}"}
    folder = fetched.get(rule, f"{{}}/{rule}")
    assert folder.format("logs") in directive(body, "log")
    assert folder.format("benchmarks") in directive(body, "benchmark")
    *data, record = directive(body, "output").splitlines()
    assert data
    assert record.strip() == "record=" + directive(body, "log").replace("/logs/", "/records/").replace(".log", ".json")


@pytest.mark.parametrize("rule", stages())
def test_a_rules_parameters_say_what_it_runs_and_in_which_environment(rule):
    body = stages()[rule]
    environment = re.fullmatch(r'"\.\./envs/(\w+)\.yaml"', directive(body, "conda"))[1]
    assert directive(body, "params").splitlines()[0] == f'code=code_of("{rule}", "{environment}"),'


@pytest.mark.parametrize("rule", stages())
def test_a_rule_says_what_it_needs_and_does(rule):
    body = stages()[rule]
    assert directive(body, "threads") == "1"
    assert re.search(r"mem_mb=\d+", directive(body, "resources"))
    assert re.search(r"runtime=\d+", directive(body, "resources"))
    assert re.fullmatch(r'"\.\./envs/\w+\.yaml"', directive(body, "conda"))
    assert directive(body, "message")


def test_every_script_is_a_rules():
    scripts = {path.stem for path in (ROOT / "scripts").glob("*.py")}
    assert scripts - {"audit", "explorer", "replay", "write_config_schema"} == set(stages())
