"""Run every job of a project's study under tracing: `python tracing.py FOLDER`, in the project's folder.

Python must find the project's own scripts.

Each job runs in a process of its own, forked where the slow packages of others are imported already; it imports the
project's modules itself. FOLDER receives one JSON file a job: the stage, its record's path, and what of the project's
code ran, as lists of the file from the folder scripts/, the first line and the name of a function.
"""

import asyncio
import json
import os
import runpy
import sys
import threading
from importlib import import_module
from pathlib import Path
from types import FrameType

from run_stage import give

from sna.planning import dry_run

#: What is slow to import, and not of this project.
SLOW = """
    hypothesis itables jinja2.sandbox matplotlib.backends.backend_agg matplotlib.figure pandas pandera.pandas pydantic
    pyarrow.parquet rocrate.rocrate safetensors.torch scipy.optimize scipy.stats seaborn statsmodels.api
    statsmodels.stats.multitest torch transformers.models.auto.modeling_auto
    transformers.models.llama.modeling_llama yaml
"""
SCRIPTS = f"{Path('scripts').resolve()}/"
RECORDER = f"{SCRIPTS}sna/job.py"
#: Code that is no function: a class's body, and what makes a list while a module is imported.
_OPTIMIZED = 0x1
_MADE = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}


def is_recording(frame: FrameType | None) -> bool:
    """Whether something runs for the record of a job."""
    while frame is not None:
        if frame.f_code.co_filename == RECORDER:
            return True
        frame = frame.f_back
    return False


def is_made_on_import(frame: FrameType) -> bool:
    """Whether something runs only because a class or a value of a module is made, which nobody may use."""
    code, caller = frame.f_code, frame.f_back
    if not code.co_flags & _OPTIMIZED:
        return code.co_name != "<module>"
    return code.co_name in _MADE and caller is not None and not caller.f_code.co_flags & _OPTIMIZED


def run(script: str, given: object) -> set[tuple[str, int, str]]:
    """Run a script under tracing."""
    executed: set[tuple[str, int, str]] = set()

    def trace(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if code.co_filename.startswith(SCRIPTS) and not is_made_on_import(frame) and not is_recording(frame):
            executed.add((code.co_filename.removeprefix(SCRIPTS), code.co_firstlineno, code.co_qualname))

    for name in [name for name in sys.modules if name.partition(".")[0] in {"sna", "audit", "run_stage"}]:
        del sys.modules[name]
    threading.settrace(trace)
    sys.settrace(trace)
    runpy.run_path(script, {"snakemake": given}, run_name="__main__")
    sys.settrace(None)
    return executed


def main(folder: Path) -> None:
    """Run all jobs, each when its inputs are there."""
    for name in SLOW.split():
        import_module(name)
    workflow = dry_run(["report", "crate"], {})
    waiting = [job for job in workflow.dag.jobs if hasattr(job.output, "record")]
    while waiting:
        ready = [job for job in waiting if all(Path(path).exists() for path in job.input)]
        assert ready, waiting
        for number, job in enumerate(ready):
            given = give(job, workflow)
            if (child := os.fork()) == 0:
                sys.path.append(given.scriptdir)
                executed = run(str(Path(given.params.code["script"]).resolve()), given)
                found = {"stage": given.rule, "record": given.output.record, "executed": sorted(executed)}
                (folder / f"{given.rule}_{len(waiting)}_{number}.json").write_text(json.dumps(found))
                sys.stdout.flush()
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, given.rule
        waiting = [job for job in waiting if job not in ready]
    note_as_run()


def note_as_run() -> None:
    """Leave what Snakemake itself would have noted of the jobs, which it did not run."""
    workflow = dry_run(["report", "crate"], {})
    for job in workflow.dag.jobs:
        if job.benchmark:
            Path(job.benchmark).parent.mkdir(parents=True, exist_ok=True)
            Path(job.benchmark).write_text("s\n1\n")
        asyncio.run(workflow.persistence.finished(job))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
