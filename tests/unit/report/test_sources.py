from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sna.formats import FILTERS

TEMPLATES = Path(__file__).parents[3] / "report" / "templates"


@pytest.fixture(scope="module")
def source():
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.filters.update(FILTERS)
    template = environment.get_template("sources.html.j2")
    return lambda origin: " ".join(template.module.source(origin).split())


def test_every_package_of_a_model_is_named_in_order(source):
    parts = [{"package": f"part{number}", "version": "1.0", "file": f"m.gguf.part{number}"} for number in range(2)]
    origin = {"source": "package", "parts": parts, "sha256": "a" * 64}
    assert source(origin) == (
        "From the Python packages, joined in this order, part0 1.0, file <code>m.gguf.part0</code>; part1 1.0, file"
        f" <code>m.gguf.part1</code>. SHA-256 <code>{'a' * 64}</code>."
    )
    assert source(origin | {"parts": parts[:1]}).startswith("From the Python package part0 1.0, file ")


def test_a_tuned_model_is_said_to_be_made_here_and_what_was_trained_on_what(source):
    origin = {
        "source": "tuned",
        "base": "small",
        "base_weights": "a" * 64,
        "base_origin": "b" * 64,
        "tasks": ["addition", "python_expressions"],
        "prompts": 60,
        "method": "lora",
        "rank": 8,
        "trained": 2_442_240,
        "steps": 150,
        "batch": 8,
        "learning_rate": 0.001,
        "seed": 3,
    }
    said = source(origin)
    assert said.startswith(f"Tuned here from small (SHA-256 of its weights <code>{'a' * 64}</code>,")
    assert "on 60 prompts each of addition, python expressions: 2,442,240 numbers, those of a low-rank" in said
    assert said.endswith("trained in 150 steps of 8 prompts, with a learning rate of 0.001 at first, seed 3.")
    assert "all weights, trained in" in source(origin | {"method": "full", "rank": None})
