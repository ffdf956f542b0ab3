"""Run a job under tracing, and tell what of the project's code ran."""

import json
import runpy
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType

SCRIPTS = f"{Path('scripts').resolve()}/"
RECORDER = f"{SCRIPTS}sna/job.py"
TraceFunction = Callable[[FrameType, str, object], object]
#: With this line ends what Snakemake writes before a job's script.
_PREAMBLE_END = "######## snakemake preamble end #########\n"
#: Code that is no function: a class's body, and what makes a list while a module is imported.
_OPTIMIZED = 0x1
_MADE = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}


def is_made_on_import(frame: FrameType) -> bool:
    """Whether something runs only because a class or a value of a module is made, which nobody may use."""
    code, caller = frame.f_code, frame.f_back
    if not code.co_flags & _OPTIMIZED:
        return code.co_name != "<module>"
    return code.co_name in _MADE and caller is not None and not caller.f_code.co_flags & _OPTIMIZED


def run(script: str, given: object) -> set[tuple[str, int, str]]:
    """Run a script under tracing."""
    executed: set[tuple[str, int, str]] = set()
    known: dict[int, CodeType] = {}
    recording = 0

    def trace(frame: FrameType, event: str, argument: object) -> TraceFunction | None:
        nonlocal recording
        code = frame.f_code
        if recording or id(code) in known or not code.co_filename.startswith(SCRIPTS):
            return None
        if code.co_filename == RECORDER:
            # Nothing that runs for the record of a job counts.
            recording += 1
            frame.f_trace_lines = False
            return end_recording
        if not is_made_on_import(frame):
            known[id(code)] = code
            executed.add((code.co_filename.removeprefix(SCRIPTS), code.co_firstlineno, code.co_qualname))
        return None

    def end_recording(frame: FrameType, event: str, argument: object) -> TraceFunction:
        nonlocal recording
        recording -= event == "return"
        return end_recording

    threading.settrace(trace)
    sys.settrace(trace)
    runpy.run_path(script, {"snakemake": given}, run_name="__main__")
    sys.settrace(None)
    return executed


def run_job(written: Path, folder: Path) -> None:
    """Run a job as Snakemake would, in the project's folder, in a process that has imported nothing of the project.

    Parameters
    ----------
    written : Path
        The script as Snakemake wrote it for the job.
    folder : Path
        Receives a JSON file: the stage, its record's path, and what of the project's code ran, as lists of the file
        from the folder scripts/, the first line and the name of a function.
    """
    preamble, end, _ = written.read_text(encoding="utf-8").partition(_PREAMBLE_END)
    assert end, written
    names = {"__file__": str(written)}
    exec(preamble, names)
    given = names["snakemake"]
    executed = run(names["__file__"], given)
    found = {"stage": given.rule, "record": given.output.record, "executed": sorted(executed)}
    (folder / f"{found['record'].replace('/', '_')}").write_text(json.dumps(found), encoding="utf-8")
