"""A model hub on localhost, which speaks the part of the Hugging Face hub's file API that huggingface_hub uses."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TREE = re.compile(r"/api/(?:models/)?(?P<repository>(?:datasets/)?[^/]+/[^/]+)/tree/(?P<revision>[^/]+)")
FILE = re.compile(r"/(?P<repository>(?:datasets/)?[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
STORE = re.compile(r"/store/(?P<sha256>[0-9a-f]{64})")


def git_sha1(content: bytes) -> str:
    """Name a file as git does."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def is_large(path: str) -> bool:
    """Say whether the hub keeps a file in LFS, where it is named by SHA-256 and downloaded from another address."""
    return path.endswith((".safetensors", ".bin", ".parquet"))


@dataclass
class Hub:
    """What the server has, and what is wrong with it.

    Attributes
    ----------
    files : dict
        By repository, its files at `COMMIT`: path to content. A dataset's name begins with datasets/.
    url, store_url : str
        Where the hub answers, and where it sends its clients for large files: by name another host, as on the real hub.
    damage : dict
        By path, what is done to a file's bytes on their way; headers and checksums still describe the whole file.
    listing : bytes or None
        What the hub says of its files, in the place of what it has.
    status : int or None
        The HTTP status that every request is answered with; None to answer it.
    error, message : str
        What it says besides, as the hub's clients read it.
    requests : list of str
        Method and path of every request so far.
    """

    files: dict[str, dict[str, bytes]]
    url: str = ""
    store_url: str = ""
    damage: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    listing: bytes | None = None
    status: int | None = None
    error: str = ""
    message: str = ""
    requests: list[str] = field(default_factory=list)


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer()

        def do_HEAD(self) -> None:
            self.answer()

        def log_message(self, *_) -> None:
            pass

        def answer(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.requests.append(f"{self.command} {path}")
            if hub.status:
                self.refuse(hub.status, hub.error)
            elif match := TREE.fullmatch(path):
                self.with_files(match, self.send_tree)
            elif match := FILE.fullmatch(path):
                self.with_files(match, lambda files: self.send_file(files, match["path"]))
            elif match := STORE.fullmatch(path):
                self.send_large(match["sha256"])
            else:
                self.refuse(404, "")

        def with_files(self, match: re.Match, then: Callable[[dict[str, bytes]], None]) -> None:
            if match["repository"] not in hub.files:
                self.refuse(404, "RepoNotFound")
            elif match["revision"] != COMMIT:
                self.refuse(404, "RevisionNotFound")
            else:
                then(hub.files[match["repository"]])

        def refuse(self, status: int, error: str) -> None:
            self.send(status, {"X-Error-Code": error, "X-Error-Message": hub.message}, b"")

        def send_tree(self, files: dict[str, bytes]) -> None:
            entries = []
            for path, content in files.items():
                entry = {"type": "file", "path": path, "size": len(content), "oid": git_sha1(content)}
                if is_large(path):
                    sha256 = hashlib.sha256(content).hexdigest()
                    entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 134}
                entries.append(entry)
            self.send(200, {"Content-Type": "application/json"}, hub.listing or json.dumps(entries).encode())

        def send_file(self, files: dict[str, bytes], path: str) -> None:
            if path not in files:
                self.refuse(404, "EntryNotFound")
                return
            content = files[path]
            headers = {"X-Repo-Commit": COMMIT}
            if is_large(path):
                sha256 = hashlib.sha256(content).hexdigest()
                headers |= {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": str(len(content))}
                self.send(302, headers | {"Location": f"{hub.store_url}/store/{sha256}"}, b"")
            else:
                self.send(200, headers | {"ETag": f'"{git_sha1(content)}"'}, content, path)

        def send_large(self, sha256: str) -> None:
            for files in hub.files.values():
                for path, content in files.items():
                    if hashlib.sha256(content).hexdigest() == sha256:
                        self.send(200, {"ETag": f'"{sha256}"'}, content, path)
                        return
            self.refuse(404, "")

        def send(self, status: int, headers: dict[str, str], content: bytes, path: str = "") -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                body = hub.damage.get(path, bytes)(content)
                self.wfile.write(body)
                self.close_connection = len(body) < len(content)

    return Handler


@contextmanager
def serve(files: dict[str, dict[str, bytes]]) -> Iterator[Hub]:
    """Serve repositories on a free port of localhost while the block runs."""
    hub = Hub(files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.url, hub.store_url = (f"http://{host}:{server.server_port}" for host in ("127.0.0.1", "localhost"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
