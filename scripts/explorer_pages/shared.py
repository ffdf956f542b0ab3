"""What all screens share: loaded once and kept for all sessions."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

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


class TaskPrompt(NamedTuple):
    """An evaluation prompt of a task."""

    task: str
    prompt: str
    target: str


def _state(path: Path) -> tuple[str, int, int]:
    """Return a file's path, time and size; also of one that is not there: what reads it then says so."""
    path = path.resolve()
    stat = path.stat() if path.exists() else None
    return (str(path), stat.st_mtime_ns, stat.st_size) if stat else (str(path), 0, 0)


#: What is kept holds while these are the same: a file's state, that of a model's weights, and how its texts begin.
_KNOWN_BY: dict[str | type[Any], Callable[[Any], Any]] = {
    type(Path()): _state,
    LanguageModel: lambda model: (_state(model_files(model.name)[0]), model.start),
    Table: id,
    TryView: TryView.model_dump_json,
}


def config() -> Config:
    """Return the project's configuration as it is now.

    Returns
    -------
    Config

    Raises
    ------
    InputError
        If it is missing or wrong.
    """
    return _config(Path(CONFIG))


@st.cache_resource(max_entries=4, hash_funcs=_KNOWN_BY)
def _config(path: Path) -> Config:
    return read_config(path)


def model(name: str) -> LanguageModel:
    """Return a fetched model. All sessions use the same one: amplify it only with `sna.engine.reference.amplified`.

    Parameters
    ----------
    name : str
        The model's name in the configuration.

    Returns
    -------
    LanguageModel

    Raises
    ------
    InputError
        If it has not been fetched.
    """
    return _model(name, model_files(name)[0], config().engine.start_token)


@st.cache_resource(max_entries=4, show_spinner="Loading the model", hash_funcs=_KNOWN_BY)
def _model(name: str, weights: Path, start_token: str) -> LanguageModel:
    return load_fetched(config(), name, torch.get_num_threads())


@st.cache_resource(max_entries=16, show_spinner="Reading a table", hash_funcs=_KNOWN_BY)
def table(path: Path, contract: Table) -> pd.DataFrame:
    """Return a table, which nobody may change.

    Parameters
    ----------
    path : Path
    contract : Table

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        If it is missing or does not keep its contract.
    """
    return read_table(path, contract)


def experiments(path: Path, of_model: str) -> pd.DataFrame | None:
    """Return one model's experiments.

    Parameters
    ----------
    path : Path
        The study's table of experiments.
    of_model : str
        The model's name.

    Returns
    -------
    DataFrame or None
        None if there are none.
    """
    if not path.is_file():
        return None
    rows = table(path, EXPERIMENTS)
    rows = rows[rows["model"] == of_model]
    return None if rows.empty else rows


def statistics(path: Path, of_model: str) -> dict | None:
    """Return what a statistic is for one model.

    Parameters
    ----------
    path : Path
        The statistic's file.
    of_model : str
        The model's name.

    Returns
    -------
    dict or None
        None if it has not been computed.
    """
    return read_json(path).get(of_model) if path.is_file() else None


@st.cache_data(max_entries=64, ttl=60, show_spinner=False, hash_funcs=_KNOWN_BY)
def record(path: Path) -> Path | None:
    """Return the record of a file's making.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Path or None
        None if there is none.
    """
    return find_record(path)


def prompts(study: str) -> list[TaskPrompt]:
    """Return the evaluation prompts of a study's tasks.

    Parameters
    ----------
    study : str

    Returns
    -------
    list of TaskPrompt

    Raises
    ------
    InputError
        If a task's file is missing or wrong.
    """
    paths = [Path("tasks", f"{task}.yaml") for task in config().studies[study].tasks]
    return [prompt for path in paths for prompt in _prompts(path)]


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_KNOWN_BY)
def _prompts(path: Path) -> list[TaskPrompt]:
    task = read_task(path)
    return [TaskPrompt(task.name, item.prompt, item.target) for item in task.evaluation]


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_KNOWN_BY)
def baseline(of_model: LanguageModel, prompt: str, target: str) -> tuple[TokenizedPrompt, Reading]:
    """Return what a model says after a prompt, unamplified.

    Parameters
    ----------
    of_model : LanguageModel
    prompt, target : str

    Returns
    -------
    tokens : TokenizedPrompt
    reading : Reading

    Raises
    ------
    InputError
        If prompt or target cannot be read.
    """
    tokens = read_prompt(of_model, prompt, target)
    return tokens, ask(of_model, tokens)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_KNOWN_BY)
def tried(of_model: LanguageModel, view: TryView, neuron_ids: Mapping[int, Sequence[int]]) -> Tried:
    """Return a view's prompt before and after.

    Parameters
    ----------
    of_model : LanguageModel
    view : TryView
    neuron_ids : mapping of int to sequence of int
        The view's, by layer.

    Returns
    -------
    Tried
    """
    prompt, before = baseline(of_model, view.prompt, view.target)
    return try_prompt(of_model, view, prompt, neuron_ids, before)


@st.cache_resource(max_entries=64, show_spinner="Writing on", hash_funcs=_KNOWN_BY)
def continued(of_model: LanguageModel, view: TryView, neuron_ids: Mapping[int, Sequence[int]]) -> Continuations:
    """Return the continuation of a view's prompt before and after.

    Parameters
    ----------
    of_model, view, neuron_ids
        As `tried` takes them.

    Returns
    -------
    Continuations
    """
    prompt, _ = baseline(of_model, view.prompt, view.target)
    return continue_both(of_model, view, prompt, neuron_ids, applied=tried(of_model, view, neuron_ids).applied)
