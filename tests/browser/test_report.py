"""The report in a real browser: it opens, sorts, filters, leads where it says, and reads well on any screen and paper.

What is opened is the report of a made-up study, or the one that the environment variable REPORT names.
"""

import os
import re
import statistics
from pathlib import Path
from xml.etree import ElementTree

import pytest
from made_up_study import build, draw_figures, write_study
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DARK = {"color_scheme": "dark"}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    if "REPORT" in os.environ:
        return Path(os.environ["REPORT"]).resolve().as_uri()
    folder = tmp_path_factory.mktemp("study")
    study = write_study(folder, ("smollm2-135m",), 12, figures=draw_figures, layers=4)
    build(study, folder / "report.html")
    return (folder / "report.html").as_uri()


def scroll_through(page):
    """Bring every part of the page on the screen, so that all that waits for that happens."""
    page.evaluate("""async () => {
        for (const table of document.querySelectorAll("details")) table.open = true;
        for (let top = 0; top < document.body.scrollHeight; top += innerHeight / 2) {
            scrollTo(0, top);
            await new Promise(requestAnimationFrame);
        }
    }""")
    expect(page.locator("#experiments .dt-info")).to_contain_text("of")


def column(table, number):
    """Return the values by which a column is sorted, in the order in which they are shown."""
    cells = table.locator(f"tbody tr td:nth-child({number})")
    return [float(value) for value in cells.evaluate_all("cells => cells.map(cell => cell.dataset.order)")]


def test_nothing_goes_wrong_and_nothing_is_asked_of_a_network(visit, address):
    opened = visit(address)
    scroll_through(opened.page)
    assert opened.complaints == []
    assert opened.requests == []


def test_the_first_paint_takes_less_than_a_second(visit, address):
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    milliseconds = []
    for _ in range(3):
        page = visit(address).page
        page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
        milliseconds.append(page.evaluate(paint))
    assert statistics.median(milliseconds) < 1000


@pytest.mark.parametrize("options", [{}, PHONE, DARK], ids=["first_screen", "first_screen_phone", "first_screen_dark"])
def test_the_first_screen_says_what_was_run_and_whether_it_works(visit, address, options, request):
    opened = visit(address, **options)
    for text in ("Experiments", "Does amplification work?"):
        expect(opened.page.locator("main, header").get_by_text(text, exact=True).first).to_be_in_viewport()
    expect(opened.page.locator(".headline")).to_be_in_viewport()
    image = opened.page.locator(".answer img")
    if options is not PHONE:
        expect(image).to_be_in_viewport(ratio=0.5)
    # All of it can be seen at once, at a size at which its words can be read.
    assert 300 <= image.bounding_box()["width"] <= opened.page.viewport_size["width"]
    opened.screenshot(request.node.callspec.id)


@pytest.mark.parametrize("options", [{}, PHONE], ids=["beside", "above"])
def test_the_contents_mark_where_one_is(visit, address, options):
    page = visit(address, **options).page
    marked = page.locator("nav a[aria-current]")
    expect(marked).to_have_text("Does amplification work?")
    page.evaluate("document.getElementById('claim-reversible').scrollIntoView()")
    expect(marked).to_have_text("Claims" if options else "Amplification is reversible")
    expect(marked).to_be_in_viewport()


