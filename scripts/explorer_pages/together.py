"""Several tasks at once: their neurons amplified together, and what becomes of each task."""

import math
from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st

from explorer_pages import charts, models, screen, shared, stepwise
from explorer_pages.downloads import offer_csv
from explorer_pages.screen import Screen
from sna.exploration.combining import alone, check_together, joint_neurons, measure_task, prompts_of
from sna.exploration.inventory import StudyFiles
from sna.exploration.results import best_view
from sna.exploration.views import TogetherView
from sna.formats import words
from sna.inputs.config import Config
from sna.model.loading import LanguageModel
from sna.tables import BASELINE, NEURONS

SCREEN = Screen("together")
INTERVAL = ("improvement", "improvement_low", "improvement_high")


def show() -> None:
    """Draw the screen."""
    about = "Amplify one task's neurons, or several tasks' at the same time, and measure every task's prompts."
    config, link, files = screen.begin(SCREEN, "Several tasks at once", about)
    model = models.load(files)
    for path in (files.ranking, files.baseline):
        if not path.is_file():
            what = f"The study `{files.study}` has not measured `{files.model}` as far as this needs. To do so:"
            screen.missing(what, path, files.study)
    ranking = screen.attempt(lambda: shared.table(files.ranking, NEURONS))
    baseline = screen.attempt(lambda: shared.table(files.baseline, BASELINE))
    experiments = screen.attempt(lambda: shared.experiments(files.experiments, files.model))
    default = _default(files, config, ranking, baseline, experiments)
    screen.follow(SCREEN, link, default, lambda view: check_together(view, ranking, baseline), _widgets)
    left, right = st.columns([2, 3], gap="large")
    with left:
        settings = _choose(files, config, ranking, baseline, experiments)
    with right:
        if not settings["amplified"] or not settings["measured"]:
            st.info("Choose one task or more to amplify, and one or more to measure.", icon=":material/edit:")
            return
        view = screen.attempt(lambda: TogetherView.of(asdict(files) | settings))
        neuron_ids = screen.attempt(lambda: joint_neurons(view, ranking))
        stepwise.publish(SCREEN, view, link)
        _measure(view, model, neuron_ids, baseline, {} if experiments is None else alone(experiments, view))
        screen.cite_sources(view)


def _default(
    files: StudyFiles,
    config: Config,
    ranking: pd.DataFrame,
    baseline: pd.DataFrame,
    experiments: pd.DataFrame | None,
) -> TogetherView:
    """Return what the screen opens with: the first two tasks, each in its best layer if that is known."""
    tasks = list(ranking["task"].unique())
    return TogetherView(
        study=files.study,
        model=files.model,
        amplified={task: _best_layer(task, files, config, experiments) for task in tasks[:2]},
        neurons=min(50, int(ranking["rank"].max())),
        multiplier=2,
        measured=list(baseline["task"].unique()),
    )


def _best_layer(task: str, files: StudyFiles, config: Config, experiments: pd.DataFrame | None) -> int:
    """Return the layer in which a task gains most, or the middle one if that is not known."""
    if experiments is None or task not in set(experiments["task"]):
        return config.models[files.model].layers // 2
    return best_view(experiments, files.study, files.model, task=task).layer


def _widgets(view: TogetherView) -> dict[str, Any]:
    layers = {_of(task): layer for task, layer in view.amplified.items()}
    settings = view.model_dump(include={"neurons", "multiplier", "measured"})
    return settings | layers | {"tasks": list(view.amplified)}


def _of(task: str) -> str:
    """Return the name of the widget that chooses a task's layer."""
    return f"layer of {task}"


def _choose(
    files: StudyFiles,
    config: Config,
    ranking: pd.DataFrame,
    baseline: pd.DataFrame,
    experiments: pd.DataFrame | None,
) -> dict[str, Any]:
    """Let one choose what is amplified and what is measured; return the view's settings."""
    ranked, there = list(ranking["task"].unique()), list(baseline["task"].unique())
    layers = list(range(config.models[files.model].layers))
    st.header("Amplify")
    tasks = st.multiselect("Tasks", **SCREEN.offer_several("tasks", ranked, ranked[:2]), format_func=words)
    amplified = {}
    for task in tasks:
        best = _best_layer(task, files, config, experiments)
        amplified[task] = st.selectbox(f"Layer for {words(task)}", **SCREEN.offer(_of(task), layers, best))
    neurons = st.number_input("Neurons of each task", min_value=1, key=SCREEN.default("neurons", 50))
    multiplier = screen.choose_multiplier(SCREEN)
    st.header("Measure")
    measured = st.multiselect("Tasks measured", **SCREEN.offer_several("measured", there, there), format_func=words)
    return {"amplified": amplified, "neurons": neurons, "multiplier": multiplier, "measured": measured}


def _measure(
    view: TogetherView,
    model: LanguageModel,
    neuron_ids: dict[int, list[int]],
    baseline: pd.DataFrame,
    known: dict[str, float],
) -> None:
    """Measure the tasks, and show them beside what is known of each with its own neurons alone."""
    amplified = sum(map(len, neuron_ids.values()))
    st.header(f"{amplified:,} neurons amplified")
    st.markdown(":small[A neuron that two tasks share in a layer is amplified once.]")

    def measure(task: str) -> pd.DataFrame:
        rows = measure_task(model, view, neuron_ids, prompts_of(baseline, task), settings=shared.config().statistics)
        return rows.assign(alone=known.get(task, math.nan))

    def draw(rows: pd.DataFrame) -> None:
        st.altair_chart(charts.draw_changes(rows), width="stretch", alt="Change of each task")

    done = stepwise.work_on(SCREEN, view, view.measured, measure, draw)
    if done is None:
        return
    draw(done)
    if known:
        st.markdown(":small[Diamonds, and alone: what a task gains with its own neurons alone, in the study.]")
    columns = ["task", "prompts", "baseline", "probability", *INTERVAL, "alone"]
    screen.show_rows(done, columns)
    offer_csv(done[columns], "several tasks", StudyFiles(view.study, view.model))


show()
