"""The study as a Workflow Run RO-Crate: a validator that never saw this project accepts it, and nothing is left out."""

import json
import logging
import re
import socket
import zipfile
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import crate
import pytest
from made_up_jobs import (
    ENVIRONMENT,
    FIGURE,
    FILES,
    MANIFEST,
    ORIGIN,
    RECORDS,
    REPORT,
    SCRIPTS,
    TABLE,
    TASK,
    WEIGHTS,
    MadeUpProject,
)
from requests_cache import CachedSession
from requests_cache.models import CachedRequest, CachedResponse
from rocrate.rocrate import ROCrate
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.services import validate

from sna.errors import InputError
from sna.files import write_text
from sna.provenance.crate_entities import add_origin
from sna.provenance.lineage import Lineage, seal
from sna.provenance.packages import LOCK
from sna.provenance.record import read_record

# Of the validator's own libraries.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

CONTEXTS = Path(__file__).parents[2] / "contexts"
ADDRESSES = {
    "https://w3id.org/ro/crate/1.1/context": CONTEXTS / "ro-crate-1.1.json",
    "https://w3id.org/ro/terms/workflow-run/context": CONTEXTS / "workflow-run.json",
}
METADATA = "ro-crate-metadata.json"
WORKFLOW = ["Snakefile", "rules/stages.smk", "config.yaml"]
CRATE = "results/study/crate.zip"
HOME = "/home/somebody"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Fail whatever asks for another machine."""

    def refuse(*address):
        raise AssertionError(f"asked the network for {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def project(tmp_path, monkeypatch) -> MadeUpProject:
    """A study whose model was fetched from a folder outside of the project."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setattr("sna.places.ROOT", tmp_path / "project")
    monkeypatch.setattr("sna.provenance.crate_files.ROOT", tmp_path / "project")
    # Otherwise made-up jobs run outside of git.
    monkeypatch.setattr("sna.provenance.record._describe_git", lambda folder: {"commit": "a" * 40, "clean": False})
    project = MadeUpProject()
    for path in WORKFLOW:
        write_text(path, f"# {path}\n")
    weights = tmp_path / "elsewhere" / "own.safetensors"
    write_text(weights, "weights")
    origin = {"source": "path", "path": f"{HOME}/models/own", "license": "MIT"}
    model = {"source": "path", "path": "~/models/own", "parts": [f"{HOME}/part"]}
    outputs = {WEIGHTS: "weights", ORIGIN: json.dumps(origin)}
    project.run("fetch_model", [str(weights)], outputs, {"model": "small"}, model=model)
    project.measure()
    project.draw()
    project.report()
    return project


def pack() -> Path:
    """Pack the study in the working directory as the rule does."""
    workflow = {"workflow": WORKFLOW[0], "rules": [WORKFLOW[1]], "config": WORKFLOW[2], "lock": LOCK}
    job_input = SimpleNamespace(report=REPORT, manifest=MANIFEST, **workflow)
    crate.main(job_input, CRATE, SimpleNamespace(study="study", snakemake="9.27.1"), Lineage.read())
    return Path(CRATE)


def metadata(path: Path) -> dict:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(METADATA))


def entities(path: Path) -> dict[str, dict]:
    return {entity["@id"]: entity for entity in metadata(path)["@graph"]}


def of_type(path: Path, kind: str) -> list[dict]:
    return [entity for entity in entities(path).values() if kind in listed(entity["@type"])]


def listed(value) -> list:
    return value if isinstance(value, list) else [value]


def ids(value) -> list[str]:
    return [entry["@id"] for entry in listed(value)]


def problems(path: Path) -> list[str]:
    """Return what roc-validator finds wrong with what MUST be right; its contexts are the files of this project."""
    cache = Path("contexts").resolve()
    with CachedSession(str(cache), backend="sqlite") as session:
        for address, file in ADDRESSES.items():
            kept = {"headers": {"Content-Type": "application/ld+json"}, "content": file.read_bytes()}
            request = CachedRequest(method="GET", url=address)
            session.cache.save_response(CachedResponse(status_code=200, url=address, request=request, **kept))
    settings = ValidationSettings(
        rocrate_uri=str(path),
        profile_identifier="provenance-run-crate",
        requirement_severity=Severity.REQUIRED,
        offline=True,
        cache_path=cache,
    )
    found = validate(settings)
    assert found.passed() == (not found.get_issues())
    # It stops early where something is very wrong, and must not where nothing is.
    checked = {check.requirement.profile.name for check in found.executed_checks}
    assert not found.passed() or "Provenance Run Crate 0.5" in checked
    return [issue.message for issue in found.get_issues()]


