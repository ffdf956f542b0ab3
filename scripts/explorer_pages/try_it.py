"""Try it: one prompt before and after. The baseline and its zone come first, because they say what to expect."""

from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer_pages import beside, charts, expecting, models, screen, shared
from explorer_pages.downloads import offer_csv
from explorer_pages.prompting import choose_prompt
from explorer_pages.screen import Screen
from sna.errors import InputError
from sna.experiments.summary import zone_of, zone_ranges
from sna.exploration.asking import Reading, compare, compare_target
from sna.exploration.inventory import StudyFiles, how_to_make
from sna.exploration.limits import CONTINUATION
from sna.exploration.results import best_view
from sna.exploration.trying import Tried, chosen_neurons
from sna.exploration.views import TryView
from sna.formats import NOTHING, any_probability, count, signed, words
from sna.inputs.config import Config
from sna.inputs.joins import doubtful_join
from sna.model.loading import LanguageModel
from sna.model.prompts import TokenizedPrompt
from sna.tables import NEURONS

SCREEN = Screen("try")
OF_A_TASK, BY_HAND = "A task's top neurons", "Listed by hand"
GREEDY, SAMPLED = "Likeliest token each time", "Drawn at random"
#: Tokens of a continuation, if no other length is chosen: one costs half as much as the whole answer before it.
LENGTH = 8
_RANK = "Place of the target's first token among all next tokens"


def show() -> None:
    """Draw the screen."""
    about = "Measure a prompt's baseline, then decide: what do some neurons, amplified, make of it?"
    config, link, files = screen.begin(SCREEN, "Try it", about)
    model = models.load(files)
    ranking = shared.table(files.ranking, NEURONS) if files.ranking.is_file() else None
    default = _default(files, config, ranking, (link or {}).get("task"))
    screen.follow(SCREEN, link, default, lambda view: chosen_neurons(view, model, ranking), _widgets)
    left, right = st.columns([2, 3], gap="large")
    with left:
        typed = choose_prompt(SCREEN, files.study, partial(_best, files))
        settings: dict[str, Any] = _choose_neurons(files, config, ranking) | _choose_threshold(config)
        settings |= beside.choose(SCREEN) | _choose_continuation()
    if typed is None:
        return
    with right:
        prompt, before = screen.attempt(lambda: models.baseline(model, **typed))
        _show_baseline(prompt, before, config)
        _hint_at_space(model, before, **typed)
        expecting.show_outlook(before.target, files, config)
        expecting.show_fresh_gain(settings.get("task"), files)
        if not settings.get("listed", True) or not settings.get("layers", True):
            st.info("Choose at least one layer, or list some neurons.", icon=":material/edit:")
            return
        view = screen.attempt(lambda: TryView.of(asdict(files) | typed | settings))
        neuron_ids = screen.attempt(lambda: chosen_neurons(view, model, ranking))
        tried = screen.attempt(lambda: models.tried(model, view, neuron_ids))
        _show_after(view, model, tried)
        screen.publish(SCREEN, view)
        beside.show_random(view, model, neuron_ids, tried, config.statistics)
        beside.show_lens(SCREEN, view, model, neuron_ids, tried)
        _show_continuations(view, model, neuron_ids)
        screen.cite_sources(view)


