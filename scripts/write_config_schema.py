"""Write the JSON schema of config.yaml, by which editors complete and check its keys.

Reads nothing; writes scripts/sna/inputs/config.schema.json from the models of sna.inputs.config. Run it when they
change: `make schema`.
"""

from pathlib import Path

from sna.files import write_json
from sna.inputs.config import Config

SCHEMA = Path(__file__).parent / "sna" / "inputs" / "config.schema.json"


def schema() -> dict:
    """Return the schema of the whole configuration."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Config.model_json_schema()


if __name__ == "__main__":
    write_json(SCHEMA, schema())
