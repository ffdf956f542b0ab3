"""Replaying a view gives the numbers of plain hooks and of the study, and says when its files have changed."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from explorable import COUNTS, MODEL, MULTIPLIERS, TASKS, make_project
from project import ROOT
from replay import main

from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.exploration.beside import DRAWS
from sna.exploration.combining import alone
from sna.exploration.inventory import checksums, read_config, sources
from sna.exploration.loading import load_fetched
from sna.exploration.replaying import changed_files, replay
from sna.exploration.sweeping import plan_sweep, run_step
from sna.exploration.views import AnyView, ResultsView, SweepView, TogetherView, TryView, write_export
from sna.model.prompts import TokenizedPrompt, tokenize
from sna.tables import BASELINE, EXPERIMENTS, NEURONS, read_table

OF_ALL = {"study": "tiny", "model": MODEL}
PROMPT = {"prompt": "The quick brown", "target": " fox"}
TRIED = TryView(
    **OF_ALL,
    **PROMPT,
    task="addition",
    layers=[1, 2],
    neurons=5,
    multiplier=3,
    tokens=4,
    temperature=0,
    random=True,
    lens=True,
)
SWEPT = SweepView(**OF_ALL, **PROMPT, task="addition", layers=[0, 3], neurons=COUNTS, multipliers=MULTIPLIERS)
TOGETHER = TogetherView(
    **OF_ALL, amplified={"addition": 1, "antonyms": 1}, neurons=5, multiplier=1.5, measured=["addition", "syllogisms"]
)
RESULTS = ResultsView(**OF_ALL, task="antonyms", layer=2, neurons=20, multiplier=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("explorable") / "project")


@pytest.fixture
def config(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return read_config()


@pytest.fixture
def model(config):
    return load_fetched(config, MODEL, threads=1)


def top(task: str, layer: int, count: int) -> list[int]:
    ranking = read_table("results/tiny/neurons/gpt2.parquet", NEURONS)
    rows = ranking[(ranking["task"] == task) & (ranking["layer"] == layer) & (ranking["rank"] <= count)]
    return rows["neuron"].tolist()


def test_a_tried_prompt_has_the_probability_of_plain_hooks(config, model):
    numbers = replay(TRIED, config, threads=1)
    prompt = tokenize(model, *PROMPT.values())
    assert numbers["before"]["probability"] == pytest.approx(math.exp(log_probability(model, prompt)))
    neurons = {layer: top("addition", layer, 5) for layer in (1, 2)}
    with amplified(model, neurons, 3):
        assert numbers["after"]["probability"] == pytest.approx(math.exp(log_probability(model, prompt)))
    assert numbers["neurons"] == neurons
    assert numbers["applied"]
    assert numbers["continuation"]["before"] != ""
    assert len(numbers["random"]["draws"]) == DRAWS
    assert numbers["lens"][-1]["probability_after"] == pytest.approx(numbers["after"]["probability"], rel=1e-5)


def test_below_its_threshold_a_prompt_is_amplified_and_above_it_is_left_alone(config):
    baseline = replay(TRIED, config, threads=1)["before"]["probability"]
    uncertain = replay(TRIED.model_copy(update={"below": baseline * 1.01}), config, threads=1)
    certain = replay(TRIED.model_copy(update={"below": baseline}), config, threads=1)
    assert uncertain["applied"]
    assert uncertain["after"] != uncertain["before"]
    assert not certain["applied"]
    assert certain["after"] == certain["before"]
    assert certain["improvement"] == 0
    assert certain["continuation"]["after"] == certain["continuation"]["before"]
    assert "random" not in certain
    assert all(row["logit_after"] == row["logit_before"] for row in certain["lens"])


def test_listed_neurons_are_those_that_are_amplified_and_need_no_study(config, model):
    settings = TRIED.model_dump(exclude={"task", "layers", "neurons"}, exclude_none=True)
    view = TryView.of(settings | {"study": "empty", "listed": {1: [3, 17]}})
    prompt = tokenize(model, *PROMPT.values())
    with amplified(model, {1: [3, 17]}, 3):
        expected = math.exp(log_probability(model, prompt))
    assert replay(view, config, threads=1)["after"]["probability"] == pytest.approx(expected)


def test_a_sweep_has_every_configuration_with_the_probability_of_plain_hooks(config, model):
    rows = pd.DataFrame(replay(SWEPT, config, threads=1)["configurations"])
    assert len(rows) == 2 * len(COUNTS) * len(MULTIPLIERS)
    prompt = tokenize(model, *PROMPT.values())
    for row in rows.itertuples():
        with amplified(model, {row.layer: top("addition", row.layer, row.neurons)}, row.multiplier):
            assert row.probability == pytest.approx(math.exp(log_probability(model, prompt)), rel=1e-5)


def test_a_target_without_any_probability_is_refused_in_words(config, model):
    """Some hundred unlikely tokens have a product that is smaller than any number."""
    unlikely = TokenizedPrompt((1,), tuple(range(2, 129)))
    ranking = read_table("results/tiny/neurons/gpt2.parquet", NEURONS)
    with pytest.raises(InputError, match="baseline probability is 0"):
        run_step(model, SWEPT, unlikely, ranking, plan_sweep(SWEPT, tokens=128)[0])


def test_the_steps_of_a_sweep_are_short_whatever_the_prompt():
    short, long = plan_sweep(SWEPT, tokens=4), plan_sweep(SWEPT, tokens=400)
    assert [(step.layer, step.n_neurons) for step in short] == [(0, (5, 20)), (3, (5, 20))]
    assert [(step.layer, step.n_neurons) for step in long] == [(0, (5,)), (0, (20,)), (3, (5,)), (3, (20,))]


def test_tasks_together_have_the_probabilities_of_all_their_neurons(config, model):
    numbers = replay(TOGETHER, config, threads=1)
    both = list(dict.fromkeys(top("addition", 1, 5) + top("antonyms", 1, 5)))
    assert numbers["neurons"] == {1: both}
    rows = read_table("results/tiny/baseline/gpt2.parquet", BASELINE)
    for task in numbers["tasks"]:
        of_task = rows[rows["task"] == task["task"]]
        prompts = [tokenize(model, row.text, row.target) for row in of_task.itertuples()]
        with amplified(model, {1: both}, 1.5):
            mean = sum(math.exp(log_probability(model, prompt)) for prompt in prompts) / len(prompts)
        assert task["probability"] == pytest.approx(mean)
        assert task["baseline"] == pytest.approx(of_task["probability"].mean())
        assert task["improvement"] == pytest.approx(100 * (mean / task["baseline"] - 1))
        assert task["improvement_low"] < task["improvement"] < task["improvement_high"]
    assert [task["amplified"] for task in numbers["tasks"]] == [True, False]


def test_what_a_task_gains_alone_is_the_studys_figure_of_that_configuration(folder):
    experiments = read_table(folder / "results/tiny/experiments.parquet", EXPERIMENTS)
    found = alone(experiments, TOGETHER)
    keys = ["task", "layer", "neurons", "multiplier"]
    known = experiments.set_index(keys)["improvement"]
    assert found == {task: known[task, 1, 5, 1.5] for task in ("addition", "antonyms")}
    assert alone(experiments, TOGETHER.model_copy(update={"multiplier": 1.7})) == {}


def test_results_are_those_of_the_study(config, folder):
    numbers = replay(RESULTS, config, threads=1)
    experiments = read_table(folder / "results/tiny/experiments.parquet", EXPERIMENTS)
    assert numbers["configuration"] in experiments.to_dict(orient="records")
    assert {row["task"] for row in numbers["tasks"]} == set(TASKS)
    assert len(numbers["grid"]) == len(COUNTS) * len(MULTIPLIERS)
    assert all(row["low"] < row["improvement"] < row["high"] for row in numbers["grid"])


def export(view: AnyView, path: Path) -> Path:
    path.write_text(write_export(view, checksums(sources(view))), encoding="utf-8")
    return path


@pytest.mark.parametrize("view", [TRIED, SWEPT, TOGETHER, RESULTS], ids=lambda view: view.screen)
def test_an_export_replays_to_the_same_numbers(view, config, tmp_path, capsys):
    main(str(export(view, tmp_path / "view.yaml")))
    printed = capsys.readouterr()
    assert json.loads(printed.out) == json.loads(json.dumps(replay(view, config, threads=torch.get_num_threads())))
    assert "warning" not in printed.err


def test_the_command_that_an_export_names_replays_it(config, folder, tmp_path):
    path = export(TRIED, tmp_path / "view.yaml")
    command = [sys.executable, str(ROOT / "scripts" / "replay.py"), str(path)]
    replayed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    expected = replay(TRIED, config, threads=torch.get_num_threads())
    assert json.loads(replayed.stdout)["after"]["probability"] == pytest.approx(expected["after"]["probability"])


def test_a_file_that_has_changed_since_the_export_is_warned_of(config, tmp_path, capsys):
    path = tmp_path / "view.yaml"
    path.write_text(write_export(RESULTS, {"results/tiny/experiments.parquet": "0" * 64}), encoding="utf-8")
    main(str(path))
    assert "warning: results/tiny/experiments.parquet is not what this view was made from" in capsys.readouterr().err


def test_a_file_that_has_changed_since_the_export_is_named(config, folder):
    made_from = checksums(sources(TRIED))
    assert changed_files(made_from) == []
    ranking = "results/tiny/neurons/gpt2.parquet"
    assert changed_files(made_from | {ranking: "0" * 64, "gone.parquet": "0" * 64}) == [ranking, "gone.parquet"]


@pytest.mark.parametrize("path", ["", "a" * 5000, "a\0b", "results", "\ud800"])
def test_a_file_that_there_cannot_be_has_changed(path):
    assert changed_files({path: "0" * 64}) == [path]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "unfetched"}, "The model unfetched has not been fetched"),
        ({"model": "other"}, "there is no model 'other'; choose from gpt2"),
        ({"study": "empty"}, "no such table"),
        ({"task": "sequences"}, "task: 'sequences' is not ranked"),
        ({"prompt": "The quick bro", "target": "wn"}, "does not tokenize cleanly"),
    ],
)
def test_a_view_of_what_is_not_there_is_refused(config, changes, message):
    with pytest.raises(InputError, match=message):
        replay(TRIED.model_copy(update=changes), config, threads=1)


def test_the_command_says_what_is_wrong_without_a_traceback(config, tmp_path):
    path = tmp_path / "view.yaml"
    path.write_text("screen: kitchen\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"error: .*view\.yaml: .*kitchen"):
        main(str(path))
