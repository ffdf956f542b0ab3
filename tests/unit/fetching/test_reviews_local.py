import tempfile

import pandas as pd
import pytest
from disks import small_disk

from sna.errors import InputError
from sna.fetching.reviews import fetch
from sna.files import read_json, sha256
from sna.inputs.origins import FileReviews
from sna.tables import REVIEWS, read_table

KEY = "config.yaml: reviews.glue.path"
# As GLUE has it: a space before each tab, and quotation marks that quote nothing.
GOOD = 'sentence\tlabel\nhide new secretions \t0\n" lilo \t1\na \u2028separator and na\u00efve \t1\n'


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "dev.tsv"
    path.write_text(GOOD, encoding="utf-8", newline="")
    return path


def fetch_file(file, folder) -> pd.DataFrame:
    fetch("glue", FileReviews(source="path", path=str(file), license="unknown"), folder)
    return read_table(folder / "reviews.parquet", REVIEWS)


def refusal(file, folder) -> str:
    with pytest.raises(InputError) as caught:
        fetch_file(file, folder)
    assert not folder.exists()
    return str(caught.value)


def test_a_file_of_glue_is_read_line_by_line_quotes_and_all(file, tmp_path):
    assert fetch_file(file, tmp_path / "reviews").to_dict("list") == {
        "number": [0, 1, 2],
        "label": ["negative", "positive", "positive"],
        "sentence": ["hide new secretions", '" lilo', "a \u2028separator and na\u00efve"],
    }


def test_windows_line_ends_change_nothing(file, tmp_path):
    unix = fetch_file(file, tmp_path / "unix")
    file.write_text(GOOD.replace("\n", "\r\n"), encoding="utf-8", newline="")
    pd.testing.assert_frame_equal(fetch_file(file, tmp_path / "windows"), unix)


@pytest.mark.parametrize(
    "saved",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode() + b"\n",
        GOOD.encode() + b"\n \t\n\r\n",
        GOOD.encode().removesuffix(b"\n"),
        b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode() + b"\r\n",
        GOOD.replace("\n", "\r").encode(),
    ],
    ids=["byte order mark", "blank last line", "blank last lines", "no last line end", "windows", "old mac"],
)
def test_what_editors_do_to_a_file_changes_nothing(file, tmp_path, saved):
    expected = fetch_file(file, tmp_path / "as GLUE has it")
    file.write_bytes(saved)
    pd.testing.assert_frame_equal(fetch_file(file, tmp_path / "saved again"), expected)


def test_a_long_line_is_refused_in_a_short_message(file, tmp_path):
    file.write_text(f"{GOOD}{'a film ' * 1000}\n", encoding="utf-8", newline="")
    message = refusal(file, tmp_path / "reviews")
    assert message.startswith(f"{KEY}: {file}:5: must hold")
    assert len(message) < len(f"{KEY}: {file}:5: ") + 120
    file.write_text(f"{GOOD}a film\t{'good ' * 1000}\n", encoding="utf-8", newline="")
    assert len(refusal(file, tmp_path / "reviews")) < len(f"{KEY}: {file}:5: ") + 120


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_a_file_in_another_encoding_is_refused_and_not_guessed_at(file, tmp_path, encoding):
    file.write_bytes(GOOD.replace("\u2028", " ").encode(encoding))
    assert "not UTF-8" in refusal(file, tmp_path / "reviews")


def test_a_full_disk_is_named_and_nothing_is_left(file, tmp_path):
    file.write_text("sentence\tlabel\n" + "".join(f"{sha256(file)} {n}\t1\n" for n in range(20_000)), encoding="utf-8")
    with small_disk(tmp_path / "small", kilobytes=64) as disk:
        with pytest.raises(InputError, match=f"^{disk / 'reviews'}: No space left on device"):
            fetch_file(file, disk / "reviews")
        assert [path for path in disk.rglob("*") if path.is_file()] == []


def test_a_temporary_folder_that_is_not_there_is_of_no_matter(file, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert len(fetch_file(file, tmp_path / "reviews")) == 3


def test_origin_counts_the_sentences_and_describes_the_files(file, tmp_path):
    fetch_file(file, tmp_path / "reviews")
    origin = read_json(tmp_path / "reviews" / "origin.json")
    assert (origin["source"], origin["path"], origin["license"]) == ("path", str(file), "unknown")
    assert (origin["rows"], origin["labels"]) == (3, {"negative": 1, "positive": 2})
    for path, described in ((file, "original_files"), (tmp_path / "reviews" / "reviews.parquet", "files")):
        assert origin[described] == {path.name: {"size": path.stat().st_size, "sha256": sha256(path)}}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a film\t2", "label must be 0 (negative) or 1 (positive) (given: '2')"),
        ("a film\tpositive", "label must be 0 (negative) or 1 (positive) (given: 'positive')"),
        ("a film 1", "must hold sentence, label, separated by one tab (given: 'a film 1')"),
        ("a film\t", "must hold sentence, label, separated by one tab"),
        ("\t1", "must hold sentence, label, separated by one tab"),
        ("a\tfilm\t1", "must hold sentence, label, separated by one tab"),
        ('"a film, ""a tab\tinside"""\t1', "must hold sentence, label, separated by one tab"),
        ("", "must hold sentence, label, separated by one tab (given: '')"),
    ],
)
def test_a_malformed_line_is_refused_with_its_number(file, tmp_path, line, message):
    file.write_text(f"{GOOD}{line}\nthe end\t1\n", encoding="utf-8", newline="")
    assert refusal(file, tmp_path / "reviews").startswith(f"{KEY}: {file}:5: {message}")


def test_a_line_that_is_not_utf8_is_refused_with_its_number(file, tmp_path):
    file.write_bytes(GOOD.encode() + "na\u00efve\t1\n".encode("latin-1"))
    assert refusal(file, tmp_path / "reviews").startswith(f"{KEY}: {file}:5: not UTF-8")


@pytest.mark.parametrize("content", ["", "index\tsentence\n0\ta film\n", "a film\t1\n"])
def test_a_file_without_the_header_is_refused(file, tmp_path, content):
    file.write_text(content, encoding="utf-8")
    assert "the first line must be sentence<TAB>label" in refusal(file, tmp_path / "reviews")


def test_a_file_of_a_header_only_is_refused(file, tmp_path):
    file.write_text("sentence\tlabel\n", encoding="utf-8")
    assert "holds no sentence with a sentiment" in refusal(file, tmp_path / "reviews")


def test_a_missing_file_names_its_key(tmp_path):
    missing = tmp_path / "nowhere.tsv"
    assert refusal(missing, tmp_path / "reviews").startswith(f"{KEY}: {missing} cannot be read: No such file")
