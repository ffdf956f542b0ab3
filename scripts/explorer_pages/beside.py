"""Beside a tried prompt, at a click: as many random neurons, and the target after every layer."""

from collections.abc import Mapping, Sequence

import streamlit as st

from explorer_pages import models, prompt_charts, screen
from explorer_pages.downloads import offer_csv
from explorer_pages.screen import Screen
from sna.errors import InputError
from sna.exploration.beside import DRAWS
from sna.exploration.inventory import StudyFiles
from sna.exploration.trying import Tried
from sna.exploration.views import TryView
from sna.formats import between, level, signed
from sna.inputs.config import Statistics
from sna.model.loading import LanguageModel


def choose(own: Screen) -> dict[str, bool]:
    """Let one ask for more beside the prompt; return the view's settings.

    Parameters
    ----------
    own : Screen

    Returns
    -------
    dict of str to bool
    """
    random = f"{DRAWS} sets of as many other neurons of the same layers, each multiplied alike."
    lens = "What the model would say of the target if it stopped after each layer: a logit lens."
    return {
        "random": st.toggle("Beside random neurons", key=own.default("random", False), help=random),
        "lens": st.toggle("The target layer by layer", key=own.default("lens", False), help=lens),
    }


def show_random(
    view: TryView, model: LanguageModel, neuron_ids: Mapping[int, Sequence[int]], tried: Tried, settings: Statistics
) -> None:
    """Show what as many random neurons make of the prompt, if the view asks for it.

    Parameters
    ----------
    view : TryView
    model : LanguageModel
    neuron_ids : mapping of int to sequence of int
        The view's, by layer.
    tried : Tried
    settings : Statistics
    """
    if not view.random or not tried.applied:
        return
    st.header("Beside random neurons")
    try:
        found = models.random_neurons(model, view, neuron_ids, settings)
    except InputError as error:
        # The rest of the screen does not depend on it.
        screen.refuse(str(error))
        return
    # Without a percentage it was refused.
    chosen = tried.improvement or 0.0
    middle = found.improvement
    st.markdown(
        f"The chosen neurons change the target's probability by **{signed(chosen)} %**; {DRAWS} sets of as many random "
        f"ones by {signed(middle.value or 0.0)} % on average, the middle {level(settings.confidence_level)} of them by "
        f"{between((middle.low, middle.high), 'percent')}. The chosen ones gain more than {found.beaten_by(chosen)} of "
        f"the {DRAWS}."
    )
    st.altair_chart(
        prompt_charts.draw_random(found.draws, middle, chosen), width="stretch", alt="Chosen and random neurons"
    )
    offer_csv(found.draws, "random neurons", StudyFiles(view.study, view.model))


def show_lens(
    own: Screen, view: TryView, model: LanguageModel, neuron_ids: Mapping[int, Sequence[int]], tried: Tried
) -> None:
    """Show the target after every layer, if the view asks for it.

    Parameters
    ----------
    own : Screen
    view, model, neuron_ids, tried
        As `show_random` takes them.
    """
    if not view.lens:
        return
    st.header("The target layer by layer")
    st.markdown(
        "The residual stream after each layer, through the final norm and the unembedding: a "
        "[logit lens](https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens). After the "
        "last layer it is the model's answer; early layers need not speak its language yet."
    )
    rows = screen.attempt(
        lambda: models.layers(model, view.prompt, view.target, neuron_ids if tried.applied else {}, view.multiplier)
    )
    tokens = dict(zip(rows["place"], rows["token"], strict=True))
    place = 0
    if len(tokens) > 1:
        place = st.selectbox(
            "Token of the target", **own.offer("place", list(tokens)), format_func=lambda number: tokens[number]
        )
    chart = prompt_charts.draw_lens(rows[rows["place"] == place], neuron_ids if tried.applied else ())
    st.altair_chart(chart, width="stretch", alt=f"Logit of {tokens[place]} after every layer")
    offer_csv(rows, "target by layer", StudyFiles(view.study, view.model))
