"""The explorer's server sends nothing to anybody, also where somebody else's page knocks at it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: A page of another origin opens a WebSocket, as any page in the user's browser can.
HANDSHAKE = """GET /_stcore/stream HTTP/1.1
Host: 127.0.0.1
Origin: {origin}
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
Sec-WebSocket-Version: 13

"""


@pytest.fixture
def outside() -> Iterator[socket.socket]:
    """All of the world outside: the one server that is reached by whoever asks for any other."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def port(outside, tmp_path) -> Iterator[int]:
    """Where the explorer listens, started as `make explorer` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    proxy = f"http://127.0.0.1:{outside.getsockname()[1]}"
    proxies = {"http_proxy": proxy, "https_proxy": proxy, "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}
    command = [sys.executable, "scripts/serve_explorer.py", f"--server.port={port}", "--server.headless=true"]
    with open(tmp_path / "server.log", "w", encoding="utf-8") as log:
        environment = os.environ | proxies | {"no_proxy": "", "NO_PROXY": ""}
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            yield port
        finally:
            server.terminate()
            server.wait(timeout=30)


def knock(port: int, origin: str) -> str:
    """Ask for the explorer's stream from a page of an origin; return the status."""
    end = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(HANDSHAKE.format(origin=origin).replace("\n", "\r\n").encode())
                return connection.recv(1000).split(b" ")[1].decode()
        except ConnectionRefusedError:
            assert time.monotonic() < end, "the explorer does not listen"
            time.sleep(0.1)


def test_a_page_of_another_origin_is_refused_without_a_question_to_the_world_outside(port, outside):
    assert knock(port, f"http://127.0.0.1:{port}") == "101"
    assert knock(port, "http://elsewhere.example") == "403"
    with pytest.raises(BlockingIOError):
        outside.accept()
