"""A screen's frame: study and model, the link that opens it, the file that replays it, and messages."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import altair as alt
import pandas as pd
import streamlit as st

from explorer_pages import shared
from sna.errors import InputError
from sna.exploration.inventory import RESULTS, StudyFiles, checksums, how_to_make, sources
from sna.exploration.limits import MULTIPLIER
from sna.exploration.views import AnyView, View, write_export
from sna.inputs.config import Config

V = TypeVar("V", bound=View)
Option = TypeVar("Option")
Result = TypeVar("Result")

_WRONG_LINK = "This link leads to nothing that is here."
#: Parts of views and links that are no widgets of one screen alone.
_OF_ALL = ("screen", "study", "model", "run")
_PROBABILITY = st.column_config.NumberColumn(format="%.4f")
#: How tables write their columns.
_COLUMNS = dict.fromkeys(("before", "after", "change", "baseline", "probability"), _PROBABILITY) | {
    "improvement": st.column_config.NumberColumn("improvement (%)", format="%+.1f"),
    "improvement_low": st.column_config.NumberColumn("from", format="%+.1f"),
    "improvement_high": st.column_config.NumberColumn("to", format="%+.1f"),
    "alone": st.column_config.NumberColumn("alone (%)", format="%+.1f"),
}
#: Where a session keeps the study that was chosen last, on whatever screen.
_LAST_STUDY = "last study"


class Screen:
    """The state of one screen in one session: its widgets' values, by keys of its own.

    Parameters
    ----------
    name : str
        As in the views' `screen`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def key(self, name: str) -> str:
        """Return the key of a widget.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
        """
        return f"{self.name}.{name}"

    def get(self, name: str) -> Any:
        """Return a widget's value.

        Parameters
        ----------
        name : str

        Returns
        -------
        object
        """
        return st.session_state.get(self.key(name))

    def put(self, name: str, value: Any) -> None:
        """Set a widget's value; only before it is drawn.

        Parameters
        ----------
        name : str
        value : object
        """
        st.session_state[self.key(name)] = value

    def offer(self, name: str, options: Sequence[Option], preferred: Option | None = None) -> dict[str, Any]:
        """Return a choice's options and key, after seeing to it that one of the options is chosen.

        Parameters
        ----------
        name : str
        options : sequence
        preferred : optional
            Chosen unless another one is; by default the first.

        Returns
        -------
        dict
            As Streamlit's widgets take them.
        """
        if self.get(name) not in options:
            self.put(name, preferred if preferred in options else options[0])
        return {"options": options, "key": self.key(name)}

    def offer_several(self, name: str, options: Sequence[Option], preferred: Iterable[Option]) -> dict[str, Any]:
        """Return a choice's options and key, after seeing to it that those that are chosen are options.

        Parameters
        ----------
        name : str
        options : sequence
        preferred : iterable
            Chosen unless others are.

        Returns
        -------
        dict
            As Streamlit's widgets take them.
        """
        chosen = self.get(name)
        kept = [option for option in (preferred if chosen is None else chosen) if option in options]
        self.put(name, kept)
        return {"options": options, "key": self.key(name)}

    def default(self, name: str, value: Any) -> str:
        """Return a widget's key, after seeing to it that it has a value.

        Parameters
        ----------
        name : str
        value : object

        Returns
        -------
        str
        """
        if self.get(name) is None:
            self.put(name, value)
        return self.key(name)

    def link(self) -> dict[str, str] | None:
        """Return the link by which the screen is opened, perhaps an empty one; None if it is open already."""
        now, seen, published = st.query_params.to_dict(), self.get("seen"), self._published()
        self.put("seen", now)
        # The browser may still send the address of before: one that this screen has published opens nothing.
        if now and now != seen and now not in published:
            return now
        if self.get("study") is None:
            # One has come back to the screen: its widgets have lost their values.
            return now or (published[-1] if published else {})
        return None

    def _published(self) -> list[dict[str, str]]:
        return st.session_state.setdefault(self.key("published"), [])

    def open(
        self,
        default: V,
        link: Mapping[str, str] | None,
        check: Callable[[V], object],
        widgets: Callable[[V], Mapping[str, Any]] = View.model_dump,
    ) -> None:
        """Set the widgets to what a link asks for, or say what is wrong with it and set them to a default.

        Parameters
        ----------
        default : View
        link : mapping or None
            From `link`; None leaves the widgets as they are.
        check : callable
            Raises `InputError` if there is no such thing as the view asks for.
        widgets : callable
            Returns the values of a view's widgets by name.
        """
        if link is None:
            return
        view = default
        try:
            view = default.changed({key: value for key, value in link.items() if key not in _OF_ALL})
            check(view)
        except InputError as error:
            refuse(str(error), _WRONG_LINK)
            view = default
        for name, value in widgets(view).items():
            if name not in _OF_ALL:
                self.put(name, value)

    def publish(self, view: AnyView, **more: str) -> None:
        """Make the address the view's permanent link, and offer the file that replays it.

        Parameters
        ----------
        view : View
        **more
            What the link says besides.
        """
        query = view.query() | more
        published = self._published()
        if query not in published[-1:]:
            published.append(query)
        self.put("seen", query)
        st.query_params.from_dict(query)
        with st.sidebar:
            st.header("Reproduce this view")
            st.write("The address of this page is its permanent link. To compute its numbers again:")
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
    study = _choose_or_follow(own, "study", studies, link, preferred)
    model = _choose_or_follow(own, "model", config.studies[study].models, link)
    st.session_state[_LAST_STUDY] = study
    return Beginning(config, link, StudyFiles(study, model))


def _choose_or_follow(
    screen: Screen, name: str, options: Sequence[str], link: Mapping[str, str] | None, preferred: str | None = None
) -> str:
    """Let one choose, after choosing what a link asks for."""
    asked = (link or {}).get(name)
    if asked in options:
        screen.put(name, asked)
    elif asked is not None:
        refuse(f"{name}: there is no {asked}; choose one of {', '.join(options)}", _WRONG_LINK)
    return st.sidebar.selectbox(name.capitalize(), **screen.offer(name, options, preferred))


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
    height = "content" if whole else "auto"
    st.dataframe(rows, hide_index=True, height=height, column_order=columns, column_config=_COLUMNS)


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
