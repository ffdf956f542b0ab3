"""Pages in a real browser: Chromium, driven by Playwright. Without one these tests are skipped.

With the environment variable PICTURES, the pages are put into that folder as pictures and on paper.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from accessibility import violations
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        # A test may run as root, in a container, where Chromium's sandbox does not work.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        expect.set_options(timeout=_PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def session(chromium) -> Iterator[BrowserContext]:
    """A fresh profile; its pages are tabs of one window."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(_PATIENCE)
    yield context
    context.close()


@dataclass
class Opened:
    """A page that was opened.

    Attributes
    ----------
    page : Page
    complaints : list of str
        Errors and warnings of its scripts and of the browser.
    requests : list of str
        What it asked of a network.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type in _BAD else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url) if _is_remote(request.url) else None)

    def violations(self) -> list[str]:
        """Return the rules of accessibility that the page violates seriously."""
        return violations(self.page)

    def screenshot(self, name: str) -> None:
        """Put a picture of what is on the screen into the folder of pictures, if there is one."""
        if PICTURES in os.environ:
            self.page.screenshot(path=Path(os.environ[PICTURES]) / f"{name}.png")

    def print(self, name: str) -> None:
        """Put the page as it is on paper into the folder of pictures, if there is one."""
        if PICTURES in os.environ:
            self.page.pdf(path=Path(os.environ[PICTURES]) / f"{name}.pdf", prefer_css_page_size=True)


PICTURES = "PICTURES"
#: Milliseconds: what is there is found at once, but a server's first page needs all of torch.
_PATIENCE = 30_000
_BAD = ("error", "warning")


def _is_remote(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:", "about:"))


@pytest.fixture
def visit(chromium) -> Iterator[Callable[..., Opened]]:
    """Open pages: ``visit(address, **options)``, with the options of Playwright's `Browser.new_context`."""
    contexts = []

    def open_page(address: str, **options) -> Opened:
        contexts.append(chromium.new_context(**{"viewport": {"width": 1280, "height": 900}} | options))
        opened = Opened(contexts[-1].new_page())
        opened.page.goto(address)
        return opened

    yield open_page
    for context in contexts:
        context.close()
