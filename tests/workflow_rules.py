"""The rules of the workflow as Snakemake has them; run as a program, prints those of the folder it runs in as JSON."""

import json
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from snakemake.api import ConfigSettings, OutputSettings, ResourceSettings, SnakemakeApi

ROOT = Path(__file__).parents[1]
#: Bytes of the weights in float32 of Mistral 7B.
WEIGHTS = 29_000_000_000
#: Those of models on which jobs have been measured: SmolLM2-135M, Gemma 3 270M, and GPT-2 Medium's shape.
MEASURED = (538_090_408, 1_072_419_256, 1_419_000_000)


#: Studies that together have every rule.
STUDIES = ("embedded", "next", "tuned")
#: Stages that have a rule in every study, and a job only where a study has an optional part, or somebody calibrates.
WITHOUT_JOBS = {"amplify_together", "compare_alternatives", "tune_model", "calibrate_task"}


@cache
def rules_of(folder: Path = ROOT, study: str = STUDIES[0], device: str = "auto") -> dict[str, dict]:
    """Return what each rule of a project says, by name.

    Parameters
    ----------
    folder : Path
        The project's, as a user has it.
    study : str
        Which is run.
    device : str
        On what.

    Returns
    -------
    dict
        Of each rule `script` and `conda`, from the project's root; `log`, `benchmark`, `output` and `record`, with
        names of wildcards in braces; `message`, `threads`, `mem_mb`, `runtime` and `gpu`; `measured`, what it asks for
        on each of `MEASURED`, and `again`, on the last one after it has failed; its parameter `code`; and whether it is
        `local`, for a cluster. What a rule does not have is None, or an empty list.
    """
    command = [sys.executable, __file__, study, device]
    # A process of its own: to read a workflow changes the interpreter's path and Snakemake's shell.
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def stages_of(folder: Path = ROOT, study: str = STUDIES[0]) -> dict[str, dict]:
    """Return what `rules_of` says of the rules that make something with a script."""
    return {name: rule for name, rule in rules_of(folder, study).items() if rule["script"] and rule["output"]}


def all_stages() -> dict[str, dict]:
    """Return the same of the shipped project's rules in all studies, with the first `study` that has each."""
    found: dict[str, dict] = {}
    for study in STUDIES:
        found = {name: rule | {"study": study} for name, rule in stages_of(study=study).items()} | found
    return found


def describe(rule) -> dict:
    """Say what one of Snakemake's rules says."""

    def plain(path) -> str:
        """Write a path without the constraints of its wildcards."""
        return re.sub(r"\{(\w+),[^}]*\}", r"{\1}", str(path))

    def from_root(path) -> str | None:
        """Write a path that is given from the rule's own file."""
        folder = Path(rule.basedir.get_path_or_uri(secret_free=True))
        return path and (folder / str(path)).resolve().relative_to(Path.cwd().resolve()).as_posix()

    code = rule.params.get("code")
    return {
        "script": from_root(rule.script),
        "conda": from_root(rule.conda_env),
        "log": [plain(path) for path in rule.log],
        "benchmark": rule.benchmark and plain(rule.benchmark),
        "output": [plain(path) for path in rule.output],
        "record": rule.output.get("record") and plain(rule.output.record),
        "message": rule.message,
        "threads": rule.resources.get("_cores").value,
        "mem_mb": memory(rule, WEIGHTS),
        "measured": [memory(rule, size) for size in MEASURED],
        "again": memory(rule, MEASURED[-1], attempt=2),
        "runtime": amount(rule, "runtime"),
        "gpu": amount(rule, "gpu"),
        "code": code and code(None),
        "local": rule.name in rule.workflow._localrules,
    }


def memory(rule, size: int, attempt: int = 1) -> int | None:
    """Return the megabytes that a rule asks for; of a model whose weights have so many bytes, if they hang on that."""
    with tempfile.NamedTemporaryFile() as weights:
        weights.truncate(size)
        return amount(rule, "mem_mb", input=SimpleNamespace(weights=weights.name), attempt=attempt)


def amount(rule, resource: str, *, input=None, attempt: int = 1) -> int | None:
    """Return how much a rule asks for of a resource."""
    asked = rule.resources.get(resource)
    return asked and asked.evaluate(None, input=input, attempt=attempt).value


if __name__ == "__main__":
    with SnakemakeApi(OutputSettings(quiet={"all"})) as api:
        workflow = api.workflow(
            ResourceSettings(cores=1),
            ConfigSettings(config={"study": sys.argv[1], "engine": {"device": sys.argv[2]}}),
            snakefile=Path("Snakefile"),
        )._workflow
        print(json.dumps({rule.name: describe(rule) for rule in workflow.rules}))
