"""The figures and tables of the page: what they are, and where each is shown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from sna.errors import InputError
from sna.report.embedding import svg_uri
from sna.verdicts.claims import Claim
from sna.verdicts.questions import Question

#: The statistics files of which the templates make a table.
STATISTICS_TABLES = ("predictors", "layers", "golden_zone", "success", "null_model", "zone_fit", "interference")
#: What the section on the tasks shows, unless a claim or a question has shown it.
OF_TASKS = ("tables/tasks",)

_POINT = 4 / 3  # CSS pixels


@dataclass(frozen=True)
class Figure:
    """An SVG file as a data URI, and its size in CSS pixels."""

    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Exhibit:
    """A figure or table of the page.

    Attributes
    ----------
    name : str
        The file that it shows, without its ending, such as ``figures/layers``.
    label : str
        Such as ``Figure 2``.
    section : str
        The id of the section that shows it.
    """

    name: str
    label: str
    section: str

    @property
    def anchor(self) -> str:
        """Its id on the page."""
        return "exhibit-" + self.name.replace("/", "-")


def read_figure(path: str | Path) -> Figure:
    """Read an SVG file.

    It goes into the page as an image: there its ids cannot meet those of another figure, and nothing in it can run.

    Raises
    ------
    InputError
        If the file is no SVG with a width and a height in points.
    """
    content = Path(path).read_text(encoding="utf-8")
    try:
        root = ElementTree.fromstring(content)
        width, height = (round(float(root.attrib[side].removesuffix("pt")) * _POINT) for side in ("width", "height"))
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise InputError(
            f"{path}: not an SVG file as matplotlib writes it ({error}); delete it and run again"
        ) from None
    return Figure(svg_uri(content), width, height)


def read_rows(path: str | Path) -> list[dict[str, Any]]:
    """Read a CSV file as one dictionary a row; an empty cell is None."""
    frame = pd.read_csv(path)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def arrange_exhibits(
    claims: Mapping[str, Claim], questions: Mapping[str, Question], names: Sequence[str]
) -> dict[str, Exhibit]:
    """Say where each figure and table is shown, once: in the first section that names it, or with the other results.

    Parameters
    ----------
    claims, questions : mapping
        By id, in the order of the page.
    names : sequence of str
        All figures and tables that there are.

    Raises
    ------
    InputError
        If a claim or a question names an exhibit that is not there.
    """
    sections = {f"claim-{name}": claim.exhibits for name, claim in claims.items()}
    sections |= {f"question-{name}": question.exhibits for name, question in questions.items()}
    sections |= {"tasks": [name for name in OF_TASKS if name in names], "results": names}
    places = {}
    for section, shown in sections.items():
        for name in shown:
            if name not in names:
                raise InputError(f"{section}: exhibits: there is no {name!r}; there is {', '.join(names)}")
            places.setdefault(name, section)
    counts = Counter()
    exhibits = {}
    for name, section in places.items():
        kind = "Figure" if name.startswith("figures/") else "Table"
        counts[kind] += 1
        exhibits[name] = Exhibit(name, f"{kind} {counts[kind]}", section)
    return exhibits
