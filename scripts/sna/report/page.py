"""The page itself: templates, style and script in one file, under a policy that lets nothing else in."""

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from sna import formats
from sna.errors import InputError
from sna.report.embedding import read_table_library
from sna.report.glossary import Glossary
from sna.report.standalone import policy
from sna.verdicts import agreement, claims, overall
from sna.verdicts.words import KINDS, WORDS

PAGE = "report.html.j2"
STYLE = "style.css"
SCRIPT = "page.js"


def mark_code(text: str) -> Markup:
    """Escape a text, and make what stands between backticks code.

    Parameters
    ----------
    text : str
        As people wrote it.

    Returns
    -------
    Markup
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def render(templates: Mapping[str, str], glossary: Glossary, context: Mapping[str, Any]) -> str:
    """Render the page.

    Parameters
    ----------
    templates : mapping
        Template sources, style sheet and script by file name, `PAGE`, `STYLE` and `SCRIPT` among them.
    glossary : Glossary
        The terms that the page explains.
    context : mapping
        What the templates show. Everything in it is escaped.

    Returns
    -------
    str
        The page, as HTML.

    Raises
    ------
    InputError
        If the page, the style sheet or the script is missing.
    """
    for name in (PAGE, STYLE, SCRIPT):
        if name not in templates:
            raise InputError(f"report/: {name} is missing; there is {', '.join(sorted(templates))}")
    jinja = Environment(
        loader=DictLoader(dict(templates)), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    jinja.filters.update(
        formats.FILTERS,
        shown=formats.shown,
        code=mark_code,
        terms=glossary.mark,
    )
    library_script, library_style = read_table_library()
    styles = [library_style.strip(), templates[STYLE].strip()]
    scripts = [f"{library_script}\n{templates[SCRIPT].strip()}"]
    return jinja.get_template(PAGE).render(
        context,
        policy=policy(styles, scripts),
        styles=[Markup(style) for style in styles],
        scripts=[Markup(script) for script in scripts],
        glossary=glossary.terms,
        kinds=KINDS,
        words=WORDS,
        order_of_rules=claims.ORDER,
        overall_rule=overall.RULE,
        agreement_rule=agreement.RULE,
    )
