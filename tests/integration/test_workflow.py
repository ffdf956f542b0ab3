"""A whole study over two tiny models."""

import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml
from project import ROOT, Project, count_jobs
from workflow_rules import WEIGHTS, WITHOUT_JOBS, all_stages, stages_of

from sna.experiments.summary import ALL_MODELS
from sna.files import read_json, sha256, write_json
from sna.inputs.config import validate_config
from sna.inputs.entries import select_entries
from sna.inputs.exhibits import read_exhibits, render
from sna.verdicts.words import WORDS

DECLARED = read_exhibits(ROOT / "report" / "exhibits.yaml")
EXHIBITS = select_entries(DECLARED, [])
#: Every script of a chapter, by its name.
SCRIPTS = {
    path.stem: path.relative_to(ROOT).as_posix()
    for path in sorted((ROOT / "scripts").glob("*/*.py"))
    if path.parent.name not in {"sna", "explorer_pages"}
}
NOTHING_TO_DO = "Nothing to be done"


@pytest.fixture(scope="module")
def study(reported, tmp_path_factory) -> Project:
    """A copy of a project in which report and crate were made; it serves all tests of this file."""
    return Project.copy(tmp_path_factory.mktemp("study") / "project", reported.folder)


@pytest.fixture(scope="module")
def config(study) -> dict:
    return yaml.safe_load((study.folder / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(config) -> list[str]:
    return config["studies"]["tiny"]["models"]


def test_the_experiments_are_exactly_the_planned_ones(study, config):
    config = validate_config(config)
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


def test_every_experiment_has_a_row_for_each_evaluation_prompt(study, config):
    prompts = pd.read_parquet(study.results / "prompts.parquet")
    rows = prompts.groupby(["model", "task", "layer", "neurons", "multiplier"]).size()
    assert len(rows) == validate_config(config).experiments()
    assert set(rows) == {12}


def test_the_report_is_one_whole_page(study, models):
    page = (study.results / "report.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert page.rstrip().lower().endswith("</html>")
    assert all(model in page for model in models)


def test_every_claim_is_judged_for_every_model(study, models):
    claims = json.loads((study.results / "claims.json").read_text(encoding="utf-8"))
    defined = yaml.safe_load((ROOT / "report" / "claims.yaml").read_text(encoding="utf-8"))
    assert len(claims["claims"]) >= len(defined) > 0
    for claim in claims["claims"]:
        assert [entry["model"] for entry in claim["models"]] == models, claim["id"]
        for kind, words in WORDS.items():
            judged = [entry[kind] for entry in (*claim["models"], claim["overall"]) if entry[kind]]
            assert {verdict["verdict"] for verdict in judged} <= set(words)
            assert len(judged) == (0 if "no_fresh" in defined[claim["id"]] and kind == "fresh" else len(models) + 1)


def test_of_models_with_random_weights_nothing_is_so_but_that_amplification_is_reversible(study):
    claims = json.loads((study.results / "claims.json").read_text(encoding="utf-8"))["claims"]
    judged = [
        (claim["id"], entry[kind]["verdict"])
        for claim in claims
        for entry in claim["models"]
        for kind in WORDS
        if entry[kind]
    ]
    assert {claim for claim, word in judged if word in {*WORDS["measured"][:2], *WORDS["fresh"][:2]}} == {"reversible"}


def test_noise_is_counted_over_all_simulated_studies(study, config, models):
    noise = json.loads((study.results / "noise.json").read_text(encoding="utf-8"))
    for model in models:
        assert noise[model]["studies"] == config["studies"]["tiny"]["simulated_studies"]


def test_a_sweep_leaves_a_model_as_it_was(study, models):
    for model in models:
        found = json.loads((study.results / "reversibility" / f"{model}.json").read_text(encoding="utf-8"))
        assert found["parameters_unchanged"]
        assert found["outputs_identical"]


@pytest.mark.parametrize("name", [name for name in EXHIBITS if name.startswith("figures/")])
def test_a_figure_is_drawn(study, name):
    assert "</svg>" in (study.results / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["tasks", "zones", "interference", "fresh"])
def test_a_table_has_every_model(study, models, name):
    assert set(pd.read_csv(study.results / "tables" / f"{name}.csv")["model"]) - {ALL_MODELS} == set(models)


def test_every_output_has_its_log_and_its_benchmark(study):
    lines = study.succeed("--summary", "crate").splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("output_file\t"))
    names = lines[header].split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=False)) for line in lines[header + 1 :] if "\t" in line]
    assert {row["rule"] for row in rows} == set(stages_of()) - WITHOUT_JOBS
    for row in rows:
        log = study.folder / row["log-file(s)"]
        assert log.is_file(), row["output_file"]
        benchmark = Path(str(log).replace("/logs/", "/benchmarks/")).with_suffix(".tsv")
        assert benchmark.is_file(), row["output_file"]


