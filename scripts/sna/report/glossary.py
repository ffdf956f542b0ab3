"""The terms that the page explains where they stand."""

import re
from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup, escape
from pydantic import Field

from sna.inputs.entries import read_entries
from sna.inputs.fields import Section


class Term(Section):
    """One term."""

    term: str
    forms: list[str] = Field(default=[], description="Other forms in which texts have it.")
    meaning: str


class Glossary:
    """All terms, which it finds in texts.

    Parameters
    ----------
    terms : mapping
        By id.
    """

    def __init__(self, terms: Mapping[str, Term]) -> None:
        self.terms = terms
        self._ids = {form.lower(): name for name, term in terms.items() for form in (term.term, *term.forms)}
        longest_first = sorted(self._ids, key=len, reverse=True)
        forms = "|".join(map(re.escape, longest_first))
        # With what clings to it: a line may not break between a button and the stop after it.
        self._pattern = re.compile(rf"([(\[]*)(?<![\w-])({forms})(?![\w-])((?:&#39;|[^\s<&])*)", re.IGNORECASE)

    def mark(self, text: str) -> Markup:
        """Escape a text unless it is markup, and make each term, where it first stands, a button that explains it.

        Parameters
        ----------
        text : str or Markup
            A paragraph.

        Returns
        -------
        Markup
        """
        marked: set[str] = set()

        def button(match: re.Match) -> str:
            before, form, after = match.groups()
            name = self._ids[form.lower()]
            if name in marked:
                return match[0]
            marked.add(name)
            made = f'<button type="button" class="term" popovertarget="term-{name}">{form}</button>'
            return f'<span class="keep">{before}{made}{after}</span>' if before or after else made

        # What is code, or stands inside a tag, is not prose.
        parts = re.split(r"(<code>.*?</code>|<[^>]*>)", str(escape(text)))
        return Markup("".join(part if part.startswith("<") else self._pattern.sub(button, part) for part in parts))


def read_glossary(path: str | Path) -> Glossary:
    """Read the terms by id, in the file's order.

    Parameters
    ----------
    path : path
        A YAML file.

    Returns
    -------
    Glossary

    Raises
    ------
    InputError
        As `sna.inputs.entries.read_entries` does.
    """
    return Glossary(read_entries(path, Term))
