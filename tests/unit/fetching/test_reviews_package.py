import io
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from sna.errors import InputError
from sna.fetching import pip
from sna.fetching.reviews import package
from sna.files import sha256
from sna.inputs.origins import PackageReviews

KEY = "config.yaml: reviews.rated"
ARCHIVE = "extra/ratings.tar.gz"
FILE = "movies.txt"
RATINGS = "1\t2.5\tA caf\u00e9 with a ''heart''.\r\n2\t-0.25\tToo {} \"long\".\r\n3\t0\tA film.\r\n4\t1e-9\t Ok.\r\n"


def tar_of(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


class Index:
    """A folder in which pip finds one source archive, whose setup.py leaves a trace if it is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trace = folder / "setup.py was run"

    def put(self, form: str = "zip", **changes: bytes) -> PackageReviews:
        """Write the archive, and return the section of the configuration that names it."""
        files = {
            "PKG-INFO": b"Metadata-Version: 1.0\nName: rated\nVersion: 0.5\n",
            "setup.py": f"open({str(self.trace)!r}, 'w').close()\nraise SystemExit('run')\n".encode(),
            ARCHIVE: tar_of({f"old_name/{FILE}": RATINGS.encode(), "old_name/readme.txt": b"Ratings."}),
        }
        inside = {f"rated-0.5/{name}": data for name, data in (files | changes).items()}
        archive = self.folder / f"rated-0.5.{form}"
        archive.write_bytes(zip_of(inside) if form == "zip" else tar_of(inside))
        return PackageReviews(
            source="package",
            package="rated",
            version="0.5",
            sha256=sha256(archive),
            archive=ARCHIVE,
            file=FILE,
            license="MIT",
        )


@pytest.fixture
def index(tmp_path, monkeypatch) -> Index:
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return Index(folder)


@pytest.fixture
def work(tmp_path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def refusal(reviews: PackageReviews, work: Path) -> str:
    with pytest.raises(InputError) as caught:
        package.read(reviews, work, KEY)
    return str(caught.value)


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_ratings_become_labels_without_a_line_of_the_package_being_run(index, work, form):
    found = package.read(index.put(form), work, KEY)
    assert found.sentences.to_dict("list") == {
        "number": [0, 1, 3],
        "label": ["positive", "negative", "positive"],
        "sentence": ["A caf\u00e9 with a ''heart''.", 'Too {} "long".', "Ok."],
    }
    assert found.rows == 4
    assert sha256(found.file) == sha256(index.folder / f"rated-0.5.{form}")
    assert not index.trace.exists()


@pytest.mark.parametrize(
    "backend",
    [
        'build-backend = "setuptools.build_meta"',
        'build-backend = "setup"\nbackend-path = ["."]',
        'build-backend = "this"',
    ],
)
def test_no_backend_that_the_archive_names_is_run_be_it_its_own(index, work, backend):
    pyproject = f"[build-system]\nrequires = []\n{backend}\n".encode()
    found = package.read(index.put(**{"pyproject.toml": pyproject}), work, KEY)
    assert len(found.sentences) == 3
    assert not index.trace.exists()


def test_a_source_archive_with_a_file_beyond_all_measure_is_refused_before_it_is_unpacked(index, work, monkeypatch):
    monkeypatch.setattr(pip, "_MOST_BYTES", 100_000)
    message = refusal(index.put(zeros=bytes(200_000)), work)
    assert message.startswith(f"{KEY}: the source archive of rated==0.5, or a file in it, has more than 0 MB")


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_an_archive_that_unpacks_beyond_all_measure_is_refused_before_it_is_unpacked(index, work, monkeypatch, pack):
    monkeypatch.setattr(package, "_MOST_BYTES", 100_000)
    files = {"old_name/zeros": bytes(200_000), f"old_name/{FILE}": RATINGS.encode()}
    message = refusal(index.put(**{ARCHIVE: pack(files)}), work)
    assert message == f"{KEY}.file: {ARCHIVE}: unpacked up to old_name/zeros it has more than 0 MB"


def test_an_archive_with_another_checksum_is_refused_before_it_is_opened(index, work):
    reviews = index.put().model_copy(update={"sha256": "0" * 64})
    actual = sha256(index.folder / "rated-0.5.zip")
    assert refusal(reviews, work) == (f"{KEY}.sha256: {'0' * 64} given; the source archive of rated==0.5 has {actual}")
    assert not index.trace.exists()


def test_a_version_that_does_not_exist_names_its_key(index, work):
    message = refusal(index.put().model_copy(update={"version": "9.9"}), work)
    assert message.startswith(f"{KEY}.version: pip cannot download rated==9.9: ")


def test_an_archive_that_is_not_there_names_what_is(index, work):
    message = refusal(index.put().model_copy(update={"archive": "extra/other.tar.gz"}), work)
    assert message.startswith(f"{KEY}.archive: rated-0.5.zip holds no extra/other.tar.gz; it holds ")
    assert ARCHIVE in message


def test_a_file_that_is_not_there_names_what_is(index, work):
    message = refusal(index.put().model_copy(update={"file": "books.txt"}), work)
    assert message == f"{KEY}.file: {ARCHIVE} holds no books.txt; it holds old_name/{FILE}, old_name/readme.txt"


@pytest.mark.parametrize(
    "failure", [RuntimeError("File is encrypted, password required"), zlib.error("incorrect header check")]
)
def test_an_archive_that_the_library_fails_on_is_refused_whatever_it_raises(index, work, monkeypatch, failure):
    def fail(*_, **__):
        raise failure

    monkeypatch.setattr(tarfile.TarFile, "extractfile", fail)
    message = refusal(index.put(), work)
    assert message.startswith(f"{KEY}.file: {ARCHIVE} is no archive, or a damaged one: ")
    assert message.endswith(str(failure))


def test_an_archive_cut_short_is_refused(index, work):
    whole = tar_of({f"old_name/{FILE}": RATINGS.encode() * 1000})
    message = refusal(index.put(**{ARCHIVE: whole[: len(whole) // 2]}), work)
    assert message.startswith(f"{KEY}.file: {ARCHIVE} is no archive, or a damaged one: ")


def test_a_file_that_is_no_archive_is_refused(index, work):
    message = refusal(index.put(**{ARCHIVE: b"ratings"}), work)
    assert message.startswith(f"{KEY}.file: {ARCHIVE} is no archive")


@pytest.mark.parametrize("line", ["5\tgood\tA film.", "5\tnan\tA film.", "5\tinf\tA film.", "5\t1.5", "5\t1.5\t "])
def test_a_line_that_is_no_rated_sentence_is_refused_with_its_number(index, work, line):
    ratings = tar_of({f"old_name/{FILE}": (RATINGS + line + "\r\n").encode()})
    assert refusal(index.put(**{ARCHIVE: ratings}), work).startswith(f"{KEY}.file: {FILE}:5: ")
