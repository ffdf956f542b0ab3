import io

import pandas as pd
import pytest
from hub_server import COMMIT, Hub, serve

from sna.errors import InputError
from sna.fetching.reviews import hub as hub_source
from sna.fetching.reviews.labelled import Labelled
from sna.inputs.origins import HubReviews

pytestmark = pytest.mark.usefixtures("hub_client")

KEY = "config.yaml: reviews.sst2"
REPOSITORY = "someone/reviews"
FILE = "data/validation-00000-of-00001.parquet"


def parquet(**columns: list) -> bytes:
    content = io.BytesIO()
    pd.DataFrame(columns).to_parquet(content, index=False)
    return content.getvalue()


@pytest.fixture
def hub():
    good = parquet(idx=[0, 1, 2], sentence=["a charming film ", "a mess ", 'it \'s "fine" '], label=[1, 0, 1])
    files = {FILE: good, "data/train-00000-of-00001.parquet": b"large", "README.md": b"# Reviews"}
    with serve({f"datasets/{REPOSITORY}": files}) as running:
        yield running


def read(hub: Hub, folder, **changes) -> Labelled:
    section = {"source": "hub", "repository": REPOSITORY, "revision": COMMIT, "file": FILE, "license": "unknown"}
    return hub_source.read(HubReviews(**(section | changes)), folder, KEY, endpoint=hub.url)


def refusal(hub: Hub, folder, **changes) -> str:
    with pytest.raises(InputError) as caught:
        read(hub, folder, **changes)
    return str(caught.value)


def test_sentences_and_labels_are_those_of_the_file_and_nothing_else_is_downloaded(hub, tmp_path):
    found = read(hub, tmp_path / "reviews")
    assert found.sentences.to_dict("list") == {
        "number": [0, 1, 2],
        "label": ["positive", "negative", "positive"],
        "sentence": ["a charming film", "a mess", 'it \'s "fine"'],
    }
    assert found.file.read_bytes() == hub.files[f"datasets/{REPOSITORY}"][FILE]
    assert not [request for request in hub.requests if "train" in request or "README" in request]


def test_a_model_of_that_name_is_not_taken_for_the_dataset(hub, tmp_path):
    hub.files = {REPOSITORY: hub.files[f"datasets/{REPOSITORY}"]}
    assert refusal(hub, tmp_path).startswith(f"{KEY}.repository: {hub.url} has no dataset {REPOSITORY}")


def test_a_missing_revision_names_its_key(hub, tmp_path):
    message = refusal(hub, tmp_path, revision="f" * 40)
    assert message.startswith(f"{KEY}.revision: ")
    assert f"{hub.url}/datasets/{REPOSITORY}/commits/main" in message


def test_a_file_that_is_not_there_names_those_that_are(hub, tmp_path):
    message = refusal(hub, tmp_path, file="data/dev.parquet")
    assert message.startswith(f"{KEY}.file: {REPOSITORY} holds no data/dev.parquet")
    assert FILE in message


@pytest.mark.parametrize(
    "damage", [lambda body: body[: len(body) // 2], lambda body: body[:-5] + b"!" + body[-4:]], ids=["cut", "changed"]
)
def test_a_damaged_download_is_refused(hub, tmp_path, damage):
    hub.damage[FILE] = damage
    assert refusal(hub, tmp_path).startswith(f"{KEY}.repository: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no table", "must be Parquet with the columns sentence and label"),
        (parquet(sentence=["good"]), "must be Parquet with the columns sentence and label"),
        (parquet(text=["good"], label=[1]), "must be Parquet with the columns sentence and label"),
        (parquet(sentence=["good"], label=["1"]), "row 0: label must be 0 (negative) or 1 (positive) (given: '1')"),
        (parquet(sentence=["good"], label=[[1]]), "row 0: label must be 0 (negative) or 1 (positive)"),
        (parquet(sentence=["good"], label=[None]), "row 0: label must be 0 (negative) or 1 (positive)"),
        (parquet(sentence=[b"good"], label=[1]), "row 0: sentence must be text (given: b'good')"),
        (parquet(sentence=["good", "?"], label=[1, -1]), "row 1: label must be 0 (negative) or 1 (positive)"),
        (parquet(sentence=["good", None], label=[1, 0]), "row 1: sentence must be text"),
        (parquet(sentence=["good", " "], label=[1, 0]), "row 1: sentence must be text"),
    ],
)
def test_a_file_that_is_no_table_of_labelled_sentences_is_refused(hub, tmp_path, content, message):
    hub.files[f"datasets/{REPOSITORY}"][FILE] = content
    assert refusal(hub, tmp_path).startswith(f"{KEY}.file: {FILE}: {message}")


def test_a_table_that_the_library_fails_on_is_refused_in_one_line(hub, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise NotImplementedError("Support for codec 'lzo' not built")

    monkeypatch.setattr(pd, "read_parquet", fail)
    message = refusal(hub, tmp_path)
    assert message.startswith(f"{KEY}.file: {FILE}: must be Parquet")
    assert message.endswith("Support for codec 'lzo' not built")
