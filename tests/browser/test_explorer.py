"""The explorer in a browser: open, choose, type, click, stop, share, and be told in words what is wrong."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pandas as pd
import pytest
import yaml
from accessibility import violations
from explorable import MODEL, make_project
from playwright.sync_api import BrowserContext, Locator, Page, TimeoutError, expect
from project import ROOT

from sna.exploration.inventory import read_config
from sna.exploration.replaying import changed_files, replay
from sna.exploration.views import TryView, read_export
from sna.formats import any_probability

PROMPT = {"prompt": "The quick brown", "target": " fox"}
TRIED = PROMPT | {"task": "antonyms", "layers": "1,2", "neurons": "5", "tokens": "3"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = make_project(tmp_path_factory.mktemp("explorable") / "project")
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    # As large as a sweep may be, so that there is time to stop it.
    config["studies"]["wide"] = config["studies"]["tiny"] | {
        "neurons": list(range(1, 17)),
        "multipliers": [1 + step / 10 for step in range(30)],
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    (folder / "results" / "wide").symlink_to("tiny")
    return folder


@pytest.fixture(scope="module")
def address(folder) -> Iterator[str]:
    """Where the explorer listens, started as `make explorer` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "scripts" / "serve_explorer.py")]
    options = [f"--server.port={port}", "--server.headless=true"]
    with open(folder / "server.log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(
            command + options, cwd=folder, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=log, stderr=log
        )
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)
    # Streamlit's own server may complain of a tab that was closed too soon; nothing of the explorer may.
    assert str(ROOT / "scripts") not in (folder / "server.log").read_text(encoding="utf-8")


