"""Results: a study's experiments, in charts that are linked: a choice in one sets the others."""

import math
from functools import partial

import altair as alt
import pandas as pd
import streamlit as st

from explorer_pages import charts, expecting, screen, shared
from explorer_pages.downloads import offer_csv
from explorer_pages.screen import Screen
from explorer_pages.uncertainty import with_intervals
from sna.experiments.summary import summarize_tasks
from sna.exploration.inventory import StudyFiles
from sna.exploration.results import at_layer, best_view, configuration, layer_map
from sna.exploration.views import ResultsView
from sna.formats import between, probability, signed, words
from sna.inputs.config import Config

SCREEN = Screen("results")
SETTINGS = ("task", "layer", "neurons", "multiplier")


def show() -> None:
    """Draw the screen."""
    about = "What a study measured. Click on a cell or a point, or choose below: the charts follow."
    config, link, files = screen.begin(SCREEN, "Results", about)
    experiments = screen.attempt(lambda: shared.experiments(files.experiments, files.model))
    if experiments is None:
        what = f"The study `{files.study}` has no results for `{files.model}` yet. Run it, or choose another one:"
        screen.missing(what, files.experiments, files.study)
    default = best_view(experiments, files.study, files.model)
    screen.follow(SCREEN, link, default, partial(configuration, experiments))
    view = _choose_configuration(experiments, files, default)
    rows = at_layer(experiments, view.task, view.layer)
    rows = with_intervals(rows, files, view.task, view.layer, config.statistics)
    expecting.show_fresh_gain(view.task, files)
    _say(experiments, view, rows)
    _draw(experiments, rows, files, config, view)
    screen.publish(SCREEN, view)


def _choose_configuration(experiments: pd.DataFrame, files: StudyFiles, default: ResultsView) -> ResultsView:
    chosen = {}
    for column, name in zip(st.columns(len(SETTINGS)), SETTINGS, strict=True):
        options = sorted(experiments[name].unique().tolist())
        chosen[name] = column.selectbox(
            name.capitalize(),
            **SCREEN.offer(name, options, getattr(default, name)),
            format_func=words if name == "task" else "{:g}".format,
            on_change=partial(_take, files, name),
        )
    return ResultsView(study=files.study, model=files.model, **chosen)


def _take(files: StudyFiles, name: str) -> None:
    """After a choice below, put what lies within it to its best: a task's layer, a layer's neurons and multiplier."""
    if name in ("task", "layer"):
        _set(files, {outer: SCREEN.get(outer) for outer in SETTINGS[: SETTINGS.index(name) + 1]})


def _click(files: StudyFiles, chart: str) -> None:
    """After a click on a chart, choose what was clicked, and the best of the rest."""
    clicked = charts.clicked(SCREEN.get(chart))
    if clicked:
        within = {"task": SCREEN.get("task"), "layer": SCREEN.get("layer")} if "neurons" in clicked else {}
        _set(files, within | clicked)


def _set(files: StudyFiles, given: dict[str, str | int | float]) -> None:
    experiments = shared.experiments(files.experiments, files.model)
    if experiments is not None:
        best = best_view(experiments, files.study, files.model, **given)
        for name in SETTINGS:
            SCREEN.put(name, getattr(best, name))


def _say(experiments: pd.DataFrame, view: ResultsView, rows: pd.DataFrame) -> None:
    row = configuration(experiments, view)
    [cell] = rows[(rows["neurons"] == view.neurons) & (rows["multiplier"] == view.multiplier)].itertuples()
    interval = "" if math.isnan(cell.low) else f" ({between((cell.low, cell.high), 'percent')} over its prompts)"
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.markdown(
        f"The {view.neurons} top neurons for {words(view.task)} in layer {view.layer}, multiplied by "
        f"{view.multiplier:g}: mean probability of the target {probability(row['baseline'])} before, "
        f"{probability(row['probability'])} after, **{signed(row['improvement'])} %**{interval}."
    )
    setting = {"task": view.task, "layers": str(view.layer)} | {
        name: f"{getattr(view, name):g}" for name in ("neurons", "multiplier")
    }
    right.page_link(
        "explorer_pages/try_it.py",
        label="Try it on a prompt",
        icon=":material/arrow_forward:",
        query_params={"study": view.study, "model": view.model} | setting,
    )


def _draw(experiments: pd.DataFrame, rows: pd.DataFrame, files: StudyFiles, config: Config, view: ResultsView) -> None:
    layers, tasks = layer_map(experiments), summarize_tasks(experiments, "best")
    where = f"{words(view.task)}, layer {view.layer}"
    left, right = st.columns(2)
    with left:
        chart = charts.draw_layers(layers, view.task, view.layer)
        _place(files, "map", "Best improvement by task and layer", chart)
        offer_csv(layers, "tasks and layers", files)
    with right:
        chart = charts.draw_zones(tasks, config.zones.boundaries, view.task)
        _place(files, "zones", "Best improvement by baseline", chart)
        offer_csv(tasks, "tasks", files)
    left, right = st.columns(2)
    with left:
        chart = charts.draw_grid(rows, view.neurons, view.multiplier)
        _place(files, "grid", f"Neuron counts and multipliers: {where}", chart)
    with right:
        chart = charts.draw_dose_response(rows, view.neurons, view.multiplier)
        _place(files, "dose", f"Dose-response: {where}", chart)
    offer_csv(rows.assign(task=view.task, layer=view.layer), "configurations", files)


def _place(files: StudyFiles, name: str, heading: str, chart: alt.Chart | alt.LayerChart) -> None:
    screen.show_chart(heading, chart, SCREEN.key(name), partial(_click, files, name))
    screen.cite(files.experiments)


show()
