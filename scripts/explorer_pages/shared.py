"""What all screens share: read once and kept for all sessions. Nothing here needs a model, or waits for torch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from sna.exploration.inventory import CONFIG, RESULTS, read_config, read_makers
from sna.files import read_json
from sna.inputs.config import Config, Statistics
from sna.inputs.tasks import read_task
from sna.tables import EXPERIMENTS, Table, read_table


class TaskPrompt(NamedTuple):
    """An evaluation prompt of a task."""

    task: str
    prompt: str
    target: str


def state(path: Path) -> tuple[str, int, int]:
    """Return a file's path, time and size; also of one that is not there: what reads it then says so.

    Parameters
    ----------
    path : Path

    Returns
    -------
    path : str
        The whole.
    time, size : int
        In nanoseconds and bytes; 0 where there is no file.
    """
    path = path.resolve()
    stat = path.stat() if path.exists() else None
    return (str(path), stat.st_mtime_ns, stat.st_size) if stat else (str(path), 0, 0)


#: What is kept holds while these are the same.
KNOWN_BY: dict[str | type[Any], Callable[[Any], Any]] = {
    type(Path()): state,
    Table: id,
    Statistics: Statistics.model_dump_json,
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


@st.cache_resource(max_entries=4, hash_funcs=KNOWN_BY)
def _config(path: Path) -> Config:
    return read_config(path)


@st.cache_resource(max_entries=16, show_spinner="Reading a table", hash_funcs=KNOWN_BY)
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
    return _statistics(path).get(of_model) if path.is_file() else None


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=KNOWN_BY)
def _statistics(path: Path) -> dict[str, dict]:
    return read_json(path)


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
    return _makers(RESULTS).get(path)


@st.cache_resource(max_entries=4, ttl=60, show_spinner=False, hash_funcs=KNOWN_BY)
def _makers(results: Path) -> dict[Path, Path]:
    # For a minute: to find one file's record, those of all studies are read.
    return read_makers(results)


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


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=KNOWN_BY)
def _prompts(path: Path) -> list[TaskPrompt]:
    task = read_task(path)
    return [TaskPrompt(task.name, item.prompt, item.target) for item in task.evaluation]