def _wait_for(port: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the explorer does not listen")


@pytest.fixture
def tabs(session, address) -> BrowserContext:
    """A browser window, of which nothing may be sent to another machine, and no screen may show a traceback."""
    asked: set[str] = set()
    session.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    yield session
    for page in session.pages:
        assert page.get_by_test_id("stException").count() == 0
    assert asked <= {urlsplit(address).netloc, ""}


def show(tabs: BrowserContext, address: str, screen: str = "", **query: str) -> Page:
    """Open a screen in a new tab, by a link."""
    page = tabs.new_page()
    page.goto(f"{address}/{screen}?{urlencode(query)}")
    return page


def settled(page: Page) -> Page:
    """Wait until the screen is drawn to its end, and nothing runs any more."""
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    return page


def metric(page: Page, label: str, number: int = 0) -> Locator:
    return page.get_by_test_id("stMetric").filter(has_text=label).nth(number).get_by_test_id("stMetricValue")


def permanent_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Permanent link")


def query(page: Page) -> dict[str, str]:
    """Return what the permanent link says."""
    link = permanent_link(page).get_attribute("href")
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def click(page: Page, chart: int, mark: dict[str, str]) -> None:
    """Click on a mark of a chart."""
    label = "".join(f"[aria-label*='; {name}: {value}']" for name, value in mark.items())
    there = page.get_by_test_id("stVegaLiteChart").nth(chart).locator(f"path{label}").first
    there.scroll_into_view_if_needed()
    box = there.bounding_box()
    # Not the locator's own click, which refuses a point that lies under what makes the nearest one answer.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def go_to(page: Page, screen: str) -> Page:
    """Go to a screen by its name beside the screens."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=screen).click()
    expect(page.get_by_role("heading", name=screen, level=1)).to_be_visible()
    return settled(page)


def numbers(folder: Path, monkeypatch: pytest.MonkeyPatch, link: dict[str, str]) -> dict:
    """Return what a replay says of a tried prompt."""
    monkeypatch.chdir(folder)
    return replay(TryView.of(link), read_config(), threads=1)


@pytest.mark.parametrize(
    ("chart", "mark", "chosen"),
    [
        (0, {"task": "antonyms", "layer": "2"}, "task=antonyms&layer=2&"),
        (1, {"task": "antonyms"}, "task=antonyms&"),
        (2, {"neurons": "5", "multiplier": "1.5"}, "task=addition&layer=0&neurons=5&multiplier=1.5"),
        (3, {"neurons": "20", "multiplier": "3"}, "task=addition&layer=0&neurons=20&multiplier=3.0"),
    ],
    ids=["map", "zones", "grid", "dose-response"],
)
def test_a_click_on_a_chart_sets_the_others(tabs, address, chart, mark, chosen):
    start = {"task": "addition", "layer": "0"} | ({"neurons": "5", "multiplier": "3"} if chart else {})
    page = settled(show(tabs, address, **start))
    click(page, chart, mark)
    expect(page).to_have_url(re.compile(chosen))
    task, layer = query(page)["task"], query(page)["layer"]
    for heading in ("Neuron counts and multipliers", "Dose-response"):
        expect(page.get_by_role("heading", name=f"{heading}: {task}, layer {layer}")).to_be_visible()


def test_a_colour_bar_stays_when_the_mouse_moves_after_a_choice(tabs, address):
    page = settled(show(tabs, address, task="addition", layer="0", neurons="5", multiplier="3"))
    click(page, 2, {"neurons": "5", "multiplier": "1.5"})
    expect(page).to_have_url(re.compile("multiplier=1.5"))
    chart = settled(page).get_by_test_id("stVegaLiteChart").first
    bar = chart.locator(".role-legend")
    page.get_by_role("heading", level=1).hover()
    drawn = bar.screenshot()
    chart.locator(".mark-rect path").first.hover()
    page.get_by_role("heading", level=1).hover()
    assert bar.screenshot() == drawn


def test_back_and_forward_undo_choices_and_one_press_leaves_a_screen(tabs, address):
    page = go_to(settled(show(tabs, address)), "Try it")
    expect(page.get_by_role("heading", name="Before and after")).to_be_visible()
    opened = float(query(settled(page))["multiplier"])
    multiplier = page.get_by_label("Multiplier")
    for chosen in (4.5, 5.5):
        multiplier.fill(str(chosen))
        multiplier.press("Enter")
        expect(page).to_have_url(re.compile(f"multiplier={chosen}"))
        settled(page)
    for step, shown in ((-1, 4.5), (1, 5.5), (-1, 4.5), (-1, opened)):
        page.evaluate(f"history.go({step})")
        expect(multiplier).to_have_value(f"{shown:.2f}")
        expect(permanent_link(page)).to_have_attribute("href", re.compile(f"multiplier={shown}&"))
        settled(page)
    page.go_back()
    expect(page.get_by_role("heading", name="Results", level=1)).to_be_visible()


def test_coming_back_to_a_screen_finds_it_as_it_was_left(tabs, address):
    page = settled(show(tabs, address, "try", **TRIED))
    page.get_by_label("Multiplier").fill("4.5")
    page.get_by_label("Multiplier").press("Enter")
    expect(permanent_link(page)).to_have_attribute("href", re.compile("multiplier=4.5"))
    left = permanent_link(settled(page)).get_attribute("href")
    go_to(go_to(page, "Results"), "Try it")
    expect(permanent_link(page)).to_have_attribute("href", left)


def test_a_wrong_link_shows_no_numbers_unless_asked(tabs, address):
    page = settled(show(tabs, address, "try", **PROMPT, listed="nonsense"))
    expect(page.get_by_text("write it as in 5: 12, 40; 7: 3")).to_be_visible()
    assert page.get_by_test_id("stMetric").count() == 0
    page.get_by_role("button", name="Open the screen without this link").click()
    expect(metric(page, "Probability of the target", 1)).to_be_visible()


def test_typing_a_prompt_shows_its_change_and_a_link_shows_it_again(tabs, address, folder, monkeypatch):
    page = settled(show(tabs, address, "try"))
    page.get_by_label("Prompt", exact=True).fill(PROMPT["prompt"])
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    page.get_by_label("Target", exact=True).fill(PROMPT["target"])
    page.get_by_label("Target", exact=True).press("Enter")
    expect(page).to_have_url(re.compile("prompt=The.quick.brown&target=.fox"))
    expected = numbers(folder, monkeypatch, query(settled(page)))
    for number, when in enumerate(("before", "after")):
        shown = any_probability(expected[when]["probability"])
        expect(metric(page, "Probability of the target", number)).to_have_text(shown)
    again = settled(show(tabs, address, "try", **query(page)))
    expect(again.get_by_label("Prompt", exact=True)).to_have_value(PROMPT["prompt"])
    assert again.get_by_test_id("stMetric").all_inner_texts() == page.get_by_test_id("stMetric").all_inner_texts()
    assert query(again) == query(page)


def test_two_tabs_never_see_one_anothers_amplification(tabs, address, folder, monkeypatch):
    multipliers = ["1.5", "4.0", "20.0", "60.0"]
    pages = [tabs.new_page() for _ in multipliers]
    for page, multiplier in zip(pages, multipliers, strict=True):
        # All are asked for before the first is waited for.
        page.goto(f"{address}/try?{urlencode(TRIED | {'multiplier': multiplier})}", wait_until="commit")
    shown = set()
    for page in map(settled, pages):
        expected = numbers(folder, monkeypatch, query(page))
        before, after = (any_probability(expected[when]["probability"]) for when in ("before", "after"))
        expect(metric(page, "Probability of the target", 0)).to_have_text(before)
        expect(metric(page, "Probability of the target", 1)).to_have_text(after)
        shown.add(after)
    assert len(shown) > 1


def stop_a_sweep(tabs, address):
    """Return the page of a sweep that was stopped: one may end before the browser has shown that it goes on."""
    for words in range(120, 110, -1):
        asked = {"prompt": "fox " * words, "target": " fox", "task": "antonyms", "layers": "0,1,2,3"}
        page = show(tabs, address, "sweep", study="wide", **asked)
        page.get_by_role("button", name="Start").click()
        bar, whole = page.get_by_role("progressbar"), page.get_by_text("Best of 1,920")
        expect(bar.or_(whole).first).to_be_visible()
        if bar.is_visible():
            with suppress(TimeoutError):
                page.get_by_role("button", name="Stop").click(timeout=1000)
            stopped = page.get_by_text(re.compile(r"Stopped after \d+ of 64 steps"))
            expect(stopped.or_(whole).first).to_be_visible()
            if stopped.is_visible():
                return page
        page.close()
    raise AssertionError("ten sweeps ended before they could be stopped")


def test_a_sweep_shows_how_far_it_is_and_stops(tabs, address):
    page = stop_a_sweep(tabs, address)
    expect(page.get_by_text("Best improvement of each layer")).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert query(page)["run"] == "yes"


def test_what_is_exported_replays_to_what_is_shown(tabs, address, folder, monkeypatch, tmp_path):
    page = settled(show(tabs, address, "try", **TRIED, multiplier="3"))
    with page.expect_download() as download:
        page.get_by_text("Export as YAML").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    monkeypatch.chdir(folder)
    view, made_from = read_export(path)
    assert changed_files(made_from) == []
    assert f"results/tiny/neurons/{MODEL}.parquet" in made_from
    assert view == TryView.of(query(page))
    expected = replay(view, read_config(), threads=1)
    expect(metric(page, "Probability of the target", 1)).to_have_text(any_probability(expected["after"]["probability"]))
    for number, text in enumerate(expected["continuation"].values()):
        shown = page.get_by_test_id("stMain").get_by_test_id("stCode").nth(number)
        assert shown.locator("code").text_content() == text


@pytest.mark.parametrize(
    ("screen", "link", "rows"),
    [
        ("", {}, {"tasks and layers": 12, "tasks": 3, "configurations": 4}),
        (
            "try",
            TRIED | {"random": "yes", "lens": "yes"},
            {"next tokens": 21, "random neurons": 20, "target by layer": 4},
        ),
        ("sweep", PROMPT | {"layers": "3", "run": "yes"}, {"swept configurations": 4}),
        ("together", {"measured": "addition", "run": "yes"}, {"several tasks": 1}),
    ],
)
def test_what_is_shown_can_be_taken_along_as_csv(tabs, address, screen, link, rows):
    page = settled(show(tabs, address, screen, study="tiny", **link))
    for what, expected in rows.items():
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {what} as CSV").click()
        assert download.value.suggested_filename == f"tiny-{MODEL}-{what.replace(' ', '-')}.csv"
        assert len(pd.read_csv(download.value.path())) == expected


@pytest.mark.parametrize(
    ("screen", "link", "message"),
    [
        ("try", PROMPT | {"prompt": ""}, "This link leads to nothing that is here."),
        ("try", PROMPT | {"prompt": "fox " * 300}, "tokens; the explorer takes at most 200"),
        ("try", {"prompt": "The quick bro", "target": "wn"}, "does not tokenize cleanly"),
        ("try", {"study": "empty", "model": "unfetched"}, "has not been fetched yet"),
        ("try", {"study": "empty", "model": MODEL}, "has not ranked this model's neurons by task"),
        ("", {"study": "empty"}, "has no results for"),
    ],
)
def test_wrong_input_is_answered_in_words(tabs, address, screen, link, message):
    expect(show(tabs, address, screen, **link).get_by_text(message).first).to_be_visible()


def test_an_empty_prompt_is_asked_for(tabs, address):
    page = settled(show(tabs, address, "try", **PROMPT))
    page.get_by_label("Prompt", exact=True).fill("")
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    expect(page.get_by_text("Type a prompt")).to_be_visible()


def test_what_somebody_typed_is_never_markup(tabs, address):
    typed = "<img src=x onerror=alert(1)> **b** :red[r]"
    page = settled(show(tabs, address, "try", prompt=typed, target=" <b>"))
    page.get_by_label("Target", exact=True).fill("b>")
    page.get_by_label("Prompt", exact=True).fill(f"{typed} <")
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    expect(page).to_have_url(re.compile("target=b"))
    settled(page)
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("strong").filter(has_text="b").count() == 0


@pytest.mark.parametrize(
    ("screen", "link"),
    [
        ("", {}),
        ("try", TRIED | {"random": "yes", "lens": "yes"}),
        ("try", TRIED | {"below": "0.0001", "temperature": "0.7"}),
        ("try", {"prompt": "The quick bro", "target": "wn"}),
        ("sweep", PROMPT | {"layers": "3", "neurons": "5", "run": "yes"}),
        ("together", {"measured": "addition", "run": "yes"}),
        ("", {"study": "empty"}),
    ],
)
def test_all_can_use_a_screen(tabs, address, screen, link):
    page = settled(show(tabs, address, screen, **link))
    assert violations(page) == []


def test_nobody_else_can_reach_it(address):
    """A server that listens everywhere would answer at this address of the same machine too."""
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.2", urlsplit(address).port)) != 0
