"""What all screens share: loaded once and kept for all sessions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st
import torch

from sna.exploration.asking import Reading, ask, read_prompt
from sna.exploration.inventory import CONFIG, find_record, load_fetched, model_files, read_config
from sna.exploration.trying import Continuations, Tried, continue_both, try_prompt
from sna.exploration.views import TryView
from sna.files import read_json
from sna.inputs.config import Config
from sna.inputs.tasks import read_task
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt
from sna.tables import EXPERIMENTS, Table, read_table

#: A file's path and state: what is kept of it holds while these are the same.
State = tuple[str, int, int]


class TaskPrompt(NamedTuple):
    """An evaluation prompt of a task."""

    task: str
    prompt: str
    target: str


def _state(path: str | Path) -> State:
    """Return a file's state, also of one that is not there: what reads it then says so."""
    path = Path(path).resolve()
    stat = path.stat() if path.exists() else None
    return (str(path), stat.st_mtime_ns, stat.st_size) if stat else (str(path), 0, 0)


def config() -> Config:
    """Return the project's configuration as it is now.

    Raises
    ------
    InputError
        If it is missing or wrong.
    """
    return _config(_state(CONFIG))


@st.cache_resource(max_entries=4)
def _config(state: State) -> Config:
    return read_config()


def model(name: str) -> LanguageModel:
    """Return a fetched model. All sessions use the same one: amplify it only with `sna.engine.reference.amplified`.

    Raises
    ------
    InputError
        If it has not been fetched.
    """
    return _model(name, _state(model_files(name)[0]))


@st.cache_resource(max_entries=4, show_spinner="Loading the model")
def _model(name: str, state: State) -> LanguageModel:
    return load_fetched(config(), name, torch.get_num_threads())


def table(path: Path, contract: Table) -> pd.DataFrame:
    """Return a table, which nobody may change.

    Raises
    ------
    InputError
        If it is missing or does not keep its contract.
    """
    return _table(_state(path), path, contract)


@st.cache_resource(max_entries=16, show_spinner="Reading a table")
def _table(state: State, _path: Path, _contract: Table) -> pd.DataFrame:
    return read_table(_path, _contract)


def experiments(path: Path, of_model: str) -> pd.DataFrame | None:
    """Return one model's experiments, or None if there are none."""
    if not path.is_file():
        return None
    rows = table(path, EXPERIMENTS)
    rows = rows[rows["model"] == of_model]
    return None if rows.empty else rows


def statistics(path: Path, of_model: str) -> dict | None:
    """Return what a test found for one model, or None if it has not been run."""
    return read_json(path).get(of_model) if path.is_file() else None


def record(path: Path) -> Path | None:
    """Return the record of a file's making, or None if there is none."""
    return _record(_state(path), path)


@st.cache_data(max_entries=64, ttl=60, show_spinner=False)
def _record(state: State, _path: Path) -> Path | None:
    return find_record(_path)


def prompts(study: str) -> list[TaskPrompt]:
    """List the evaluation prompts of a study's tasks.

    Raises
    ------
    InputError
        If a task's file is missing or wrong.
    """
    paths = [Path("tasks", f"{task}.yaml") for task in config().studies[study].tasks]
    return [prompt for path in paths for prompt in _prompts(_state(path), path)]


@st.cache_resource(max_entries=64, show_spinner=False)
def _prompts(state: State, _path: Path) -> list[TaskPrompt]:
    task = read_task(_path)
    return [TaskPrompt(task.name, item.prompt, item.target) for item in task.evaluation_prompts]


def baseline(of_model: LanguageModel, prompt: str, target: str) -> tuple[TokenizedPrompt, Reading]:
    """Return what a model says after a prompt, unamplified.

    Raises
    ------
    InputError
        If prompt or target cannot be read.
    """
    return _baseline(_weights(of_model), prompt, target, of_model)


@st.cache_resource(max_entries=64, show_spinner=False)
def _baseline(weights: State, prompt: str, target: str, _of_model: LanguageModel) -> tuple[TokenizedPrompt, Reading]:
    tokenized = read_prompt(_of_model, prompt, target)
    return tokenized, ask(_of_model, tokenized)


def tried(of_model: LanguageModel, view: TryView, neurons: Mapping[int, Sequence[int]]) -> Tried:
    """Return a view's prompt before and after."""
    return _tried(_weights(of_model), view.model_dump_json(), str(neurons), of_model, view, neurons)


@st.cache_resource(max_entries=64, show_spinner=False)
def _tried(weights: State, key: str, ids: str, _model: LanguageModel, _view: TryView, _neurons: Mapping) -> Tried:
    prompt, before = baseline(_model, _view.prompt, _view.target)
    return try_prompt(_model, _view, prompt, _neurons, before)


def continued(of_model: LanguageModel, view: TryView, neurons: Mapping[int, Sequence[int]]) -> Continuations:
    """Return the continuation of a view's prompt before and after."""
    return _continued(_weights(of_model), view.model_dump_json(), str(neurons), of_model, view, neurons)


@st.cache_resource(max_entries=64, show_spinner="Writing on")
def _continued(
    weights: State, key: str, ids: str, _model: LanguageModel, _view: TryView, _neurons: Mapping
) -> Continuations:
    prompt, _ = baseline(_model, _view.prompt, _view.target)
    applied = tried(_model, _view, _neurons).applied
    return continue_both(_model, _view, prompt, _neurons, applied=applied)


def _weights(of_model: LanguageModel) -> State:
    return _state(model_files(of_model.name)[0])
