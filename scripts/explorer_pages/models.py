"""Fetched models and what they say of a prompt: loaded or computed once, and kept for all sessions."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st
import torch

from explorer_pages import screen, shared
from sna.exploration.asking import Reading, ask, continue_prompt, read_prompt
from sna.exploration.beside import RandomNeurons, read_layers, try_random
from sna.exploration.inventory import StudyFiles, is_fetched, model_files
from sna.exploration.loading import load_fetched
from sna.exploration.trying import Continuations, Tried, continue_both, try_prompt
from sna.exploration.views import TryView
from sna.inputs.config import Statistics
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt

#: What is kept holds while these are the same; of a model its weights' file, and how its texts begin.
KNOWN_BY = shared.KNOWN_BY | {
    LanguageModel: lambda model: (shared.state(model_files(model.name)[0]), model.start),
    # Nothing but what is beside the prompt depends on whether that is asked for.
    TryView: partial(TryView.model_dump_json, exclude={"random", "lens"}),
}


def load(files: StudyFiles) -> LanguageModel:
    """Return the chosen model, or say how it is fetched and end the screen.

    All sessions use the same one: amplify it only with `sna.engine.reference.amplified`.

    Parameters
    ----------
    files : StudyFiles

    Returns
    -------
    LanguageModel
    """
    name = files.model
    if not is_fetched(name):
        screen.missing(f"The model `{name}` has not been fetched yet. To fetch it:", model_files(name)[0])
    return screen.attempt(lambda: _model(name, model_files(name)[0], shared.config().engine.start_token))


@st.cache_resource(max_entries=4, show_spinner="Loading the model", hash_funcs=KNOWN_BY)
def _model(name: str, weights: Path, start_token: str) -> LanguageModel:
    return load_fetched(shared.config(), name, torch.get_num_threads())


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=KNOWN_BY)
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


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=KNOWN_BY)
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


@st.cache_resource(max_entries=64, show_spinner="Writing on", hash_funcs=KNOWN_BY)
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
    before = _unamplified(of_model, prompt.prompt, view.tokens, view.temperature, view.seed)
    return continue_both(of_model, view, prompt, neuron_ids, before, applied=tried(of_model, view, neuron_ids).applied)


@st.cache_resource(max_entries=64, show_spinner="Writing on", hash_funcs=KNOWN_BY)
def _unamplified(of_model: LanguageModel, prompt: tuple[int, ...], length: int, temperature: float, seed: int) -> str:
    """Write a prompt on without amplification, of which only these settings of a view make anything else."""
    return continue_prompt(of_model, prompt, length, temperature, seed)


@st.cache_resource(max_entries=64, show_spinner="Trying random neurons", hash_funcs=KNOWN_BY)
def random_neurons(
    of_model: LanguageModel, view: TryView, neuron_ids: Mapping[int, Sequence[int]], settings: Statistics
) -> RandomNeurons:
    """Return what as many random neurons make of a view's prompt.

    Parameters
    ----------
    of_model, view, neuron_ids
        As `tried` takes them.
    settings : Statistics

    Returns
    -------
    RandomNeurons

    Raises
    ------
    InputError
        If they cannot be drawn, or have no percentage.
    """
    prompt, before = baseline(of_model, view.prompt, view.target)
    return try_random(of_model, view, prompt, neuron_ids, before, settings=settings)


@st.cache_resource(max_entries=64, show_spinner="Reading layer by layer", hash_funcs=KNOWN_BY)
def layers(
    of_model: LanguageModel, prompt: str, target: str, neuron_ids: Mapping[int, Sequence[int]], multiplier: float
) -> pd.DataFrame:
    """Return what is said of a target after every layer, without amplification and with it.

    Parameters
    ----------
    of_model : LanguageModel
    prompt, target : str
    neuron_ids : mapping of int to sequence of int
        What is amplified, by layer.
    multiplier : float

    Returns
    -------
    DataFrame
        From `sna.exploration.beside.read_layers`.
    """
    return read_layers(of_model, baseline(of_model, prompt, target)[0], neuron_ids, multiplier)