def test_a_run_says_what_it_does_and_what_is_left_in_plain_lines(study):
    printed = (study.folder / "printed.txt").read_text(encoding="utf-8")
    assert "Drawing the best improvement by task and layer" in printed
    assert re.search(r"^about \d.* left$", printed, flags=re.MULTILINE)
    assert "Reason:" not in printed
    assert re.search(r"^The report of the study tiny: /.*/tiny/report\.html\nAs the paper ", printed, re.MULTILINE)
    assert "\x1b" not in printed
    assert "\r" not in printed


def test_no_temporary_file_is_left(study):
    assert study.half_written() == []


def test_a_moved_study_audits_clean_and_has_nothing_to_do(study):
    printed = study.succeed("audit")
    assert re.search(r"^\d+ files of \d+ jobs: ok$", printed, flags=re.MULTILINE)
    assert NOTHING_TO_DO in study.succeed("report")


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


def test_a_figure_names_its_record(study):
    for figure in (study.results / "figures").glob("*.svg"):
        record = read_json(study.results / "records" / f"plot_{figure.stem}.json")
        named = re.search(r"<dc:identifier>(\w+)</dc:identifier>", figure.read_text(encoding="utf-8"))
        assert named[1] == record["id"]


def test_a_reported_study_is_what_its_manifest_says_until_a_record_is_edited(study, tmp_path):
    copy = Project.copy(tmp_path / "project", study.folder)
    page = (copy.results / "report.html").read_text(encoding="utf-8")
    expected = sha256(copy.results / "manifest.json")
    assert f"--expect {expected}" in page
    code, printed = copy.audit("results/tiny", "--expect", expected)
    assert code == 0, printed
    assert f"manifest of the report's records: {expected}" in printed
    # A benchmark file is nobody's input.
    for path in copy.folder.rglob("benchmarks/**/*.tsv"):
        path.write_text("edited", encoding="utf-8")
    assert copy.audit("results/tiny", "--expect", expected)[0] == 0
    assert copy.planned("report") == {}
    # The next record would know of an edit, unless it looks as if the job had run again.
    record = copy.folder / "results" / "models" / "records" / "gpt2.json"
    write_json(record, read_json(record) | {"packages": {}})
    assert any(line.startswith("forged ") for line in copy.audit("results/tiny")[1].splitlines())
    write_json(record, read_json(record) | {"ended": "2999-01-01T00:00:00.000000+00:00"})
    assert copy.audit("results/tiny")[0] == 0
    code, printed = copy.audit("results/tiny", "--expect", expected)
    assert code == 1
    assert printed.splitlines()[-1] == f"the records are not those of the manifest {expected}"


def test_snakemakes_own_report_holds_every_figure_and_table_with_its_caption(study, config, tmp_path):
    study.succeed("--report", str(tmp_path / "report.zip"))
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        archived = {Path(name).name for name in archive.namelist()}
        page = archive.read("report/report.html").decode()
    exhibits = [*(study.results / "figures").glob("*.svg"), *(study.results / "tables").glob("*.csv")]
    assert exhibits
    assert {path.name for path in exhibits} | {"report.html"} <= archived
    # Snakemake lists the path of what has no title, and then of all that is found with it.
    assert '"labels": null' not in page
    known = config | {"study": config["studies"]["tiny"]}
    for path in exhibits:
        exhibit = EXHIBITS[f"{path.parent.name}/{path.stem}"]
        caption = render(path.stem, exhibit, "caption", config=known)
        # As JSON in the page has them.
        title, first_words = (json.dumps(text)[1:-1] for text in (exhibit.title, " ".join(caption.split()[:4])))
        assert title in page, path.name
        assert first_words in page, path.name
    for name, script in SCRIPTS.items():
        if name in stages_of() and name not in {"crate", *WITHOUT_JOBS}:
            docstring = (ROOT / script).read_text(encoding="utf-8").strip('"')
            assert " ".join(docstring.split()[:3]) in page, name


