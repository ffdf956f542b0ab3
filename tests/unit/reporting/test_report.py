"""The report: one whole page that says everything, and lets in nothing but itself."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from made_up_records import made_up_lineage
from made_up_study import FIGURES, ORIGINS, build, write_study

import report
from sna import formats
from sna.errors import InputError
from sna.files import read_json, sha256
from sna.report.glossary import Glossary
from sna.report.page import mark_code, render
from sna.verdicts.claims import VERDICTS

VOID = {"meta", "link", "br", "img"}
MARKUP = "<script>alert('x')</script> & <b>"

STUDIES = {
    "two models": {"models": ("gpt2", "smollm2-135m"), "tasks": 12},
    "smoke": {"models": ("own",), "tasks": 3},
    "one task": {"models": ("own",), "tasks": 1},
    "markup": {"models": ("gpt2",), "tasks": 3, "text": MARKUP},
}


@pytest.fixture(scope="module", params=STUDIES)
def study(request, tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"), **STUDIES[request.param])


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def page(study, folder):
    return build(study, folder / "report.html")


@pytest.fixture(scope="module")
def manifest(page, folder):
    return folder / "manifest.json"


@pytest.fixture(scope="module")
def reader(page):
    return Reader(page)


class Reader(HTMLParser):
    """Read a page strictly: what is opened is closed, in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.text, self.code = [], [], "", {"script": [], "style": []}
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another at line {self.getpos()[0]}"

    def handle_data(self, data):
        if self.open and self.open[-1] in self.code:
            self.code[self.open[-1]].append(data)
        else:
            self.text += data

    def all(self, attribute):
        return [attrs[attribute] for _, attrs in self.tags if attribute in attrs]


def plain(text):
    """Return a text as a page shows it: code without its backticks, single spaces."""
    return " ".join(text.replace("`", "").split())


def section(page, name):
    """Return the text of a section, with single spaces."""
    inside = page.split(f'<section id="{name}"')[1].partition(">")[2].split("</section>")[0]
    return plain(Reader(f"<section>{inside}</section>").text)


def test_the_page_is_well_formed_and_its_links_lead_somewhere(reader):
    ids = reader.all("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in reader.all("href") if link.startswith("#")} <= set(ids)
    assert set(reader.all("popovertarget")) <= set(ids)


def test_nothing_is_loaded_from_elsewhere(reader):
    assert all(source.startswith("data:image/svg+xml;charset=utf-8,") for source in reader.all("src"))
    assert all(attrs["href"] == "data:," for tag, attrs in reader.tags if tag == "link")
    assert {tag for tag, _ in reader.tags}.isdisjoint({"iframe", "object", "embed", "form", "base"})
    style = " ".join(reader.code["style"])
    assert all(source.startswith("data:") for source in re.findall(r"url\(([^)]*)", style))
    assert "@import" not in style


def test_the_policy_lets_in_the_pages_own_style_and_script_and_no_other(reader):
    policy = dict(rule.split(" ", 1) for rule in reader.tags[3][1]["content"].split("; "))

    def sources(kind):
        digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in reader.code[kind]]
        return " ".join(f"'sha256-{digest}'" for digest in digests)

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == sources("script")
    assert policy["style-src"] == sources("style")
    assert not reader.all("style")
    assert not [name for _, attrs in reader.tags for name in attrs if name.startswith("on")]


def test_every_claim_has_its_section_with_each_models_verdict(study, page):
    for claim in read_json(study[0].claims)["claims"]:
        inside = page.split(f'<section id="claim-{claim["id"]}"')[1].split("<dl>")[0]
        badges = re.findall(r'<span class="badge [\w-]+">([\w ]+)</span>', inside)
        assert badges == 2 * [entry["verdict"] for entry in claim["models"]]  # in words, and in the table
        assert plain(claim["statement"]) in section(page, f"claim-{claim['id']}")


def test_what_weakens_a_figure_stands_beside_it(study, page):
    for claim in read_json(study[0].claims)["claims"]:
        text = section(page, f"claim-{claim['id']}")
        for entry in claim["models"]:
            assert plain(entry["reason"]) in text
            if entry["caution"]:
                assert plain(entry["caution"]) in text.partition("What weakens it")[2]


def test_every_question_has_its_section_with_each_models_answer(study, page):
    for question in read_json(study[0].claims)["questions"]:
        text = section(page, f"question-{question['id']}")
        assert plain(question["question"]) in text
        for entry in question["models"]:
            assert f"{entry['model']} {plain(entry['answer'])}" in text


