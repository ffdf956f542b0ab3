"""Calibrations: which amplification was found for which model and task, and whether it is worth it."""

from pathlib import Path

import pandas as pd
import streamlit as st

from explorer_pages import screen
from explorer_pages.screen import Screen
from sna import formats
from sna.calibration.results import Calibration
from sna.exploration.inventory import find_calibrations

SCREEN = Screen("calibrations")
COMMAND = "snakemake --cores all calibrate --config model=NAME task=NAME_OR_FILE"
COLUMNS = ["model", "task", "advice", "layer", "neurons", "multiplier", "gain", "random neurons", "perplexity"]


def show() -> None:
    """Draw the screen."""
    st.title("Calibrations")
    st.write("Whether a task should be amplified in a model, how, and what it promises on other prompts.")
    files = {f"{path.parent.parent.name}: {formats.words(path.parent.name)}": path for path in find_calibrations()}
    if not files:
        st.info("No task has been calibrated yet. To calibrate one:", icon=":material/info:")
        st.code(COMMAND, language=None, wrap_lines=True)
        return
    found = {name: screen.attempt(lambda path=path: Calibration.read(path)) for name, path in files.items()}
    screen.show_rows(pd.DataFrame(map(_row, found.values())), COLUMNS)
    name = st.selectbox("Calibration", **SCREEN.offer("calibration", list(found)))
    _show_calibration(found[name], files[name])


def _row(found: Calibration) -> dict[str, str]:
    """Return a calibration as a row of the table; a dash stands for what is not there."""
    chosen, gain, random = found.recommended, found.gain, found.random
    return {
        "model": found.model,
        "task": formats.words(found.task),
        "advice": "use it" if found.use else "don't",
        "layer": str(chosen.layer) if chosen else formats.NOTHING,
        "neurons": str(chosen.neurons) if chosen else formats.NOTHING,
        "multiplier": f"{chosen.multiplier:g}" if chosen else formats.NOTHING,
        "gain": formats.estimate(gain.percent if gain else None, "percent"),
        "random neurons": formats.estimate(random.percent if random else None, "percent"),
        "perplexity": f"{formats.signed(found.prose.rise)} %" if found.prose else formats.NOTHING,
    }


def _show_calibration(found: Calibration, path: Path) -> None:
    st.header(found.advice)
    for reason in found.reasons:
        st.markdown(f"- {reason}")
    if found.gain and found.prose:
        st.markdown(
            f"Baseline {formats.probability(found.baseline.value)}, zone {found.zone}. Gain on other prompts "
            f"{formats.estimate(found.gain.percent, 'percent')}. Divergence on prose "
            f"{formats.number(found.prose.divergence)} nats a token."
        )
    left, right = st.columns(2)
    for column, name, mime in (
        (left, "intervention.json", "application/json"),
        (right, "calibration.html", "text/html"),
    ):
        file = path.with_name(name)
        if file.is_file():
            column.download_button(f"Download {name}", data=file.read_bytes(), file_name=name, mime=mime)
    screen.cite(path)


show()
