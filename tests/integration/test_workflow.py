"""A whole study over tiny models of every family, and what the shipped studies plan."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from project import ROOT, Project, tiny_config
from tiny_models import build_tiny_model

from sna.config import validate_config
from sna.families import FAMILIES

CONFIG = tiny_config(list(FAMILIES), tasks=["addition", "syllogisms", "antonyms"], layers=[1])
NOTHING_TO_DO = "Nothing to be done"


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Project:
    """A project in which the report was made, from fetching the models on; it serves all tests of this file."""
    project = Project.copy(tmp_path_factory.mktemp("study") / "project")
    for family in FAMILIES:
        build_tiny_model(family, project.folder / "models" / family)
    project.write_config(CONFIG)
    project.succeed("report")
    return project


@pytest.fixture(scope="session")
def shipped(tmp_path_factory) -> Project:
    """A project as it is shipped, where nothing was run."""
    return Project.copy(tmp_path_factory.mktemp("shipped") / "project")


def rules_with_scripts() -> dict[str, str]:
    """Return the text of every rule that runs a script."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.smk")))
    found = re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", text + "\n", flags=re.MULTILINE)
    return {name: body for name, body in found if "    script:" in body}


def directive(body: str, name: str) -> str:
    """Return what a rule's text says under a directive."""
    found = re.search(rf"^    {name}:((?: .*)?\n(?:        .*\n)*)", body, flags=re.MULTILINE)
    return found.group(1).strip() if found else ""


def planned(project: Project, *arguments: str) -> tuple[str, dict[str, int]]:
    """Return what a dry run prints, and how many jobs of each rule it plans."""
    printed = project.succeed("--dry-run", "--quiet=rules", *arguments)
    return printed, {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", printed, flags=re.MULTILINE)}


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
    assert all(family in page for family in FAMILIES)


def test_every_claim_is_judged_for_every_model(study):
    claims = json.loads((study.results / "claims.json").read_text(encoding="utf-8"))
    defined = yaml.safe_load((ROOT / "report" / "claims.yaml").read_text(encoding="utf-8"))
    assert len(claims["claims"]) >= len(defined) > 0
    for claim in claims["claims"]:
        assert {verdict["model"] for verdict in claim["models"]} == set(FAMILIES), claim["id"]
        assert {verdict["verdict"] for verdict in claim["models"]} <= {
            "reproduced",
            "partly reproduced",
            "not reproduced",
            "not tested here",
        }


@pytest.mark.parametrize("family", FAMILIES)
def test_a_sweep_leaves_a_model_as_it_was(study, family):
    found = json.loads((study.results / "reversibility" / f"{family}.json").read_text(encoding="utf-8"))
    assert found["parameters_unchanged"]
    assert found["outputs_identical"]


@pytest.mark.parametrize("name", ["saturation", "layers", "grid", "dose_response", "interference"])
def test_a_figure_is_drawn(study, name):
    assert "</svg>" in (study.results / "figures" / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["tasks", "zones", "interference"])
def test_a_table_has_every_model(study, name):
    assert set(pd.read_csv(study.results / "tables" / f"{name}.csv")["model"]) == set(FAMILIES)


def test_every_output_has_its_log_and_its_benchmark(study):
    lines = study.succeed("--summary").splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("output_file\t"))
    names = lines[header].split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=False)) for line in lines[header + 1 :] if "\t" in line]
    assert {row["rule"] for row in rows} == set(rules_with_scripts())
    for row in rows:
        log = study.folder / row["log-file(s)"]
        assert log.is_file(), row["output_file"]
        benchmark = Path(str(log).replace("/logs/", "/benchmarks/")).with_suffix(".tsv")
        assert benchmark.is_file(), row["output_file"]


def test_no_temporary_file_is_left(study):
    assert study.half_written() == []


def test_a_second_run_has_nothing_to_do(study):
    assert NOTHING_TO_DO in study.succeed("report")


def test_a_deleted_figure_and_table_come_back_alone(study, tmp_path):
    project = Project.copy(tmp_path / "project", study.folder)
    lost = [project.results / "figures" / "grid.svg", project.results / "tables" / "zones.csv"]
    before = [path.read_bytes() for path in lost]
    for path in lost:
        path.unlink()
    _, jobs = planned(project, "figures", "tables")
    assert jobs == {"plot_grid": 1, "tabulate_zones": 1, "figures": 1, "tables": 1, "total": 4}
    project.succeed("figures", "tables")
    assert [path.read_bytes() for path in lost] == before


@pytest.mark.parametrize(("target", "verb"), [("figures", "plot_"), ("tables", "tabulate_")])
def test_a_target_makes_all_of_its_kind_and_nothing_else(shipped, target, verb):
    _, jobs = planned(shipped, target)
    made = {name for name in jobs if name.startswith(("plot_", "tabulate_", "report"))}
    assert made == {rule for rule in rules_with_scripts() if rule.startswith(verb)}


def test_the_paper_study_plans_the_papers_experiments(shipped):
    printed, jobs = planned(shipped, "--config", "study=paper")
    assert "24,192 experiments over gpt2, gpt2-medium" in printed
    assert jobs["amplify_layer"] == 12 + 24
    assert jobs["fetch_model"] == 2


def test_the_default_study_plans_every_layer_of_the_embedded_model(shipped):
    printed, jobs = planned(shipped)
    assert "20,160 experiments over smollm2-135m" in printed
    assert jobs["amplify_layer"] == 30
    assert jobs["report"] == 1


@pytest.mark.parametrize("rule", rules_with_scripts())
def test_a_rule_names_its_script_log_and_benchmark_after_itself(rule):
    body = rules_with_scripts()[rule]
    assert directive(body, "script") == f'"../scripts/{rule}.py"'
    # Models and reviews are fetched once for all studies.
    fetched = {"fetch_model": "models/{}/{{model}}", "fetch_reviews": "reviews/{}/{{reviews}}"}
    folder = fetched.get(rule, f"{{}}/{rule}")
    assert folder.format("logs") in directive(body, "log")
    assert folder.format("benchmarks") in directive(body, "benchmark")


@pytest.mark.parametrize("rule", rules_with_scripts())
def test_a_rule_says_what_it_needs_and_does(rule):
    body = rules_with_scripts()[rule]
    assert directive(body, "threads") == "1"
    assert re.search(r"mem_mb=\d+", directive(body, "resources"))
    assert re.search(r"runtime=\d+", directive(body, "resources"))
    assert re.fullmatch(r'"\.\./envs/\w+\.yaml"', directive(body, "conda"))
    assert directive(body, "message")


def test_every_script_is_a_rules():
    assert {path.stem for path in (ROOT / "scripts").glob("*.py")} - {"write_config_schema"} == set(
        rules_with_scripts()
    )
