"""How sure the results of a layer are: computed once and kept for all sessions."""

import math
from pathlib import Path

import pandas as pd
import streamlit as st

from explorer_pages import screen, shared
from sna.exploration.intervals import measure_intervals, read_layer
from sna.exploration.inventory import StudyFiles
from sna.inputs.config import Statistics


def with_intervals(rows: pd.DataFrame, files: StudyFiles, task: str, layer: int, settings: Statistics) -> pd.DataFrame:
    """Add the interval of each configuration's improvement over the prompts that it was measured on.

    Parameters
    ----------
    rows : DataFrame
        From `sna.exploration.results.at_layer`.
    files : StudyFiles
    task : str
    layer : int
    settings : Statistics

    Returns
    -------
    DataFrame
        With `low` and `high`, in percent; NaN where the study has no table of prompts.
    """
    if not files.prompts.is_file():
        return rows.assign(low=math.nan, high=math.nan)
    intervals = screen.attempt(lambda: _intervals(files.prompts, files.model, task, layer, settings))
    return rows.merge(intervals, on=["neurons", "multiplier"], how="left", validate="one_to_one")


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=shared.KNOWN_BY)
def _intervals(path: Path, model: str, task: str, layer: int, settings: Statistics) -> pd.DataFrame:
    return measure_intervals(read_layer(path, model, task, layer), settings)
