"""Sweep live: one prompt under all configurations of some layers, through the engine that runs the studies."""

from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer_pages import charts, models, screen, shared, stepwise
from explorer_pages.downloads import offer_csv
from explorer_pages.prompting import choose_prompt
from explorer_pages.screen import Screen
from sna.experiments.ranking import top_neurons
from sna.exploration.inventory import StudyFiles
from sna.exploration.results import at_layer
from sna.exploration.sweeping import plan_sweep, run_step
from sna.exploration.views import SweepView
from sna.formats import any_probability, signed, words
from sna.inputs.config import Config
from sna.model.loading import LanguageModel
from sna.tables import NEURONS

SCREEN = Screen("sweep")


def show() -> None:
    """Draw the screen."""
    about = "Every configuration of the layers that you choose, on one prompt, by the engine that runs the studies."
    config, link, files = screen.begin(SCREEN, "Sweep live", about)
    model = models.load(files)
    if not files.ranking.is_file():
        what = f"The study `{files.study}` has not ranked the neurons of `{files.model}` by task yet. To rank them:"
        screen.missing(what, files.ranking, files.study)
    ranking = screen.attempt(lambda: shared.table(files.ranking, NEURONS))
    screen.follow(SCREEN, link, _default(files, config, ranking), lambda view: _neurons(ranking, view))
    left, right = st.columns([2, 3], gap="large")
    with left:
        typed = choose_prompt(SCREEN, files.study)
        settings = _choose_configurations(files, config, ranking)
    if typed is None:
        return
    with right:
        if not all(settings.values()):
            st.info("Choose at least one layer, one neuron count and one multiplier.", icon=":material/edit:")
            return
        view = screen.attempt(lambda: SweepView.of(asdict(files) | typed | settings))
        stepwise.publish(SCREEN, view, link)
        _sweep(view, model, ranking)
        screen.cite_sources(view)


def _default(files: StudyFiles, config: Config, ranking: pd.DataFrame) -> SweepView:
    """Return what the screen opens with: the study's first prompt, three layers, and the study's grid."""
    first = screen.attempt(lambda: shared.prompts(files.study))[0]
    tasks = list(ranking["task"].unique())
    layers, study = config.models[files.model].layers, config.studies[files.study]
    return SweepView(
        study=files.study,
        model=files.model,
        prompt=first.prompt,
        target=first.target,
        task=first.task if first.task in tasks else tasks[0],
        layers=sorted({layers // 4, layers // 2, 3 * layers // 4}),
        neurons=_ranked_counts(study.neurons, ranking),
        multipliers=study.multipliers,
    )


def _ranked_counts(counts: list[int], ranking: pd.DataFrame) -> list[int]:
    """Keep those counts for which the study has ranked enough neurons: the configuration may have changed since."""
    ranked = int(ranking["rank"].max())
    return [count for count in counts if count <= ranked] or [ranked]


def _neurons(ranking: pd.DataFrame, view: SweepView) -> dict[int, list[int]]:
    return top_neurons(ranking, view.task, view.layers, max(view.neurons))


def _choose_configurations(files: StudyFiles, config: Config, ranking: pd.DataFrame) -> dict[str, Any]:
    st.header("Configurations")
    study = config.studies[files.study]
    layers = list(range(config.models[files.model].layers))
    counts = sorted({*_ranked_counts(study.neurons, ranking), *(SCREEN.get("neurons") or ())})
    multipliers = sorted({*study.multipliers, *(SCREEN.get("multipliers") or ())})
    return {
        "task": st.selectbox(
            "Task whose neurons", **SCREEN.offer("task", list(ranking["task"].unique())), format_func=words
        ),
        "layers": st.multiselect("Layers", **SCREEN.offer_several("layers", layers, layers[:1])),
        "neurons": st.multiselect("Neuron counts", **SCREEN.offer_several("neurons", counts, counts)),
        "multipliers": st.multiselect(
            "Multipliers", **SCREEN.offer_several("multipliers", multipliers, multipliers), format_func="{:g}".format
        ),
    }


def _sweep(view: SweepView, model: LanguageModel, ranking: pd.DataFrame) -> None:
    prompt, before = screen.attempt(lambda: models.baseline(model, view.prompt, view.target))
    steps = screen.attempt(lambda: plan_sweep(view, len(prompt.prompt) + len(prompt.target)))
    configurations = len(view.layers) * len(view.neurons) * len(view.multipliers)
    st.header(f"{configurations:,} configurations")
    st.metric("Baseline probability of the target", any_probability(before.target))
    do = partial(run_step, model, view, prompt, ranking)
    done = stepwise.work_on(SCREEN, view, steps, do, _draw_layers)
    if done is not None:
        _show(done, view)


def _draw_layers(rows: pd.DataFrame, layer: int | None = None) -> None:
    best = rows.groupby("layer", as_index=False)["improvement"].max()
    clickable = (SCREEN.key("map"), _click) if layer is not None else ()
    screen.show_chart("Best improvement of each layer", charts.draw_swept_layers(best, layer), *clickable)


def _click() -> None:
    clicked = charts.clicked(SCREEN.get("map"))
    if clicked:
        SCREEN.put("shown", clicked["layer"])


def _show(rows: pd.DataFrame, view: SweepView) -> None:
    """Show what has been swept, and one layer of it in detail."""
    best = rows.loc[rows["improvement"].idxmax()]
    st.markdown(
        f"Best of {len(rows):,}: {best['neurons']:g} neurons in layer {best['layer']:g}, multiplied by "
        f"{best['multiplier']:g}: probability {any_probability(best['probability'])}, "
        f"**{signed(best['improvement'])} %**. The best of many on one prompt is luck in part: on other prompts expect "
        "less."
    )
    swept = sorted(rows["layer"].unique().tolist())
    layer = st.selectbox("Layer in detail", **SCREEN.offer("shown", swept, int(best["layer"])))
    _draw_layers(rows, layer)
    detail = at_layer(rows.assign(task=view.task), view.task, layer)
    top = detail.loc[detail["improvement"].idxmax()]
    chart = charts.draw_grid(detail, top["neurons"], top["multiplier"])
    screen.show_chart(f"Neuron counts and multipliers: {words(view.task)}, layer {layer}", chart)
    st.header("All configurations, the best first")
    ordered = rows.sort_values("improvement", ascending=False, kind="stable")
    screen.show_rows(ordered, list(rows), whole=False)
    offer_csv(ordered, "swept configurations", StudyFiles(view.study, view.model))


show()