def test_a_command_can_be_copied(visit, address):
    page = visit(address, permissions=["clipboard-read", "clipboard-write"]).page
    command = page.locator("#cite pre").last
    page.locator("#cite .copied").last.get_by_role("button", name="Copy").click()
    expect(page.locator("#cite .copied").last.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == command.inner_text()


def test_a_press_on_a_header_sorts_a_table_and_another_turns_it_round(visit, address):
    page = visit(address).page
    table = page.locator("#exhibit-tables-tasks table")
    table.scroll_into_view_if_needed()
    header = table.get_by_role("columnheader", name="Baseline")
    expect(header.locator(".dt-column-order")).to_be_attached()
    as_written = column(table, 3)
    header.click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert column(table, 3) == sorted(as_written)
    header.click()
    expect(header).to_have_attribute("aria-sort", "descending")
    assert column(table, 3) == sorted(as_written, reverse=True)


def experiments(page):
    """Return the table of experiments once it is there, with the number of its rows."""
    page.locator("#experiments").scroll_into_view_if_needed()
    info = page.locator("#experiments .dt-info")
    expect(info).to_contain_text("Rows 1 to")
    return info, int(re.search(r"of ([\d,]+)", info.inner_text())[1].replace(",", ""))


def test_the_experiments_are_all_there_and_can_be_searched(visit, address):
    page = visit(address).page
    info, rows = experiments(page)
    told = page.locator(".facts div", has_text="Experiments").locator("dd").inner_text()
    assert rows == int(told.replace(",", ""))
    page.get_by_label("Search all columns:").fill("antonyms")
    expect(info).to_contain_text("filtered from")
    tasks = page.locator("#experiments-table tbody tr td:nth-child(1)").all_inner_texts()
    assert set(tasks) == {"antonyms"}


def test_the_experiments_can_be_filtered_by_a_column(visit, address):
    page = visit(address).page
    info, _ = experiments(page)
    header = page.locator("#experiments-table thead th", has_text="Category")
    header.locator(".dtcc-button_dropdown").click()
    page.locator(".dtcc-dropdown .dtcc-list-buttons button", has_text="semantics").click()
    expect(info).to_contain_text("filtered from")
    categories = page.locator("#experiments-table tbody tr td:nth-child(2)").all_inner_texts()
    assert set(categories) == {"semantics"}


def test_a_claim_leads_to_its_figure(visit, address):
    opened = visit(address)
    page = opened.page
    page.locator(".overview").get_by_role("link", name="Baseline predicts improvement").click()
    expect(page.locator("#claim-saturation h3")).to_be_in_viewport()
    page.wait_for_timeout(300)
    opened.screenshot("claim")
    expect(page.locator("#claim-saturation figure img").first).to_be_in_viewport()
    page.locator("#claim-zone3").get_by_role("link", name="Figure 2", exact=True).click()
    expect(page.locator("#exhibit-figures-saturation img")).to_be_in_viewport()


def test_a_claim_leads_to_its_provenance_as_far_as_the_model(visit, address):
    opened = visit(address)
    page = opened.page
    page.locator("#claim-saturation").get_by_role("link", name="where Figure 2 comes from").click()
    lineage = page.locator("#lineage-figures-saturation")
    expect(lineage.locator("svg")).to_be_in_viewport()
    opened.screenshot("lineage")
    lineage.get_by_role("link", name=re.compile("fetch model")).click()
    expect(page.locator("#stage-fetch_model")).to_be_in_viewport()
    expect(page.locator("#stage-fetch_model")).to_contain_text("Origin")


def test_a_term_is_explained_where_it_stands(visit, address):
    page = visit(address).page
    term = page.locator("#claim-saturation .statement .term").first
    term.click()
    explanation = page.locator(f"#{term.get_attribute('popovertarget')}")
    expect(explanation).to_be_visible()
    page.keyboard.press("Escape")
    expect(explanation).to_be_hidden()


def downloaded(page, link):
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_a_figure_can_be_taken_along_in_three_forms(visit, address):
    page = visit(address).page
    links = page.locator("#exhibit-figures-saturation .downloads a")
    assert links.all_inner_texts() == ["SVG", "PNG", "PDF", "CSV"]
    files = [downloaded(page, link) for link in links.all()]
    assert [name for name, _ in files] == [f"figures_saturation.{ending}" for ending in ("svg", "png", "pdf", "csv")]
    svg, png, pdf, csv = (content for _, content in files)
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert pdf.startswith(b"%PDF")
    assert png.startswith(b"\x89PNG")
    assert csv.startswith(b"model,task,category,baseline")


def test_without_scripts_everything_but_the_table_of_experiments_is_there(visit, address):
    page = visit(address, java_script_enabled=False).page
    expect(page.locator(".overview tbody tr")).to_have_count(page.locator("section.claim[id^=claim-]").count())
    expect(page.locator("#claim-saturation figure img").first).to_be_visible()
    expect(page.locator("noscript p")).to_be_visible()


def test_nothing_is_wider_than_a_phone(visit, address):
    opened = visit(address, **PHONE)
    opened.screenshot("phone")
    scroll_through(opened.page)
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 360


def test_no_table_is_cut_on_a_desktop(visit, address):
    page = visit(address).page
    scroll_through(page)
    for width in (768, 1024, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        cut = page.evaluate("""() => [...document.querySelectorAll(".scroll")]
            .filter(box => box.querySelector("table") && box.scrollWidth > box.clientWidth)
            .map(box => box.ariaLabel)""")
        assert cut == [], width


def test_no_column_mixes_numbers_with_text_when_it_is_sorted(visit, address):
    mixed = visit(address).page.evaluate("""() => [...document.querySelectorAll("table.sortable tbody td.n")]
        .filter(cell => !("order" in cell.dataset) || isNaN(cell.dataset.order))
        .map(cell => cell.innerText)""")
    assert mixed == []


def test_in_the_dark_page_and_figures_are_dark(visit, address):
    opened = visit(f"{address}#claim-saturation", **DARK)
    image = opened.page.locator("#claim-saturation figure img").first
    assert "invert" in image.evaluate("image => getComputedStyle(image).filter")
    background = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background))) < 50
    opened.page.wait_for_timeout(300)
    opened.screenshot("dark")


def test_it_prints(visit, address):
    opened = visit(address, **DARK)
    opened.print("report")
    page = opened.page
    page.emulate_media(media="print")
    expect(page.locator("nav")).to_be_hidden()
    # What leads nowhere on paper, and a line that would begin with the comma after a term.
    assert not any(text.is_visible() for text in page.get_by_text(re.compile("^Where .* comes from$")).all())
    page.set_viewport_size({"width": 688, "height": 900})
    broken = "spans => spans.filter(span => span.getClientRects().length > 1).map(span => span.innerText)"
    assert page.locator("main span.keep").evaluate_all(broken) == []
    # Paper is white.
    assert page.locator("figure img").first.evaluate("image => getComputedStyle(image).filter") == "none"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def leave_some_of_what_is_alike(page):
    """Take all but a few rows out of every table, and all but a few definitions out of every stage's code."""
    page.evaluate("""() => {
        for (const many of document.querySelectorAll("tbody, dd.code"))
            [...many.children].slice(5).forEach(one => one.remove());
    }""")


@pytest.mark.parametrize("options", [{}, DARK, PHONE], ids=["light", "dark", "phone"])
def test_it_is_accessible(visit, address, options):
    opened = visit(address, **options)
    scroll_through(opened.page)
    # Most of the page is rows, and what colours and a narrow screen do to one they do to all.
    if options:
        leave_some_of_what_is_alike(opened.page)
    assert opened.violations() == []
