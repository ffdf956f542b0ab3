# For the type checker: the object that Snakemake hands to every script.
from typing import Any

snakemake: Any
