"""A screen's frame: study and model, the link that opens it, the file that replays it, and messages."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar
from urllib.parse import urlencode

import altair as alt
import pandas as pd
import streamlit as st

from explorer_pages import shared
from explorer_pages.state import Screen
from sna.errors import InputError
from sna.exploration.inventory import RESULTS, StudyFiles, checksums, how_to_make, sources
from sna.exploration.limits import MULTIPLIER
from sna.exploration.views import AnyView, View, write_export
from sna.formats import NOTHING, words
from sna.inputs.config import Config

V = TypeVar("V", bound=View)
Result = TypeVar("Result")

#: Parts of views and links that are no widgets of one screen alone.
_OF_ALL = ("screen", "study", "model", "run")
_PROBABILITY = st.column_config.NumberColumn(format="%.3g")
#: How tables write their columns.
_COLUMNS = dict.fromkeys(("before", "after", "change", "baseline", "probability"), _PROBABILITY) | {
    "improvement": st.column_config.NumberColumn("improvement (%)", format="%+.1f"),
    "improvement_low": st.column_config.NumberColumn("from", format="%+.1f"),
    "improvement_high": st.column_config.NumberColumn("to", format="%+.1f"),
    "alone": st.column_config.NumberColumn("alone (%)", format="%+.1f"),
}
#: Where a session keeps the study that was chosen last, on whatever screen.
_LAST_STUDY = "last study"


class Beginning(NamedTuple):
    """What every screen begins with: the configuration, the link that opens it, and whose results it is about."""

    config: Config
    link: dict[str, str] | None
    files: StudyFiles


def begin(own: Screen, title: str, about: str) -> Beginning:
    """Head a screen, and let one choose a study and one of its models beside it.

    Parameters
    ----------
    own : Screen
    title : str
    about : str
        A sentence that says what the screen is for.

    Returns
    -------
    Beginning
    """
    st.title(title)
    st.write(about)
    config, link = attempt(shared.config), own.link()
    studies = sorted(config.studies, key=lambda study: study != config.study)
    made = (study for study in studies if (RESULTS / study / "experiments.parquet").is_file())
    preferred = st.session_state.get(_LAST_STUDY) or next(made, config.study)
    study = _choose(own, "study", studies, link, preferred)
    model = _choose(own, "model", config.studies[study].models, link)
    st.session_state[_LAST_STUDY] = study
    return Beginning(config, link, StudyFiles(study, model))


def _choose(
    own: Screen, name: str, options: Sequence[str], link: dict[str, str] | None, preferred: str | None = None
) -> str:
    """Let one choose, after choosing once what a link asks for."""
    asked = link.pop(name, None) if link else None
    if asked is not None:
        own.put(name, asked)
    chosen = st.sidebar.selectbox(name.capitalize(), **own.offer(name, options, preferred))
    if asked not in (None, *options):
        _refuse_link(own, f"{name}: there is no {asked}; choose one of {', '.join(options)}")
    return chosen


def follow(
    own: Screen,
    link: Mapping[str, str] | None,
    default: V,
    check: Callable[[V], object],
    widgets: Callable[[V], Mapping[str, Any]] = View.model_dump,
) -> None:
    """Set the widgets to what a link asks for, or say what is wrong with it and end the screen.

    Parameters
    ----------
    own : Screen
    link : mapping or None
        From `begin`; None leaves the widgets as they are.
    default : View
        Has what the link leaves open.
    check : callable
        Raises `InputError` if there is no such thing as the view asks for.
    widgets : callable
        Returns the values of a view's widgets by name.
    """
    if link is None:
        return
    try:
        view = default.changed({key: value for key, value in link.items() if key not in _OF_ALL})
        check(view)
    except InputError as error:
        _refuse_link(own, str(error))
    for name, value in widgets(view).items():
        if name not in _OF_ALL:
            own.put(name, value)
    own.followed()


def _refuse_link(own: Screen, message: str) -> NoReturn:
    """Say what is wrong with a link, and nothing else: numbers below would be taken for those that it asks for."""
    refuse(message, "This link leads to nothing that is here.")
    own.followed({})
    st.button("Open the screen without this link")
    st.stop()


def publish(own: Screen, view: AnyView, **more: str) -> None:
    """Make the address the view's, and offer its permanent link and the file that replays it.

    Parameters
    ----------
    own : Screen
    view : View
    **more
        What the link says besides.
    """
    query = view.query() | more
    own.set_address(query)
    with st.sidebar:
        st.header("Reproduce this view")
        st.markdown(f"[Permanent link](?{urlencode(query)})")
        st.write("To compute its numbers again:")
        st.download_button(
            "Export as YAML",
            data=partial(_export, view),
            file_name=f"{view.screen}.yaml",
            mime="text/yaml",
            on_click="ignore",
        )
        st.code(f"python scripts/replay.py {view.screen}.yaml", language=None, wrap_lines=True)


def _export(view: AnyView) -> str:
    return write_export(view, checksums(sources(view)))


def attempt(compute: Callable[[], Result]) -> Result:
    """Return what a function returns; end the screen with a message if it refuses its input.

    Parameters
    ----------
    compute : callable
        May raise `InputError`.

    Returns
    -------
    object
    """
    try:
        return compute()
    except InputError as error:
        refuse(str(error))
        st.stop()


def refuse(message: str, summary: str = "This is not possible.") -> None:
    """Say what is wrong.

    Parameters
    ----------
    message : str
        It may quote what somebody typed: it is shown as it is, not as markup.
    summary : str
        What stands above it.
    """
    st.error(summary, icon=":material/block:")
    st.text(message)


def missing(what: str, path: Path, study: str | None = None) -> NoReturn:
    """Say what is not there yet, and how it is made; end the screen.

    Parameters
    ----------
    what : str
    path : Path
        The file that is not there.
    study : str, optional
        The study that it belongs to.
    """
    st.info(what, icon=":material/info:")
    st.code(how_to_make(path, study), language=None, wrap_lines=True)
    st.stop()


def choose_multiplier(own: Screen) -> float:
    """Let one choose what activations are multiplied by.

    Parameters
    ----------
    own : Screen

    Returns
    -------
    float
    """
    key = own.default("multiplier", 2.0)
    return st.number_input("Multiplier", min_value=0.01, max_value=MULTIPLIER, step=0.25, key=key)


def show_chart(
    heading: str, chart: alt.Chart | alt.LayerChart, key: str | None = None, click: Callable[[], None] | None = None
) -> None:
    """Show a chart under a heading, which is its text alternative too.

    Parameters
    ----------
    heading : str
    chart : Chart or LayerChart
    key : str, optional
        Of the widget.
    click : callable, optional
        Called when one clicks on a mark.
    """
    st.header(heading)
    if click is None:
        st.altair_chart(chart, key=key, width="stretch", alt=heading)
    else:
        st.altair_chart(chart, key=key, on_select=click, width="stretch", alt=heading)


def show_rows(rows: pd.DataFrame, columns: Sequence[str], *, whole: bool = True) -> None:
    """Show a table, its probabilities and percentages written as everywhere.

    Parameters
    ----------
    rows : DataFrame
    columns : sequence of str
        Those that are shown, in order.
    whole : bool
        Whether it is as high as its rows need, or scrolls.
    """
    st.dataframe(
        rows.assign(task=rows["task"].map(words)) if "task" in rows else rows,
        hide_index=True,
        height="content" if whole else "auto",
        column_order=columns,
        column_config=_COLUMNS,
        placeholder=NOTHING,
    )


def cite(*paths: Path) -> None:
    """Say which files a view comes from, and the records of their making.

    Parameters
    ----------
    *paths : Path
    """
    for path in paths:
        record = shared.record(path)
        spoken = f"record `{record}`" if record else "no record of its making"
        st.markdown(f":small[From `{path}`; {spoken}.]")


def cite_sources(view: AnyView) -> None:
    """Say which files a view comes from: of a model, its weights.

    Parameters
    ----------
    view : View
    """
    cite(*(path for path in sources(view) if path.suffix != ".json"))
