from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parents[3] / "report" / "templates"


@pytest.fixture(scope="module")
def source():
    loader = FileSystemLoader(TEMPLATES)
    template = Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("sources.html.j2")
    return lambda origin: " ".join(template.module.source(origin).split())


def test_every_package_of_a_model_is_named_in_order(source):
    parts = [{"package": f"part{number}", "version": "1.0", "file": f"m.gguf.part{number}"} for number in range(2)]
    origin = {"source": "package", "parts": parts, "sha256": "a" * 64}
    assert source(origin) == (
        "From the Python packages, joined in this order, part0 1.0, file <code>m.gguf.part0</code>; part1 1.0, file"
        f" <code>m.gguf.part1</code>. SHA-256 <code>{'a' * 64}</code>."
    )
    assert source(origin | {"parts": parts[:1]}).startswith("From the Python package part0 1.0, file ")
