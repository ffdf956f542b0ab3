"""The report: one whole page that says everything, and lets in nothing but itself."""

import base64
import hashlib
import re
import subprocess
from html.parser import HTMLParser

import pandas as pd
import pytest
from made_up_records import made_up_lineage
from made_up_study import DECLARED, ORIGINS, STARTS, build, write_study

import report
from sna import formats
from sna.errors import InputError
from sna.files import read_json, sha256
from sna.inputs.entries import select_entries
from sna.report.answer import answer, headline
from sna.report.contents import EXAMPLES
from sna.report.glossary import Glossary
from sna.report.page import mark_code, render
from sna.verdicts.claims import read_claims
from sna.verdicts.words import KINDS

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


def claims_of(study):
    return read_json(study[0].claims)["claims"]


def verdicts_of(claim):
    """Return the verdicts of all models in the page's order; a claim that is no matter of prompts has fewer."""
    return [entry[kind] for entry in claim["models"] for kind in KINDS if entry[kind]]


def badges(html):
    return re.findall(r'<span class="badge [\w-]+">([\w :]+)</span>', html)


def test_every_claim_has_its_section_with_both_verdicts_of_each_model(study, page):
    definitions = read_claims(study[0].definitions)
    for claim in claims_of(study):
        words = [verdict["verdict"] for verdict in verdicts_of(claim)]
        inside = page.split(f'<section id="claim-{claim["id"]}"')[1].split("<dl>")[0]
        assert badges(inside)[: len(words)] == words
        text, definition = section(page, f"claim-{claim['id']}"), definitions[claim["id"]]
        assert plain(claim["statement"]) in text
        for kind in KINDS:
            rule = getattr(definition, kind)
            assert rule or plain(getattr(definition, f"no_{kind}")) in text
            measured = any(entry[kind] and entry[kind]["value"] is not None for entry in claim["models"])
            assert not measured or plain(rule.quantity) in text


def test_a_rule_stands_with_the_first_claim_that_it_judges_and_nowhere_else(study, page):
    claims = read_claims(study[0].definitions)
    rules = {name: {rule.rule for rule in (claim.measured, claim.fresh) if rule} for name, claim in claims.items()}
    for text in set().union(*rules.values()):
        where = [name for name in claims if text in rules[name]]
        assert [name for name in where if plain(text) in section(page, f"claim-{name}")] == where[:1]
        for name in where[1:]:
            assert f"As for {claims[where[0]].title}." in section(page, f"claim-{name}")


def test_what_is_said_of_all_verdicts_on_a_claim_is_said_once(study, page):
    for claim in claims_of(study):
        text = section(page, f"claim-{claim['id']}")
        for verdict in verdicts_of(claim):
            assert text.count(plain(verdict["reason"])) == 1, claim["id"]


def test_what_weakens_a_figure_and_what_would_be_enough_stand_beside_it(study, page):
    for claim in claims_of(study):
        text = section(page, f"claim-{claim['id']}")
        for verdict in verdicts_of(claim):
            assert plain(verdict["reason"]) in text
            for key, before in {"caution": "What weakens it", "enough": "What would be enough"}.items():
                if verdict[key]:
                    assert plain(verdict[key]) in text.partition(before)[2]


def test_the_first_table_has_every_figure_with_what_noise_alone_would_earn(study, page):
    table = page.split('<table class="overview')[1].split("</table>")[0]
    for claim, row in zip(claims_of(study), table.split("<tr>")[2:], strict=True):
        text = plain(Reader(row.partition("</tr>")[0]).text)
        assert claim["paper"] in text
        for verdict in verdicts_of(claim):
            assert plain(verdict["verdict"] + ("" if verdict["value"] is None else f" {verdict['shown']}")) in text
            assert verdict["noise"] is None or plain(f"noise alone: {formats.share(verdict['noise'])}") in text


def test_several_models_have_a_column_each_and_one_for_all_and_it_is_said_where_they_agree(study, page):
    models, judged = study[1].config["study"]["models"], read_json(study[0].claims)
    table = page.split('<table class="overview')[1].split("</table>")[0]
    several = [*models, "All models"] if len(models) > 1 else KINDS.values()
    assert re.findall(r'<th scope="col">([^<]+)</th>', table) == ["Claim", "Paper", *several]
    for sentence in (judged["agreement"] or {}).values():
        assert plain(sentence) in section(page, "verdicts")
    for claim in judged["claims"]:
        for found in filter(None, (claim["overall"][kind] for kind in KINDS)):
            text = section(page, f"claim-{claim['id']}")
            assert not found["models"] or plain(found["models"]["agreement"]["reason"]) in text


def test_when_a_rule_was_written_and_changed_is_told(study, page):
    text = section(page, "rules")
    for claim in read_claims(study[0].definitions).values():
        assert f"{claim.title} {claim.written}" in text
        for change in claim.changes:
            assert text.count(f"{change.date}: {plain(change.what)} {plain(change.why)}") == 1


