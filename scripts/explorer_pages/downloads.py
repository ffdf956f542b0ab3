"""What a screen shows, to take along as CSV."""

from functools import partial

import pandas as pd
import streamlit as st

from sna.exploration.inventory import StudyFiles


def offer_csv(rows: pd.DataFrame, what: str, files: StudyFiles | None = None) -> None:
    """Offer what is shown as a CSV file, with all the digits that were computed.

    Parameters
    ----------
    rows : DataFrame
    what : str
        What the rows are, in words; no two downloads of the explorer have the same.
    files : StudyFiles, optional
        Whose they are; the file's name says so.
    """
    of = (files.study, files.model) if files else ()
    name = "-".join((*of, *what.split()))
    st.download_button(
        f"Download {what} as CSV",
        data=partial(as_csv, rows),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"download {what}",
        type="tertiary",
        icon=":material/download:",
    )


def as_csv(rows: pd.DataFrame) -> str:
    """Return rows as the text of a CSV file.

    Parameters
    ----------
    rows : DataFrame

    Returns
    -------
    str
    """
    return rows.to_csv(index=False)
