"""What makes a page stand alone: a policy that lets nothing else in, and files inside it."""

import base64
import hashlib
from urllib.parse import quote

#: Characters that a URI in double quotes may hold as they are, besides letters and digits.
_PLAIN = " /:;,=()-+.'<>{}[]"


def policy(styles: list[str], scripts: list[str]) -> str:
    """Return the content security policy of a page that has these style sheets and scripts, and loads nothing.

    Parameters
    ----------
    styles, scripts : list of str
        As they stand on the page.

    Returns
    -------
    str
        Rules, separated by semicolons.

    References
    ----------
    Content Security Policy Level 3, https://www.w3.org/TR/CSP3/
    """
    rules = {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": " ".join(map(_source, styles)),
        "script-src": " ".join(map(_source, scripts)),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def text_uri(content: str, media_type: str) -> str:
    """Write a text as a URI that holds it; with its few odd characters escaped it is shorter than in base 64.

    Parameters
    ----------
    content : str
        The text.
    media_type : str
        Such as ``text/csv``.

    Returns
    -------
    str
    """
    return f"data:{media_type};charset=utf-8,{quote(content, safe=_PLAIN)}"