def test_what_a_model_is_stands_above_the_verdicts(study, page):
    above = plain(Reader(page.partition("<header>")[2].partition("</header>")[0]).text)
    for model in study[1].config["study"]["models"]:
        told = study[1].config["models"][model]
        assert f"{told['title']}: {told['description']}" in above


def test_every_question_has_its_section_with_each_models_answer(study, page):
    for question in read_json(study[0].claims)["questions"]:
        text = section(page, f"question-{question['id']}")
        assert plain(question["question"]) in text
        for entry in question["models"]:
            assert f"{entry['model']} {plain(entry['answer'])}" in text


def test_the_first_screen_answers_and_names_every_claim_that_holds_or_does_not(study, page):
    claims, text = claims_of(study), section(page, "verdicts").partition("Every claim and both verdicts")[0]
    assert headline(claims) in text
    for kind in KINDS:
        for word, named in answer(claims, kind).claims.items():
            if word not in ("cannot tell", "not tested here"):
                assert all(plain(claim.title) in text for claim in named)
    for model in study[1].config["study"]["models"]:
        assert study[1].config["models"][model]["title"] in text
    assert "Figure 1. The paper's figures and ours." in text


def test_a_reader_from_elsewhere_finds_how_to_get_code_and_data_and_how_to_cite(study, page):
    header = page.partition("<header>")[2].partition("</header>")[0]
    assert re.findall(r'<a href="#(\w+)"', header)[-3:] == ["repeat", "experiments", "cite"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://name:secret@example.org/lab/sna.git", "https://example.org/lab/sna.git"),
        ("git@example.org:lab/sna.git", "git@example.org:lab/sna.git"),
        ("ssh://git@example.org/lab/sna.git", "ssh://git@example.org/lab/sna.git"),
        ("/home/me/sna", None),
        (None, None),
    ],
)
def test_the_address_to_clone_from_holds_no_secret_and_no_folder_of_this_machine(tmp_path, monkeypatch, address, shown):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for command in (["init", "-q"], *([["remote", "add", "origin", address]] if address else [])):
        subprocess.run(["git", *command], check=True)
    assert report.find_repository(tmp_path) == shown


def test_every_figure_and_table_is_shown_once_and_can_be_downloaded(study, page, reader):
    declared = select_entries(DECLARED, study[1].parts)
    figures = [name for name in declared if name.startswith("figures/")]
    assert len(reader.all("src")) == len(figures)
    captions = re.findall(r"<figcaption>.*?</figcaption>", page, re.DOTALL)
    labels = [re.search(r"<b>((?:Figure|Table) \d+)\. ", caption)[1] for caption in captions]
    numbers = {
        kind: [int(label.split()[1]) for label in labels if label.startswith(kind)] for kind in ("Figure", "Table")
    }
    tables = len(declared) - len(figures)
    assert numbers == {"Figure": list(range(1, len(figures) + 1)), "Table": list(range(1, tables + 1))}
    for label, caption in zip(labels, captions, strict=True):
        offered = set(re.findall(r'download="[\w-]+\.(\w+)"', caption))
        assert offered == {"svg", "pdf", "csv"} if label.startswith("Figure") else offered & {"csv", "json"}
    contents = {}
    for uri, name in re.findall(r'href="(data:[^"]*)" download="([^"]*)"', page):
        assert contents.setdefault(name, uri) == uri, f"two different files are called {name}"


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


def test_with_what_each_models_texts_begin_is_told(study, page):
    for model in study[1].config["study"]["models"]:
        put = STARTS.get(model, "no start token")
        assert f"Its tokenizer puts {put} before a text." in section(page, "run")


def test_what_the_jobs_behind_the_report_cost_is_told(page, manifest):
    assert f"{len(read_json(manifest)) - 1} jobs" in section(page, "run")
    assert "1.5\N{NO-BREAK SPACE}GB" in page


def test_devices_of_two_kinds_are_told_at_the_top_and_that_of_all_models_with_the_run(study, page, reader):
    mixed = len(study[1].config["study"]["models"]) > 1
    told = section(page, "run")
    assert "cpu (EPYC, AVX2)" in told
    assert ("cuda (H100, driver 580.1, CUDA 13.0): amplify layer 1." in told) == mixed
    assert ("cpu and cuda" in reader.text) == mixed
    assert ("2 kinds of device" in section(page, "limits")) == mixed


def test_the_page_names_the_checksum_of_the_manifest_of_all_records_behind_it(study, page, manifest):
    assert f"--expect {sha256(manifest)}" in section(page, "provenance")
    lineage = made_up_lineage(study[0], ORIGINS)
    assert read_json(manifest).items() > lineage.checksums.items()


def test_the_same_inputs_give_the_same_page(study, page, tmp_path):
    assert build(study, tmp_path / "again.html") == page


def test_markup_in_a_task_or_an_origin_stays_text(tmp_path):
    reader = Reader(build(write_study(tmp_path, ("gpt2",), 3, MARKUP), tmp_path / "report.html"))
    assert [tag for tag, _ in reader.tags].count("script") == 1
    # Each prompt, some fresh ones, each description, and the licence.
    assert reader.text.count(MARKUP) == 3 * (24 + EXAMPLES + 1) + 1


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
