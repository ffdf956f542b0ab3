"""The stage that calibrates: what it writes says the same, and stands alone."""

import json
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from calibrate_task import main
from tiny_models import LAYERS, build_tiny_model

from sna import formats
from sna.calibration.results import RULE, Calibration
from sna.errors import InputError
from sna.files import write_json
from sna.inputs.calibration import find_bank, find_task, read_calibrated
from sna.interventions.intervention import Intervention

ROOT = Path(__file__).parents[3]
TASK = ROOT / "tasks" / "antonyms.yaml"
BANK = ROOT / "tasks" / "fresh" / "antonyms.tsv"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibrated")
    build_tiny_model("llama", folder / "model")
    files = {"model.safetensors": {"size": 1, "sha256": "c" * 64}}
    origin = {"source": "path", "path": "tiny", "layers": LAYERS, "license": "MIT", "files": files}
    write_json(folder / "model" / "origin.json", origin)
    return folder


def run(folder: Path, name: str, bank: list[Path], **changes) -> SimpleNamespace:
    job_input = SimpleNamespace(
        weights=folder / "model" / "model.safetensors",
        origin=folder / "model" / "origin.json",
        task=TASK,
        bank=bank,
        contrast=ROOT / "tasks" / "contrast" / "prose.yaml",
        prose=ROOT / "tasks" / "fresh" / "prose.txt",
        template=ROOT / "report" / "calibration" / "page.html.j2",
        style=ROOT / "report" / "style.css",
    )
    output = SimpleNamespace(
        recommendation=folder / name / "recommendation.json",
        page=folder / name / "calibration.html",
        intervention=folder / name / "intervention.json",
    )
    params = {
        "n_layers": LAYERS,
        "title": "A <tiny> model",
        "device": "cpu",
        "start_token": "tokenizer",
        "dtype": "float32",
        "layers": [1, 3],
        "neurons": [5, 20],
        "multipliers": [1.5, 3],
        "prompts": 26,
        "draws": 20,
        "margins": {"perplexity": 100, "divergence": 1},
        "boundaries": [0.07, 0.1],
        "confidence_level": 0.95,
        "resamples": 99,
        "seed": 5,
    }
    wildcards = SimpleNamespace(model="tiny", calibrated="antonyms")
    main(job_input, output, SimpleNamespace(**(params | changes)), wildcards, 1, date="2026-11-27")
    return output


@pytest.fixture(scope="module")
def written(folder):
    return run(folder, "written", [BANK])


@pytest.fixture(scope="module")
def found(written):
    return Calibration.read(written.recommendation)


@pytest.fixture(scope="module")
def page(written):
    return Path(written.page).read_text(encoding="utf-8")


def test_the_bank_fills_up_the_tasks_own_prompts(found):
    assert found.searched.prompts == 26
    assert (found.searched.layers, found.searched.configurations) == ([1, 3], 8)


def test_the_page_holds_the_numbers_of_the_recommendation(found, page):
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "A <tiny> model" in text
    assert found.advice in text
    for sentence in (*found.reasons, RULE):
        assert " ".join(sentence.split()) in text
    for figure in (
        f"Layer {found.recommended.layer} Neurons {found.recommended.neurons} ",
        f"Gain {formats.signed(found.gain.percent.value)} % "
        + formats.between((found.gain.percent.low, found.gain.percent.high), "percent"),
        f"Gain by random neurons {formats.signed(found.random.percent.value)} %",
        formats.pvalue(found.random.pvalue_corrected),
        f"{formats.signed(found.prose.rise)} % {formats.number(found.prose.divergence)}",
        found.ranking,
    ):
        assert " ".join(figure.split()) in text


def test_the_page_loads_nothing(page):
    assert "default-src &#39;none&#39;" in page
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert [link for link in loaded if not link.startswith("data:")] == []
    assert "<script" not in page


def test_the_page_gives_the_intervention_that_lies_beside_it(written, page):
    intervention = Intervention.read(written.intervention)
    assert intervention.model.weights == "c" * 64
    assert json.dumps(intervention.calibrated_on.task)[1:-1] in page
    assert 'download="intervention.json"' in page


def test_without_a_recommendation_the_page_says_so(folder):
    written = run(folder, "nothing", [BANK], margins={"perplexity": 100, "divergence": 1e-9})
    text = Path(written.page).read_text(encoding="utf-8")
    assert "changes prose by more than the margins allow" in text
    assert "What to expect" not in text
    assert Intervention.read(written.intervention).neurons == []


def test_too_few_prompts_are_refused_with_how_many_are_missing(folder):
    said = r"antonyms.yaml: evaluation: 12 prompts given; a calibration needs 24 at least: add 12 more$"
    with pytest.raises(InputError, match=said):
        run(folder, "refused", [])
    with pytest.raises(InputError, match=said):
        read_calibrated(TASK, None)
    assert not (folder / "refused").exists()


def test_a_task_is_found_by_its_name_or_its_file_and_its_bank_beside_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert find_task("antonyms") == Path("tasks/antonyms.yaml")
    assert find_task(str(TASK)) == TASK
    assert find_bank(TASK) == BANK
    assert find_bank(ROOT / "tasks" / "contrast" / "prose.yaml") is None
    with pytest.raises(
        InputError, match=r"config.yaml: task: there is no file tasks/anonyms.yaml; .* one of addition, "
    ):
        find_task("anonyms")
