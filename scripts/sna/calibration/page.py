"""A calibration as a page that needs no other file."""

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from sna import formats
from sna.calibration.results import RULE, Calibration
from sna.interventions.intervention import Intervention
from sna.report.standalone import policy, text_uri

#: Height of the picture of the layers, and the width that each has in it, in pixels.
HEIGHT, BAR = 160, 24


def render(
    found: Calibration,
    intervention: Intervention,
    *,
    template: str,
    style: str,
    title: str,
    description: str,
    date: str,
) -> str:
    """Render the page of a calibration.

    Parameters
    ----------
    found : Calibration
    intervention : Intervention
        That which it recommends.
    template, style : str
        The page's template and style sheet.
    title : str
        The model's name in full.
    description : str
        The task's.
    date : str
        Of the calibration.

    Returns
    -------
    str
        HTML. Everything in it that was given is escaped.
    """
    jinja = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    jinja.filters.update(formats.FILTERS, signed=formats.signed)
    style = style.strip()
    return jinja.from_string(template).render(
        found=found,
        intervention=intervention,
        download=text_uri(intervention.model_dump_json(indent=2), "application/json"),
        bars=draw_layers(found),
        tallest=f"{formats.signed(max((gain.percent for gain in found.layers), key=abs))} %",
        height=HEIGHT,
        bar=BAR,
        title=title,
        description=description,
        date=date,
        rule=RULE,
        policy=policy([style], []),
        style=Markup(style),
    )


def draw_layers(found: Calibration) -> list[dict[str, float | int | str | bool]]:
    """Lay out a picture of the layers' largest gains, a bar a layer.

    Parameters
    ----------
    found : Calibration

    Returns
    -------
    list of dict
        Of each bar `layer`, `x`, `y` and `height` in pixels, `gain` in words, and whether the layer is `recommended`.
    """
    gains = [gain.percent for gain in found.layers]
    top, bottom = max(0.0, *gains), min(0.0, *gains)
    scale = HEIGHT / ((top - bottom) or 1.0)
    return [
        {
            "layer": gain.layer,
            "x": number * BAR,
            "y": (top - max(gain.percent, 0.0)) * scale,
            "height": max(abs(gain.percent) * scale, 1.0),
            "gain": f"{formats.signed(gain.percent)} %",
            "recommended": found.recommended is not None and gain.layer == found.recommended.layer,
        }
        for number, gain in enumerate(found.layers)
    ]
