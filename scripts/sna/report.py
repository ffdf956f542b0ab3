"""The report: one HTML page that holds everything it shows and asks the network for nothing."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from sna import formats
from sna.claims import VERDICTS, Claim
from sna.errors import InputError
from sna.questions import Question
from sna.tasks import Task

PAGE = "report.html.j2"
STYLE = "style.css"

#: The statistics files of which the templates make a table.
STATISTICS_TABLES = ("predictors", "layers", "golden_zone", "success", "null_model", "zone_fit", "interference")
#: What the section on the tasks shows.
OF_TASKS = ("tables/tasks", "figures/saturation")

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
    content = Path(path).read_bytes()
    try:
        root = ElementTree.fromstring(content)
        width, height = (round(float(root.attrib[side].removesuffix("pt")) * _POINT) for side in ("width", "height"))
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise InputError(
            f"{path}: not an SVG file as matplotlib writes it ({error}); delete it and run again"
        ) from None
    return Figure("data:image/svg+xml;base64," + base64.b64encode(content).decode("ascii"), width, height)


def read_rows(path: str | Path) -> list[dict[str, Any]]:
    """Read a CSV file as one dictionary a row; an empty cell is None."""
    frame = pd.read_csv(path)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def arrange_exhibits(
    questions: Mapping[str, Question], claims: Mapping[str, Claim], names: Sequence[str]
) -> dict[str, Exhibit]:
    """Say where each figure and table is shown, once: in the first section that names it, or with the other results.

    Parameters
    ----------
    questions, claims : mapping
        By id, in the order of the page.
    names : sequence of str
        All figures and tables that there are.

    Raises
    ------
    InputError
        If a question or a claim names an exhibit that is not there.
    """
    sections = {"tasks": [name for name in OF_TASKS if name in names]}
    sections |= {f"question-{name}": question.exhibits for name, question in questions.items()}
    sections |= {f"claim-{name}": claim.exhibits for name, claim in claims.items()}
    sections["results"] = names
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


def list_prompts(task: Task, baselines: pd.DataFrame) -> list[dict[str, Any]]:
    """List a task's evaluation prompts with their baseline probability on each model.

    Parameters
    ----------
    task : Task
        The task.
    baselines : DataFrame
        A table that keeps `sna.tables.BASELINE`, of one or more models.
    """
    rows = baselines[baselines["task"] == task.name]
    probabilities = {(row.model, row.prompt): row.probability for row in rows.itertuples()}
    models = list(dict.fromkeys(baselines["model"]))
    return [
        {
            "half": half,
            "prompt": item.prompt,
            "target": item.target,
            "baselines": [probabilities.get((model, number)) for model in models],
        }
        for number, (half, item) in enumerate(zip(task.evaluation_halves, task.evaluation_prompts, strict=True))
    ]


def count_verdicts(claims: Sequence[Mapping], model: str) -> dict[str, int]:
    """Count how often each verdict was passed on a model."""
    passed = [entry["verdict"] for claim in claims for entry in claim["models"] if entry["model"] == model]
    return {verdict: passed.count(verdict) for verdict in VERDICTS}


def mark_code(text: str) -> Markup:
    """Escape a text, and make what stands between backticks code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def render(templates: Mapping[str, str], context: Mapping[str, Any]) -> str:
    """Render the page.

    Parameters
    ----------
    templates : mapping
        Template sources and the style sheet by file name, `PAGE` and `STYLE` among them.
    context : mapping
        What the templates show. Everything in it is escaped.

    Raises
    ------
    InputError
        If the page or the style sheet is missing.
    """
    for name in (PAGE, STYLE):
        if name not in templates:
            raise InputError(f"report/: {name} is missing; there is {', '.join(sorted(templates))}")
    jinja = Environment(
        loader=DictLoader(dict(templates)), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    jinja.filters.update(formats.FILTERS, code=mark_code, words=lambda name: name.replace("_", " "))
    style = templates[STYLE].strip()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return jinja.get_template(PAGE).render(
        context, style=Markup(style), style_hash=f"sha256-{digest}", verdicts=VERDICTS
    )
