"""What a crate names besides the steps of a workflow: files, jobs, values, costs and origins."""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from sna.provenance.code import hash_data
from sna.provenance.crate_files import is_outside
from sna.provenance.record import Record

_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
}
#: What a job cost, by name: what was measured, as getrusage has it, and its unit.
_COSTS = {
    "cpu_seconds": ("getrusage:ru_utime+ru_stime", "https://qudt.org/vocab/unit/SEC"),
    "peak_memory_mb": ("getrusage:ru_maxrss", "https://qudt.org/vocab/unit/MegaBYTE"),
}


def add(crate: ROCrate, identifier: str, kind: str, /, **properties: Any) -> Entity:
    """Add something that is no file in the crate; a list of one is written as that one."""
    single = {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in properties.items()
    }
    return crate.add(ContextEntity(crate, identifier, {"@type": kind, **single}))


def job_id(job: Record) -> str:
    """Return the identifier of what a job did."""
    return f"#job/{_name(job)}"


def describe(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that every file has."""
    return {
        "name": name,
        "sha256": state["sha256"],
        "contentSize": str(state["size"]),
        "encodingFormat": _MEDIA_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream"),
    }


def add_described(crate: ROCrate, path: str, state: Mapping[str, Any]) -> Entity:
    """Add a file that the crate does not hold; where somebody keeps it outside of the project is not said."""
    name = f"{state['sha256']}/{PurePosixPath(path).name}" if is_outside(path) else path
    return add(crate, f"#{quote(name)}", "File", **describe(name, state))


def add_package(crate: ROCrate, name: str, version: str) -> Entity:
    """Add a package that was installed."""
    known = f"#package/{quote(name)}/{quote(version)}"
    return add(crate, known, "SoftwareApplication", name=name, softwareVersion=version)


def add_values(crate: ROCrate, values: Mapping[str, Any]) -> list[Entity]:
    """Add wildcards or parameters; one that several jobs were given is one entity."""
    added = []
    for name, given in sorted(values.items()):
        value = _without_places(given)
        text = value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        known = f"#value/{quote(name)}/{hash_data(value)[:16]}"
        added.append(add(crate, known, "PropertyValue", name=name, value=text))
    return added


def add_costs(crate: ROCrate, job: Record) -> list[Entity]:
    """Add what a job cost."""
    return [
        add(
            crate,
            f"{job_id(job)}/{name}",
            "PropertyValue",
            name=name,
            propertyID=quantity,
            unitCode=unit,
            value=job.cost[name],
        )
        for name, (quantity, unit) in _COSTS.items()
        if name in job.cost
    ]


def add_origin(crate: ROCrate, job: Record) -> list[Entity]:
    """Add where a job fetched from, if it did; a local folder or file is named, not placed."""
    if job.origin is None:
        return []
    origin = _without_places(job.origin)
    places = origin.get("parts", [origin])
    properties = {
        "name": _each(places, "package", "repository", "path", "base"),
        "version": _each(places, "version", "revision"),
        "license": origin.get("license"),
        "sha256": origin.get("sha256"),
        "description": json.dumps(origin, ensure_ascii=False, sort_keys=True),
    }
    given = {name: value for name, value in properties.items() if value is not None}
    return [add(crate, f"#origin/{_name(job)}", "CreativeWork", **given)]


def _each(places: list[Mapping[str, Any]], *names: str) -> str | None:
    """Return what the places have by one of these names, each value once."""
    return ", ".join(dict.fromkeys(place[name] for place in places for name in names if name in place)) or None


def _name(job: Record) -> str:
    return quote("/".join([job.rule, *job.wildcards.values()]))


def _without_places(value: Any) -> Any:
    """Leave of paths that lead out of the project the last name, in text and in what holds it."""
    if isinstance(value, str):
        return PurePosixPath(value).name if is_outside(value) else value
    if isinstance(value, Mapping):
        return {name: _without_places(held) for name, held in value.items()}
    return [_without_places(held) for held in value] if isinstance(value, list) else value