def test_verdicts_are_counted(study, page):
    for model in study[1].config["study"]["models"]:
        row = page.split(f'<th scope="row">{model}</th>')[1].split("</tr>")[0]
        counts = [int(cell) for cell in re.findall(r"<td>(\d+)</td>", row)]
        verdicts = [
            entry["verdict"]
            for claim in read_json(study[0].claims)["claims"]
            for entry in claim["models"]
            if entry["model"] == model
        ]
        assert counts == [verdicts.count(verdict) for verdict in VERDICTS]


def test_every_figure_and_table_is_shown_once_and_can_be_downloaded(page, reader):
    assert len(reader.all("src")) == len(FIGURES)
    captions = re.findall(r"<figcaption>.*?</figcaption>", page, re.DOTALL)
    labels = [re.search(r"<b>((?:Figure|Table) \d+)\. ", caption)[1] for caption in captions]
    numbers = {
        kind: [int(label.split()[1]) for label in labels if label.startswith(kind)] for kind in ("Figure", "Table")
    }
    assert numbers == {"Figure": list(range(1, 11)), "Table": list(range(1, 13))}
    for label, caption in zip(labels, captions, strict=True):
        offered = set(re.findall(r'download="[\w-]+\.(\w+)"', caption))
        assert offered == {"svg", "csv"} if label.startswith("Figure") else offered & {"csv", "json"}


def test_every_image_says_what_it_shows(study, reader):
    images = [attrs for tag, attrs in reader.tags if tag == "img"]
    experiments = pd.read_parquet(study[0].experiments)
    for model in study[1].config["study"]["models"]:
        best = experiments.loc[experiments["model"] == model, "improvement"].max()
        assert any(formats.percent(best) in image["alt"] for image in images)
    assert all(len(image["alt"]) > 60 for image in images)


def test_what_is_undefined_is_a_dash(reader):
    shown = reader.text + " ".join(reader.all("alt"))
    assert not re.search(r"\b(None|nan|NaN|inf|Undefined)\b", shown)


def test_every_prompt_is_there_with_its_baseline(study, page, reader):
    baselines = pd.concat([pd.read_parquet(path) for path in study[0].baselines])
    for row in baselines.itertuples():
        assert row.text in reader.text
    shown = re.findall(r'<td class="n">([\d.]+)</td>', page)
    assert {formats.probability(value) for value in baselines["probability"]} <= set(shown)


def test_what_the_jobs_behind_the_report_cost_is_told(page, manifest):
    assert f"{len(read_json(manifest)) - 1} jobs" in section(page, "run")
    assert "1.5\N{NO-BREAK SPACE}GB" in page


def test_the_page_names_the_checksum_of_the_manifest_of_all_records_behind_it(study, page, manifest):
    assert f"--expect {sha256(manifest)}" in section(page, "provenance")
    lineage = made_up_lineage(study[0], ORIGINS)
    assert read_json(manifest).items() > lineage.checksums.items()


def test_the_same_inputs_give_the_same_page(study, page, tmp_path):
    assert build(study, tmp_path / "again.html") == page


def test_markup_in_a_task_or_an_origin_stays_text(tmp_path):
    reader = Reader(build(write_study(tmp_path, ("gpt2",), 3, MARKUP), tmp_path / "report.html"))
    assert [tag for tag, _ in reader.tags].count("script") == 1
    assert reader.text.count(MARKUP) == 3 * 25 + 1  # each prompt, each description, the licence


def test_markup_beside_code_stays_text():
    assert mark_code("<b> `a < b`") == "&lt;b&gt; <code>a &lt; b</code>"


@pytest.mark.parametrize("missing", ["style.css", "page.js"])
def test_a_missing_part_of_the_page_is_named(missing):
    parts = {"report.html.j2", "style.css", "page.js"} - {missing}
    with pytest.raises(InputError, match=f"report/: {missing} is missing"):
        render(dict.fromkeys(parts, ""), Glossary({}), {})


@pytest.mark.parametrize(
    ("git", "named"),
    [
        ({"commit": "0123456789abcdef", "clean": True}, "0123456789ab"),
        ({"commit": "0123456789abcdef", "clean": False}, "0123456789ab-dirty"),
        (None, "unknown"),
    ],
)
def test_a_commit_is_named_with_what_differs_from_it(git, named):
    assert report.name_commit(git) == named
