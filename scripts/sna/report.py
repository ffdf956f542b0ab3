"""The report: one HTML page that holds everything it shows and asks the network for nothing."""

import base64
import hashlib
import re
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
from sna.tasks import Task

PAGE = "report.html.j2"
STYLE = "style.css"

#: Tables that the templates make of a statistics file, by the file's name.
STATISTICS_TABLES = {
    "predictors": "predictors",
    "layers": "best_layers",
    "golden_zone": "golden_zones",
    "success": "success",
}
#: What has a section of its own, before the claims.
TASKS_TABLE = "tasks"

_POINT = 4 / 3  # CSS pixels


@dataclass(frozen=True)
class Figure:
    """An SVG file as a data URI, and its size in CSS pixels."""

    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Exhibit:
    """A figure or table of the page: its label, such as Figure 2, and the id of the section that shows it."""

    name: str
    label: str
    section: str


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


def arrange_exhibits(claims: Mapping[str, Claim], figures: Sequence[str], tables: Sequence[str]) -> dict[str, Exhibit]:
    """Say where each figure and table is shown, once: with the first claim that names it, or with the other results.

    Parameters
    ----------
    claims : mapping
        The claims by id, in the order of the page.
    figures, tables : sequence of str
        Names of all that there is.

    Raises
    ------
    InputError
        If a claim names an exhibit that is not there.
    """
    places = {TASKS_TABLE: "tasks"} if TASKS_TABLE in tables else {}
    for claim_id, claim in claims.items():
        for name in claim.exhibits:
            if name not in figures and name not in tables:
                known = ", ".join([*figures, *tables])
                raise InputError(f"{claim_id}: exhibits: there is no figure or table {name!r}; there is {known}")
            places.setdefault(name, f"claim-{claim_id}")
    for name in [*figures, *tables]:
        places.setdefault(name, "results")
    counts = {"Figure": 0, "Table": 0}
    exhibits = {}
    for name, section in places.items():
        kind = "Figure" if name in figures else "Table"
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
