"""The figures and tables of the page: what they are, and where each is shown."""

import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sna.errors import InputError
from sna.inputs.exhibits import Exhibit, render
from sna.report.embedding import svg_uri
from sna.tables import read_csv
from sna.verdicts.claims import Claim
from sna.verdicts.questions import Question

_POINT = 4 / 3  # CSS pixels


@dataclass(frozen=True)
class Figure:
    """An SVG file as a data URI, and its size in CSS pixels; and the PDF file of the same figure."""

    uri: str
    pdf: str
    width: int
    height: int


@dataclass(frozen=True)
class Shown:
    """A figure or table as the page shows it.

    Attributes
    ----------
    name : str
        The file that it shows, without its ending, such as ``figures/layers``.
    label : str
        Such as ``Figure 2``.
    section : str
        The id of the section that shows it.
    title, caption, alt : str
        Its texts; `alt`, for readers who do not see a figure, is empty for a table.
    """

    name: str
    label: str
    section: str
    title: str
    caption: str
    alt: str

    @property
    def anchor(self) -> str:
        """Its id on the page."""
        return "exhibit-" + self.name.replace("/", "-")


def read_figure(path: str | Path) -> Figure:
    """Read an SVG file.

    It goes into the page as an image: there its ids cannot meet those of another figure, and nothing in it can run.

    Parameters
    ----------
    path : path
        As matplotlib writes it; its PDF file is beside it.

    Returns
    -------
    Figure

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
    pdf = base64.b64encode(Path(path).with_suffix(".pdf").read_bytes()).decode("ascii")
    return Figure(svg_uri(content), f"data:application/pdf;base64,{pdf}", width, height)


def read_rows(path: str | Path) -> list[dict[str, Any]]:
    """Read a CSV file as one dictionary a row.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    list of dict
        Values by column; an empty cell is None.
    """
    frame = read_csv(path)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def arrange_exhibits(
    claims: Mapping[str, Claim],
    questions: Mapping[str, Question],
    exhibits: Mapping[str, Exhibit],
    known: Mapping[str, Any],
) -> dict[str, Shown]:
    """Say what the page shows of each exhibit, and where: once, in the first section that names it, or in its own.

    Parameters
    ----------
    claims, questions : mapping
        By id, in the order of the page.
    exhibits : mapping
        All of `sna.inputs.exhibits.read_exhibits`.
    known : mapping
        What their texts may name: `config`, `models`, `statistics`, `tables` and the `judged` claims.

    Returns
    -------
    dict
        By name, in the order of the page, in which they are numbered.

    Raises
    ------
    InputError
        If a claim or a question names an exhibit that is not there, or a text cannot be rendered.
    """
    of_its_own = {
        section: [name for name, exhibit in exhibits.items() if exhibit.section == section]
        for section in ("verdicts", "tasks", "results")
    }
    sections = {"verdicts": of_its_own.pop("verdicts")}
    sections |= {f"claim-{name}": claim.exhibits for name, claim in claims.items()}
    sections |= {f"question-{name}": question.exhibits for name, question in questions.items()}
    sections |= of_its_own
    places = {}
    for section, names in sections.items():
        for name in names:
            if name not in exhibits:
                raise InputError(f"{section}: exhibits: there is no {name!r}; there is {', '.join(exhibits)}")
            places.setdefault(name, section)
    counts = Counter()
    shown = {}
    for name, section in places.items():
        kind = "Figure" if name.startswith("figures/") else "Table"
        counts[kind] += 1
        shown[name] = Shown(name, f"{kind} {counts[kind]}", section, **write_texts(name, exhibits[name], known))
    return shown


def write_texts(name: str, exhibit: Exhibit, known: Mapping[str, Any]) -> dict[str, str]:
    """Return an exhibit's `title`, `caption` and `alt` on the page, whose models `alt` describes one after the other.

    Parameters
    ----------
    name : str
        The exhibit's.
    exhibit : Exhibit
        The exhibit.
    known : mapping
        As `arrange_exhibits` takes it.

    Returns
    -------
    dict of str to str
        A table's `alt` is empty.

    Raises
    ------
    InputError
        If a text cannot be rendered.
    """
    caption = f"{render(name, exhibit, 'caption', **known)} {render(name, exhibit, 'details', **known)}".strip()
    alt = ""
    if exhibit.alt is not None:
        models = known["models"]
        described = [render(name, exhibit, "alt", **known, model=model) for model in models]
        if len(models) > 1:
            described = [f"On {model}: {text}" for model, text in zip(models, described, strict=True)]
        alt = " ".join([f"{exhibit.title}.", *described])
    return {"title": exhibit.title, "caption": caption, "alt": alt}
