"""The glossary: terms are found in prose, once a text, and nowhere else."""

from pathlib import Path

import pytest
from markupsafe import Markup

from sna.report.glossary import Glossary, Term, read_glossary

TERMS = read_glossary(Path(__file__).parents[3] / "report" / "glossary.yaml")
SMALL = Glossary(
    {
        "zone": Term(term="zone", forms=["zones"], meaning="A range."),
        "golden-zone": Term(term="golden zone", meaning="A place."),
    }
)


def button(name, text):
    return f'<button type="button" class="term" popovertarget="term-{name}">{text}</button>'


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Zones and a zone", f"{button('zone', 'Zones')} and a zone"),
        ("the golden zone", f"the {button('golden-zone', 'golden zone')}"),
        ("in (zones).", f'in <span class="keep">({button("zone", "zones")}).</span>'),
        ("zoned, ozone, end-zone", "zoned, ozone, end-zone"),
        (Markup("<code>zone</code> zone"), f"<code>zone</code> {button('zone', 'zone')}"),
        (Markup('<a href="zone">x</a>'), '<a href="zone">x</a>'),
        ("<b> & zone", f"&lt;b&gt; &amp; {button('zone', 'zone')}"),
    ],
)
def test_a_term_is_marked_where_it_first_stands_in_prose(text, marked):
    assert SMALL.mark(text) == marked


def test_no_two_terms_have_the_same_form():
    forms = [form.lower() for term in TERMS.terms.values() for form in (term.term, *term.forms)]
    assert len(forms) == len(set(forms))
