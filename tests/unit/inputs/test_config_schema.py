"""The schema that editors check config.yaml by is that of the code, and knows the shipped file as right."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from write_config_schema import SCHEMA, schema

CONFIG = Path(__file__).parents[3] / "config.yaml"


@pytest.fixture
def stored() -> dict:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


@pytest.fixture
def config() -> dict:
    return yaml.safe_load(CONFIG.read_text(encoding="utf-8"))


def test_the_stored_schema_is_that_of_the_code(stored):
    assert stored == schema(), "run `make schema`"


def test_the_shipped_config_points_editors_to_the_schema():
    first = CONFIG.read_text(encoding="utf-8").splitlines()[0]
    comment, path = first.split("$schema=")
    assert comment == "# yaml-language-server: "
    assert (CONFIG.parent / path).resolve() == SCHEMA


def test_the_schema_accepts_the_shipped_config(stored, config):
    jsonschema.validate(config, stored)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [("zones", "negligable", 7), ("statistics", "resamples", 3), ("engine", "device", "tpu"), ("studies", "x", {})],
)
def test_the_schema_refuses_what_the_workflow_refuses(stored, config, section, key, value):
    config[section][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(config, stored)


def test_every_key_of_the_schema_is_described(stored):
    for name, section in stored["$defs"].items():
        for key, value in section["properties"].items():
            described = stored["$defs"][value["$ref"].rpartition("/")[2]] if "$ref" in value else value
            assert "description" in described or "const" in described, f"{name}.{key}"
