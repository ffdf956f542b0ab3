"""Work that takes longer than one wants to wait: in steps, with a progress bar, and a button that stops it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pandas as pd
import streamlit as st

from explorer_pages import screen
from explorer_pages.screen import Screen
from sna.errors import InputError
from sna.exploration.views import SweepView, TogetherView

S = TypeVar("S")


@dataclass
class Work:
    """What a session has done of a view's work: `rows` holds what each step gave, by its number.

    A new run of the script may begin while an old one is still in the middle of a step: both then do that step, and it
    does not matter which of them is first.
    """

    view: SweepView | TogetherView
    rows: dict[int, pd.DataFrame] = field(default_factory=dict)
    running: bool = True

    def table(self) -> pd.DataFrame:
        """Return what is done, in the order of the steps.

        Returns
        -------
        DataFrame
        """
        return pd.concat([rows for _, rows in sorted(self.rows.items())], ignore_index=True)


def work_on(
    own: Screen,
    view: SweepView | TogetherView,
    steps: Sequence[S],
    do: Callable[[S], pd.DataFrame],
    draw: Callable[[pd.DataFrame], object],
) -> pd.DataFrame | None:
    """Let one start, stop and go on with a view's work.

    A click on a button, or anything else that one does, ends the script between two steps and begins it anew; what is
    done stays in the session, and the work goes on with the next step unless it was stopped.

    Parameters
    ----------
    own : Screen
        Whose work.
    view : View
        Another view is another work, which begins at the first step.
    steps : sequence
        What is to be done.
    do : callable
        Does a step, and returns its rows.
    draw : callable
        Draws what is done so far, while it goes on.

    Returns
    -------
    DataFrame or None
        What is done; None if nothing is.
    """
    work = _current(own, view)
    if work is None:
        st.button("Start", type="primary", on_click=_start, args=(own, view))
        return None
    if work.running:
        _run(own, work, steps, do, draw)
    if len(work.rows) < len(steps):
        st.warning(f"Stopped after {len(work.rows)} of {len(steps)} steps.", icon=":material/stop_circle:")
        st.button("Go on", on_click=_set_running, args=(own, True))
    return work.table() if work.rows else None


def publish(own: Screen, view: SweepView | TogetherView, link: Mapping[str, str] | None) -> None:
    """Make the address the view's permanent link, which starts the work if it has begun.

    Parameters
    ----------
    own : Screen
    view : View
    link : mapping or None
        By which the screen was opened; it may start the work.
    """
    if link and link.get("run"):
        _start(own, view)
    screen.publish(own, view, **({"run": "yes"} if _current(own, view) else {}))


def _current(own: Screen, view: SweepView | TogetherView) -> Work | None:
    """Return the session's work if it is the view's."""
    work = st.session_state.get(own.key("work"))
    return work if work is not None and work.view == view else None


def _start(own: Screen, view: SweepView | TogetherView) -> None:
    """Begin some work, unless it has begun."""
    if _current(own, view) is None:
        st.session_state[own.key("work")] = Work(view)


def _set_running(own: Screen, running: bool) -> None:
    st.session_state[own.key("work")].running = running


def _run(
    own: Screen, work: Work, steps: Sequence[S], do: Callable[[S], pd.DataFrame], draw: Callable[[pd.DataFrame], object]
) -> None:
    st.button("Stop", on_click=_set_running, args=(own, False))
    bar, drawing = st.empty(), st.empty()
    try:
        for number, step in enumerate(steps):
            if number in work.rows:
                continue
            bar.progress(number / len(steps), text=f"Step {number + 1} of {len(steps)}")
            if work.rows:
                with drawing.container():
                    draw(work.table())
            work.rows[number] = do(step)
    except InputError as error:
        work.running = False
        screen.refuse(str(error))
        st.stop()
    work.running = False
    st.rerun()