def rewrite(path: Path, change: Callable[[dict[str, dict]], object], without: str = "") -> None:
    """Change the metadata of a crate, and leave out a file."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != without}
    content = json.loads(files[METADATA])
    change({"@context": content} | {entity["@id"]: entity for entity in content["@graph"]})
    files[METADATA] = json.dumps(content).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def test_a_validator_accepts_the_crate_without_the_network(project):
    assert problems(pack()) == []


@pytest.mark.parametrize(
    ("change", "without", "said"),
    [
        (lambda known: known["#step/draw"].pop("workExample"), "", "HowToStep must refer to its corresponding tool"),
        (lambda known: known["#engine"].pop("result"), "", "OrganizeAction must reference"),
        (lambda known: known["./"].update(surprise="?"), "", "surprise"),
        (lambda known: None, FIGURE, f"does not include the Data Entity '{FIGURE}'"),
    ],
    ids=["a step without a tool", "an engine without a run", "an unknown term", "a file that is not there"],
)
def test_a_validator_refuses_a_broken_crate(project, change, without, said):
    packed = pack()
    rewrite(packed, change, without)
    assert any(said in problem for problem in problems(packed))


def test_a_context_that_is_no_file_of_the_project_is_not_fetched(project, monkeypatch):
    # What the validator logs it prints again when Python ends.
    monkeypatch.setattr(logging.root.manager, "disable", logging.WARNING)
    packed = pack()
    rewrite(packed, lambda known: known["@context"]["@context"].append("https://example.org/context"))
    assert any("https://example.org/context" in problem for problem in problems(packed))


def test_every_file_has_the_checksum_that_its_record_says(project):
    said = {}
    for path in RECORDS.values():
        record = read_record(path)
        said |= {file: state["sha256"] for file, state in (record.inputs | record.outputs).items()}
        said |= record.parents
    packed = pack()
    with zipfile.ZipFile(packed) as archive:
        found = {name: sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != METADATA}
        sizes = {info.filename: str(info.file_size) for info in archive.infolist()}
    assert {REPORT, FIGURE, TABLE, TASK, ORIGIN, ENVIRONMENT, *WORKFLOW, *RECORDS.values()} < found.keys()
    assert {name: found[name] for name in found.keys() & said.keys()} == {
        name: said[name] for name in found.keys() & said.keys()
    }
    code = {path for path in FILES if path.startswith("scripts/")}
    assert found.keys() - said.keys() == {ENVIRONMENT, LOCK, *WORKFLOW, RECORDS["report"], *code}
    known = entities(packed)
    assert {name: known[name]["sha256"] for name in found} == found
    assert {name: known[name]["contentSize"] for name in found} == {name: sizes[name] for name in found}


def test_the_weights_are_named_and_not_packed(project):
    packed = pack()
    with zipfile.ZipFile(packed) as archive:
        assert not any(name.endswith(".safetensors") for name in archive.namelist())
    weights = entities(packed)[f"#{WEIGHTS}"]
    assert weights["sha256"] == read_record(RECORDS["fetch_model"]).outputs[WEIGHTS]["sha256"]
    fetched, measured = (entities(packed)[f"#job/{stage}/small"] for stage in ("fetch_model", "measure"))
    assert f"#{WEIGHTS}" in ids(fetched["result"])
    assert f"#{WEIGHTS}" in ids(measured["object"])
    assert entities(packed)["#origin/fetch_model/small"]["license"] == "MIT"


def test_the_metadata_name_no_place_outside_of_the_project(project, tmp_path):
    text = json.dumps(metadata(pack()))
    assert "own.safetensors" in text
    for place in (HOME, "~", str(tmp_path), str(Path.home()), "/home/", "file:"):
        assert place not in text
    assert not re.search(r'"/[^"]', text)


def test_each_job_is_an_action_with_what_it_read_ran_and_wrote(project):
    packed = pack()
    known = entities(packed)
    for path in RECORDS.values():
        record = read_record(path)
        action = known["#job/" + "/".join([record.rule, *record.wildcards.values()])]
        assert (action["startTime"], action["endTime"]) == (record.started, record.ended)
        assert ids(action["instrument"]) == [record.script] == [SCRIPTS[record.rule]]
        written = {known[name]["name"] for name in ids(action["result"])}
        assert written == set(record.outputs)
        values = [known[name] for name in ids(action["object"]) if known[name]["@type"] == "PropertyValue"]
        assert {value["name"] for value in values} == {*record.wildcards, *record.params}
        assert {known[name]["name"] for name in ids(action["resourceUsage"])} == set(record.cost)
        assert ids(known[path]["about"]) == [action["@id"]]


def test_the_workflow_has_a_step_and_a_tool_for_each_stage_in_their_order(project):
    packed = pack()
    known = entities(packed)
    workflow = known["Snakefile"]
    assert ids(workflow["step"]) == [f"#step/{stage}" for stage in RECORDS]
    assert [known[step]["position"] for step in ids(workflow["step"])] == [0, 1, 2, 3]
    assert ids(workflow["hasPart"]) == [SCRIPTS[stage] for stage in RECORDS]
    assert workflow["version"] == "a" * 40 + "-dirty"
    needed = ids(known["scripts/rendering/draw.py"]["softwareRequirements"])
    assert {"scripts/shared.py", "scripts/style.py", f"#package/pydantic/{version('pydantic')}"} <= set(needed)
    assert ids(known["#step/draw"]["buildInstructions"]) == [ENVIRONMENT]
    assert ids(known["#engine"]["object"]) == [f"#control/{stage}" for stage in RECORDS]
    assert FIGURE in ids(known["#run"]["result"])
    assert TASK in ids(known["#run"]["object"])


def test_every_reference_leads_somewhere(project):
    known = entities(pack())
    named = {
        name
        for entity in known.values()
        for key, value in entity.items()
        for name in (ids([entry for entry in listed(value) if isinstance(entry, dict)]))
        if key not in {"conformsTo", "identifier", "url"}
    }
    assert named - {"./"} <= known.keys()


def test_the_same_study_gives_the_same_bytes(project):
    first = pack().read_bytes()
    assert pack().read_bytes() == first


def test_the_library_reads_the_crate(project):
    read = ROCrate(str(pack()))
    assert read.mainEntity.id == "Snakefile"
    assert {action.id for action in read.get_by_type("CreateAction")} == {
        "#run", "#job/fetch_model/small", "#job/measure/small", "#job/draw", "#job/report"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (FIGURE, "figure", "forged"),
        (TABLE, "table", "tables"),
        (TASK, "logic", "rhymes"),
        ("scripts/shared.py", "return given", "return given[0]"),
        (ENVIRONMENT, "numpy=2.4.6", "numpy=2.4.5"),
        (RECORDS["measure"], '"threads": 1', '"threads": 2'),
    ],
)
def test_a_study_that_is_not_what_its_records_say_is_not_packed(project, path, old, new):
    write_text(path, Path(path).read_text(encoding="utf-8").replace(old, new, 1))
    with pytest.raises(InputError, match=f"^{path}: not what results"):
        pack()
    assert not Path(CRATE).exists()


def test_a_job_that_ran_again_and_gave_the_same_calls_for_another_report_first(project):
    project.measure()
    with pytest.raises(InputError, match=rf"^{MANIFEST}: not of the records that there are: .* -R report crate"):
        pack()
    project.report()
    packed = pack()
    assert entities(packed)[MANIFEST]["sha256"] == seal(Lineage.read().manifest(read_record(RECORDS["report"])))


@pytest.mark.parametrize(
    ("path", "message"),
    [(FIGURE, f"{FIGURE}: missing"), (RECORDS["measure"], f"{TABLE}: no record"), (RECORDS["report"], "no record")],
)
def test_a_study_with_something_missing_is_not_packed(project, path, message):
    Path(path).unlink()
    with pytest.raises(InputError, match=message):
        pack()


def test_an_origin_in_parts_names_every_package_and_a_version_once():
    parts = [{"package": name, "version": "1.0", "file": f"{name}.gguf"} for name in ("part1", "part2")]
    origin = {"source": "package", "parts": parts, "sha256": "a" * 64, "license": "Terms"}
    job = SimpleNamespace(origin=origin, rule="fetch_model", wildcards={"model": "small"})
    [entity] = add_origin(ROCrate(), job)
    assert [entity[name] for name in ("name", "version", "license", "sha256")] == [
        "part1, part2",
        "1.0",
        "Terms",
        "a" * 64,
    ]
