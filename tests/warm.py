"""A Python that has imported the slow packages of others: what it is given to run starts at once, in a fork of it.

Snakemake starts an interpreter for every job. Most of a tiny study's time would go into importing torch, and much of a
dry run's into importing Snakemake. Of this project nothing is imported before the fork.

As a program: `warm.py serve LAUNCHER` forks for whoever runs LAUNCHER, until its standard input ends, and `warm.py ask
SOCKET ARGUMENT...` is what LAUNCHER runs.
"""

import atexit
import gc
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

#: What is slow to import, and not of this project.
SLOW = """
    hypothesis.extra.pandas itables jinja2.sandbox matplotlib.backends.backend_agg matplotlib.figure pandas
    pandera.pandas pydantic pyarrow.parquet rocrate.rocrate safetensors.torch scipy.optimize scipy.stats seaborn
    snakemake.cli statsmodels.api statsmodels.stats.meta_analysis statsmodels.stats.multitest torch
    transformers.models.auto.modeling_auto transformers.models.gpt2.modeling_gpt2
    transformers.models.llama.modeling_llama yaml
"""
#: The environment variable that names a folder in which each job leaves what of the project's code it ran.
TRACES = "TRACES"
#: The servers by their launchers: one ends when its standard input does, which this process holds.
_SERVERS: dict[str, subprocess.Popen] = {}


@cache
def python() -> str:
    """Start a server, which ends with this process; return the path of its launcher, to be run in Python's place."""
    launcher = str(Path(tempfile.mkdtemp(prefix="warm-"), "python"))
    _SERVERS[launcher] = subprocess.Popen(
        [sys.executable, __file__, "serve", launcher],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert _SERVERS[launcher].stdout.readline() == b"ready\n"
    return launcher


@atexit.register
def stop() -> None:
    """Stop the servers."""
    for server in _SERVERS.values():
        server.stdin.close()
        server.wait()


def serve(launcher: str) -> list[str]:
    """Fork for everyone who asks; return, in the fork, what is to be run. The server itself never returns."""
    for name in SLOW.split():
        import_module(name)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{launcher}.socket")
    listener.listen(64)
    Path(launcher).write_text(f'#!/bin/sh\nexec {sys.executable} -IS {__file__} ask {launcher}.socket "$@"\n')
    Path(launcher).chmod(0o700)
    # A fork that looked for garbage in all this would have to copy it first.
    gc.freeze()
    gc.disable()
    ended, ending = os.pipe()
    os.set_blocking(ending, False)
    signal.set_wakeup_fd(ending)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    asking: dict[int, socket.socket] = {}
    print("ready", flush=True)
    while True:
        ready = select.select([listener, ended, sys.stdin], [], [])[0]
        if sys.stdin in ready:
            shutil.rmtree(Path(launcher).parent)
            os._exit(0)
        if ended in ready:
            os.read(ended, 4096)
            answer(asking)
        if listener in ready:
            connection, _ = listener.accept()
            if (process := os.fork()) == 0:
                listener.close()
                return become(connection)
            asking[process] = connection


def answer(asking: dict[int, socket.socket]) -> None:
    """Tell the exit codes of the forks that have ended to those who asked for them."""
    with suppress(ChildProcessError):
        while (end := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            process, status = end
            with asking.pop(process) as connection, suppress(BrokenPipeError):
                connection.send(bytes([os.waitstatus_to_exitcode(status) % 256]))


def become(connection: socket.socket) -> list[str]:
    """Become the process that is asked for: give it its files, folder and environment; return what it runs."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 3)
    asked = json.loads(connection.makefile().read())
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    return asked["arguments"]


def ask(path: str, arguments: list[str]) -> int:
    """Let the server run something in this process's place; return its exit code."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [b"."], [0, 1, 2])
        asked = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
        connection.sendall(json.dumps(asked).encode())
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1)
    return answer[0] if answer else 1


def run(arguments: list[str], launcher: str) -> None:
    """Run a module or a script as Python's command line does; a job perhaps under tracing."""
    # As in any new process: of two forks neither may draw what the other draws.
    sys.modules["numpy"].random.seed()
    sys.modules["torch"].seed()
    if arguments[0] == "-m":
        if arguments[1] == "snakemake":
            # Its jobs' interpreter.
            sys.executable = launcher
        sys.argv, sys.path[0] = arguments[1:], os.getcwd()
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif TRACES in os.environ:
        import_module("tracing").run_job(Path(arguments[0]), Path(os.environ[TRACES]))
    else:
        sys.argv, sys.path[0] = arguments, os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


def end_after(work: Callable[[], None]) -> None:
    """End this process as Python ends after some work, but leave its memory to the system."""
    try:
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if end.code not in (None, code):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    # There is no public way to what Python does here.
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "ask":
        sys.exit(ask(sys.argv[2], sys.argv[3:]))
    where = sys.argv[2]
    what = serve(where)
    end_after(lambda: run(what, where))