def _default(files: StudyFiles, config: Config, ranking: pd.DataFrame | None, task: str | None) -> TryView:
    """Return what the screen opens with: the first prompt of a task, or of the study, and its best configuration."""
    prompts = screen.attempt(lambda: shared.prompts(files.study))
    first = next((prompt for prompt in prompts if prompt.task == task), prompts[0])
    layers = config.models[files.model].layers
    settings: dict[str, Any] = {"multiplier": 2, "tokens": LENGTH, "temperature": 0}
    if ranking is None:
        settings["listed"] = {layers // 2: [0, 1, 2]}
    else:
        middle = {"layers": [layers // 2], "neurons": min(50, ranking["rank"].max())}
        known = screen.attempt(lambda: _best(files, first.task))
        settings |= known or {"task": ranking["task"].iloc[0]} | middle
    return TryView(study=files.study, model=files.model, prompt=first.prompt, target=first.target, **settings)


def _best(files: StudyFiles, task: str) -> dict[str, Any]:
    """Return a task's best configuration as the widgets have it; nothing if the study does not know it."""
    experiments = shared.experiments(files.experiments, files.model)
    if experiments is None or task not in set(experiments["task"]):
        return {}
    best = best_view(experiments, files.study, files.model, task=task)
    return {"task": best.task, "layers": [best.layer], "neurons": best.neurons, "multiplier": best.multiplier}


def _widgets(view: TryView) -> dict[str, Any]:
    return {
        "prompt": view.prompt,
        "target": view.target,
        "way": OF_A_TASK if view.listed is None else BY_HAND,
        "task": view.task,
        "layers": view.layers,
        "neurons": view.neurons,
        "listed": view.query().get("listed", ""),
        "multiplier": view.multiplier,
        "uncertain": view.below is not None,
        "below": view.below,
        "tokens": view.tokens,
        "drawing": SAMPLED if view.temperature else GREEDY,
        "temperature": view.temperature or None,
        "seed": view.seed,
        "random": view.random,
        "lens": view.lens,
    }


def _choose_neurons(files: StudyFiles, config: Config, ranking: pd.DataFrame | None) -> dict[str, Any]:
    """Let one choose neurons and multiplier; return the view's settings."""
    st.header("Amplification")
    ways = [BY_HAND] if ranking is None else [OF_A_TASK, BY_HAND]
    way = st.radio("Neurons", **SCREEN.offer("way", ways), horizontal=True)
    if ranking is None:
        st.markdown(":small[The study has not ranked this model's neurons by task. To rank them:]")
        st.code(how_to_make(files.ranking, files.study), language=None, wrap_lines=True)
    if ranking is None or way == BY_HAND:
        hint = "Layer by layer: 5: 12, 40; 7: 3 are the neurons 12 and 40 of layer 5 and the neuron 3 of layer 7."
        text = st.text_input("Neurons by layer", key=SCREEN.default("listed", ""), help=hint)
        chosen: dict[str, Any] = {"listed": text}
    else:
        task = st.selectbox("Task", **SCREEN.offer("task", list(ranking["task"].unique())), format_func=words)
        layers = list(range(config.models[files.model].layers))
        several = st.multiselect("Layers", **SCREEN.offer_several("layers", layers, layers[len(layers) // 2 :][:1]))
        key = SCREEN.default("neurons", min(50, int(ranking["rank"].max())))
        neurons = st.number_input("Neurons of each layer", min_value=1, key=key)
        chosen = {"task": task, "layers": several, "neurons": neurons}
    return chosen | {"multiplier": screen.choose_multiplier(SCREEN)}


def _choose_threshold(config: Config) -> dict[str, Any]:
    hint = "Amplify only if the target's baseline probability is below a threshold."
    if not st.toggle("Only when uncertain", key=SCREEN.default("uncertain", False), help=hint):
        return {}
    key = SCREEN.default("below", config.zones.boundaries[1])
    return {"below": st.number_input("Below", min_value=0.0001, max_value=1.0, step=0.01, format="%.4f", key=key)}


def _choose_continuation() -> dict[str, Any]:
    with st.expander("Continuation"):
        tokens = st.number_input("Tokens", min_value=0, max_value=CONTINUATION, key=SCREEN.default("tokens", LENGTH))
        way = st.radio("Each token", **SCREEN.offer("drawing", [GREEDY, SAMPLED]), horizontal=True)
        if way == GREEDY:
            return {"tokens": tokens, "temperature": 0}
        key = SCREEN.default("temperature", 1.0)
        temperature = st.number_input("Temperature", min_value=0.05, max_value=2.0, step=0.05, key=key)
        seed = st.number_input("Seed", min_value=0, max_value=2**31 - 1, key=SCREEN.default("seed", 0))
    return {"tokens": tokens, "temperature": temperature, "seed": seed}


def _show_baseline(prompt: TokenizedPrompt, before: Reading, config: Config) -> None:
    """Show what the model says after a prompt, and which zone that is."""
    boundaries = config.zones.boundaries
    zone = zone_of(before.target, boundaries)
    st.header("Baseline")
    columns = st.columns(3)
    columns[0].metric("Probability of the target", any_probability(before.target))
    columns[1].metric("Rank", count(before.rank), help=f"{_RANK}, of {len(before.probabilities):,} tokens.")
    columns[2].metric(f"Zone ({zone_ranges(boundaries)[zone]})", zone)
    if len(prompt.target) > 1:
        tokens = f"The target has {len(prompt.target)} tokens; its probability is the product over them."
        st.markdown(f":small[{tokens}]")


def _hint_at_space(model: LanguageModel, before: Reading, prompt: str, target: str) -> None:
    """Say how probable the target is with a space before it, where one seems to be missing."""
    spaced = f" {target}"
    if not doubtful_join(prompt, target) or doubtful_join(prompt, spaced):
        return
    with suppress(InputError):
        _, other = models.baseline(model, prompt, spaced)
        if other.target > before.target:
            hint = f"With a space before it, the target has a probability of {any_probability(other.target)}."
            st.info(hint, icon=":material/space_bar:")


def _show_after(view: TryView, model: LanguageModel, tried: Tried) -> None:
    """Show the prompt before and after."""
    st.header("Before and after")
    if not tried.applied:
        st.warning(
            f"Not amplified: the baseline {any_probability(tried.before.target)} is not below {view.below:g}.",
            icon=":material/block:",
        )
    _show_target(model, tried)
    rows = compare(model, tried.before, tried.after)
    st.altair_chart(charts.draw_tokens(rows), width="stretch", alt="Next tokens before and after")
    screen.show_rows(rows, ["token", "id", "before", "after", "change"])
    offer_csv(rows, "next tokens", StudyFiles(view.study, view.model))


def _show_target(model: LanguageModel, tried: Tried) -> None:
    columns = st.columns(3)
    columns[0].metric("Probability of the target", any_probability(tried.after.target))
    columns[1].metric("Rank", count(tried.after.rank), help=f"{_RANK}.")
    change = NOTHING if tried.improvement is None else f"{signed(tried.improvement)} %"
    columns[2].metric("Change", change, help="Of the target's probability.")
    if len(tried.after.tokens) > 1:
        st.markdown(":small[Token by token, each after the prompt and the tokens above it:]")
        rows = compare_target(model, tried.before, tried.after)
        screen.show_rows(rows, list(rows))


def _show_continuations(view: TryView, model: LanguageModel, neuron_ids: dict[int, list[int]]) -> None:
    if not view.tokens:
        return
    st.header("Continuation")
    continuations = models.continued(model, view, neuron_ids)._asdict()
    for column, (name, text) in zip(st.columns(2), continuations.items(), strict=True):
        with column:
            st.markdown(f":small[{name.capitalize()}]")
            st.code(text, language=None, wrap_lines=True)


show()