def test_a_deleted_figure_and_table_come_back_alone(study, tmp_path):
    project = Project.copy(tmp_path / "project", study.folder)
    lost = [project.results / "figures" / "grid.svg", project.results / "tables" / "tasks.csv"]
    before = [path.read_bytes() for path in lost]
    for path in lost:
        path.unlink()
    made = count_jobs(project.succeed("figures", "tables"))
    assert made == {"plot_grid": 1, "tabulate_tasks": 1, "figures": 1, "tables": 1}
    assert [path.read_bytes() for path in lost] == before


@pytest.mark.parametrize("target", ["figures", "tables"])
def test_a_target_makes_all_of_its_kind_and_nothing_else(study, target):
    jobs = study.planned(target, "--forceall")
    writing = {name for name, rule in stages_of().items() if any(f"/{target}/" in path for path in rule["output"])}
    assert writing <= set(jobs)
    assert {name for name in jobs if name.startswith(("plot_", "tabulate_"))} == {
        name for name in writing if name.startswith(("plot_", "tabulate_"))
    }
    assert "report" not in jobs


def test_baselines_need_no_sweep_and_nothing_that_rests_on_one(study):
    every_model = ("fetch_model", "measure_baseline", "measure_fresh_baseline")
    assert study.planned("baselines", "--forceall") == dict.fromkeys(every_model, 2) | {
        "plot_baselines": 1,
        "baselines": 1,
    }


def test_fresh_prompts_have_the_baselines_before_the_sweep_that_they_have_beside_the_choices(study, models):
    for model in models:
        before = pd.read_parquet(study.results / "fresh_baseline" / f"{model}.parquet")
        beside = pd.concat(map(pd.read_parquet, (study.results / "fresh" / model).glob("*/prompts.parquet")))
        keys = ["task", "prompt"]
        both = before.set_index(keys)["probability"].to_frame().join(beside.set_index(keys)["baseline"], how="outer")
        assert len(both) == len(before) == len(beside)
        assert both["probability"].to_numpy() == pytest.approx(both["baseline"].to_numpy(), rel=1e-4)


def test_every_script_is_a_rules():
    assert {name: rule["script"] for name, rule in all_stages().items()} == SCRIPTS


@pytest.mark.parametrize("rule", SCRIPTS)
def test_a_rule_names_its_script_log_benchmark_and_record_after_itself(rule):
    stage = all_stages()[rule]
    # Models and reviews are fetched once for all studies, and what is calibrated is none of theirs.
    elsewhere = dict.fromkeys(("fetch_model", "tune_model"), "results/models/{}/{{model}}") | {
        "fetch_reviews": "results/reviews/{}/{{reviews}}",
        "calibrate_task": "results/calibrations/{}/calibrate_task",
    }
    place = elsewhere.get(rule, f"results/{stage['study']}/{{}}/{rule}")
    (log,) = stage["log"]
    assert Path(stage["script"]).stem == rule
    assert log.startswith(place.format("logs"))
    assert stage["benchmark"].startswith(place.format("benchmarks"))
    assert stage["record"] == log.replace("/logs/", "/records/").replace(".log", ".json")
    *data, record = stage["output"]
    assert data
    assert record == stage["record"]


@pytest.mark.parametrize("rule", SCRIPTS)
def test_a_rules_parameters_say_what_it_runs_and_in_which_environment(rule):
    stage = all_stages()[rule]
    assert {"script": stage["script"], "environment": stage["conda"]}.items() <= stage["code"].items()


@pytest.mark.parametrize("rule", SCRIPTS)
def test_a_rule_says_what_it_needs_and_does(rule):
    stage = all_stages()[rule]
    assert stage["threads"] == 1
    assert stage["mem_mb"] > 0
    assert stage["runtime"] > 0
    assert re.fullmatch(r"envs/\w+\.yaml", stage["conda"])
    assert stage["message"]


def test_a_job_that_loads_a_model_asks_for_memory_for_all_of_its_weights():
    loading = [rule for name, rule in stages_of().items() if rule["conda"] == "envs/model.yaml" and "fetch" not in name]
    assert loading
    assert min(rule["mem_mb"] for rule in loading) > 1.2 * WEIGHTS / 1e6


def test_every_figure_and_table_is_one_rules_and_every_picture_is_declared():
    outputs = [path.split("/", 2)[-1] for rule in all_stages().values() for path in rule["output"]]
    shown = [
        f"{name}.{'svg' if name.startswith('figures/') else 'csv'}" for name in DECLARED if "statistics/" not in name
    ]
    assert sorted(path for path in outputs if path.startswith("tables/") or path.endswith(".svg")) == sorted(shown)
