import json
import socket
from pathlib import Path

import pytest
from disks import small_disk
from hub_server import COMMIT, Hub, serve
from huggingface_hub import HfApi, constants
from tiny_models import build_tiny_model
from transformers import AutoModelForCausalLM

from sna.errors import InputError
from sna.fetching.models import hub as hub_source
from sna.inputs.origins import HubModel

pytestmark = pytest.mark.usefixtures("hub_client")

KEY = "config.yaml: models.tiny"
REPOSITORY = "someone/tiny"


@pytest.fixture(scope="module")
def content(tmp_path_factory) -> dict[str, bytes]:
    """The files of a tiny GPT-2, with others around them that nobody needs."""
    folder = build_tiny_model("gpt2", tmp_path_factory.mktemp("gpt2"))
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return files | {
        "README.md": b"---\nlicense: mit\n---\n# Tiny",
        "pytorch_model.bin": b"a pickle",
        "flax_model.msgpack": b"something else",
    }


@pytest.fixture
def hub(content):
    with serve({REPOSITORY: dict(content)}) as running:
        yield running


def model(**changes) -> HubModel:
    section = {"source": "hub", "repository": REPOSITORY, "revision": COMMIT, "layers": 4, "license": "MIT"}
    return HubModel(**(section | changes))


def download(hub: Hub, folder, **changes):
    folder.mkdir(exist_ok=True)
    return hub_source.download(model(**changes), folder, KEY, endpoint=hub.url)


def refusal(hub: Hub, folder, **changes) -> str:
    with pytest.raises(InputError) as caught:
        download(hub, folder, **changes)
    return str(caught.value)


def shard(files: dict[str, bytes], folder) -> None:
    """Replace the one file of weights by several and an index."""
    (folder / "whole").mkdir()
    for name in ("config.json", "model.safetensors"):
        (folder / "whole" / name).write_bytes(files[name])
    del files["model.safetensors"]
    tiny = AutoModelForCausalLM.from_pretrained(folder / "whole")
    tiny.save_pretrained(folder / "shards", max_shard_size="100KB")
    files |= {path.name: path.read_bytes() for path in (folder / "shards").glob("model*")}


def test_a_download_holds_what_the_hub_lists(hub, content, tmp_path):
    checkpoint = download(hub, tmp_path / "original")
    assert set(checkpoint.files) == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    for name in checkpoint.files:
        assert (checkpoint.folder / name).read_bytes() == content[name]


def test_files_that_are_not_needed_are_not_downloaded(hub, tmp_path):
    download(hub, tmp_path / "original")
    assert not [request for request in hub.requests if request.endswith((".bin", ".msgpack"))]


def test_sharded_weights_are_downloaded_with_their_index(hub, tmp_path):
    shard(hub.files[REPOSITORY], tmp_path)
    checkpoint = download(hub, tmp_path / "original")
    shards = sorted(name for name in checkpoint.files if name.startswith("model-"))
    assert len(shards) > 1
    assert AutoModelForCausalLM.from_pretrained(checkpoint.folder).config.n_layer == 4


def test_a_missing_shard_is_named(hub, tmp_path):
    files = hub.files[REPOSITORY]
    shard(files, tmp_path)
    lost = sorted(name for name in files if name.startswith("model-"))[-1]
    del files[lost]
    assert lost in refusal(hub, tmp_path / "original")


def test_a_missing_revision_names_its_key(hub, tmp_path):
    message = refusal(hub, tmp_path / "original", revision="f" * 40)
    assert message.startswith(f"{KEY}.revision: ")
    assert "f" * 40 in message


def test_a_missing_repository_names_its_key(hub, tmp_path):
    message = refusal(hub, tmp_path / "original", repository="someone/else")
    assert message.startswith(f"{KEY}.repository: ")
    assert "someone/else" in message


def test_a_repository_name_that_no_hub_allows_is_refused(hub, tmp_path):
    assert refusal(hub, tmp_path / "original", repository="some--one/tiny").startswith(f"{KEY}.repository: ")


def test_a_gated_repository_asks_for_a_token(hub, tmp_path):
    hub.status, hub.error = 403, "GatedRepo"
    assert "HF_TOKEN" in refusal(hub, tmp_path / "original")


@pytest.mark.parametrize(("status", "message"), [(401, "Invalid credentials in Authorization header"), (403, "")])
def test_a_token_that_is_refused_is_named(hub, tmp_path, status, message):
    hub.status, hub.message = status, message
    assert "HF_TOKEN" in refusal(hub, tmp_path / "original")


def test_a_hub_that_fails_says_its_status(hub, tmp_path):
    hub.status = 503
    assert "503" in refusal(hub, tmp_path / "original")


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_truncated_download_is_refused(hub, tmp_path, name):
    hub.damage[name] = lambda body: body[: len(body) // 2]
    message = refusal(hub, tmp_path / "original")
    assert message.startswith(f"{KEY}.repository: ")
    assert "run again" in message


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_file_with_changed_bytes_is_refused_by_name(hub, tmp_path, name):
    hub.damage[name] = lambda body: body[:-2] + b"!" + body[-1:]
    message = refusal(hub, tmp_path / "original")
    assert f"{name} is not what the hub lists" in message


def test_a_refused_connection_says_what_to_do_without_a_network(hub, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        hub.url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        message = refusal(hub, tmp_path / "original")
    assert "cannot be downloaded" in message
    assert "source: path" in message


@pytest.fixture
def cached(hub, monkeypatch):
    """A hub whose files another program left in the cache, and that cannot be asked any more."""
    folder = HfApi(endpoint=hub.url).snapshot_download(REPOSITORY, revision=COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub.requests.clear()
    return Path(folder)


def test_offline_the_hubs_cache_is_taken_and_its_files_are_verified(hub, cached, content, tmp_path):
    checkpoint = download(hub, tmp_path / "original")
    assert set(checkpoint.files) == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    for name in checkpoint.files:
        assert (checkpoint.folder / name).read_bytes() == content[name]
    assert not hub.requests
    for number, name in enumerate(["config.json", "model.safetensors"]):
        kept = (cached / name).resolve()
        kept.write_bytes(kept.read_bytes() + b" ")
        assert f"{name} in the hub's cache is not what the hub listed" in refusal(hub, tmp_path / f"{number}")
        kept.write_bytes(content[name])


def test_offline_a_commit_that_the_cache_lacks_is_named(hub, cached, tmp_path):
    message = refusal(hub, tmp_path / "original", revision="f" * 40)
    assert message.startswith(f"{KEY}.repository: HF_HUB_OFFLINE is set")
    assert "source: path" in message


@pytest.mark.parametrize(
    ("card", "given", "said"),
    [
        ("license: mit", "MIT", None),
        ("license: llama3.2", "Llama 3.2 Community License, https://www.llama.com/llama3_2/license", None),
        ("license: other\nlicense_name: tiny-terms", "Tiny Terms, https://example.org", None),
        ("license: other", "MIT", None),
        ("license: [mit, apache-2.0]", "MIT", None),
        ("license: apache-2.0", "MIT", "apache-2.0"),
        ("license: other\nlicense_name: tiny-terms", "MIT", "tiny-terms"),
    ],
)
def test_a_licence_that_the_repository_does_not_have_is_refused(hub, tmp_path, card, given, said):
    hub.files[REPOSITORY]["README.md"] = f"---\n{card}\n---\n# Tiny".encode()
    if said is None:
        assert "README.md" not in download(hub, tmp_path / "original", license=given).files
    else:
        message = refusal(hub, tmp_path / "original", license=given)
        assert message == f"{KEY}.license: {given} given; the repository's README.md says {said}"
        assert not [request for request in hub.requests if request.endswith(".safetensors")]


def test_a_repository_with_only_pickled_weights_is_refused(hub, tmp_path):
    del hub.files[REPOSITORY]["model.safetensors"]
    message = refusal(hub, tmp_path / "original")
    assert "there is no model.safetensors" in message
    assert not [request for request in hub.requests if request.endswith(".bin")]


def test_a_config_that_wants_remote_code_is_refused_before_the_weights_are_downloaded(hub, tmp_path):
    files = hub.files[REPOSITORY]
    config = json.loads(files["config.json"]) | {"auto_map": {"AutoModelForCausalLM": "modeling.Tiny"}}
    files["config.json"] = json.dumps(config).encode()
    assert "auto_map" in refusal(hub, tmp_path / "original")
    assert not [request for request in hub.requests if request.endswith(".safetensors")]


def test_a_repository_with_an_adapter_is_refused_before_the_weights_are_downloaded(hub, tmp_path):
    hub.files[REPOSITORY]["adapter_config.json"] = b"{}"
    assert "adapter_config.json belongs to an adapter" in refusal(hub, tmp_path / "original")
    assert not [request for request in hub.requests if request.endswith(".safetensors")]


def test_an_architecture_without_an_adapter_is_refused_before_the_weights_are_downloaded(hub, tmp_path):
    files = hub.files[REPOSITORY]
    files["config.json"] = json.dumps(json.loads(files["config.json"]) | {"model_type": "t5"}).encode()
    assert "architecture 't5' is not supported" in refusal(hub, tmp_path / "original")
    assert not [request for request in hub.requests if request.endswith(".safetensors")]


def test_a_repository_with_a_generation_config_is_fetched_without_it(hub, tmp_path):
    hub.files[REPOSITORY]["generation_config.json"] = b'{"temperature": 0.9}'
    download(hub, tmp_path / "original")
    assert not (tmp_path / "original" / "generation_config.json").exists()


@pytest.mark.filterwarnings("ignore:Not enough free disk space")
def test_a_full_disk_is_named_with_the_size_of_the_download(hub, content, tmp_path):
    with small_disk(tmp_path / "small", kilobytes=256) as folder:
        message = refusal(hub, folder)
    assert message.startswith(f"{folder}")
    assert "No space left on device (" in message
    assert f", {len(content['model.safetensors']) / 1e6:.1f} MB needed)" in message
    assert "network" not in message


def test_a_full_disk_is_named_whatever_the_hubs_compiled_client_raises(hub, tmp_path, monkeypatch):
    def fill(*_, **__):
        raise RuntimeError("Data processing error: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(HfApi, "snapshot_download", fill)
    assert refusal(hub, tmp_path / "original").startswith(f"{tmp_path / 'original'}: No space left on device (")


def test_a_server_that_is_no_hub_is_refused(hub, tmp_path):
    hub.status = 200
    assert "HF_ENDPOINT" in refusal(hub, tmp_path / "original")


@pytest.mark.parametrize(
    "listing",
    [
        b"null",
        b"5",
        b"[5]",
        b'["config.json"]',
        b'{"type": "file"}',
        b'[{"type": "file"}]',
        b'[{"path": "config.json", "size": 5}]',
        b'[{"type": "file", "path": 5, "size": 5, "oid": "1"}]',
        b'[{"type": "file", "path": "config.json", "size": "large", "oid": "1"}]',
        b'[{"type": "file", "path": "config.json", "size": null, "oid": "1"}]',
        b'[{"type": "file", "path": "config.json", "size": 5, "oid": "1", "lfs": 5}]',
        b"[" * 10_000,
    ],
)
def test_a_listing_that_is_none_is_refused_in_one_line(hub, tmp_path, listing):
    hub.listing = listing
    message = refusal(hub, tmp_path / "original")
    assert message.startswith(f"{KEY}.repository: ")
    assert "\n" not in message


def test_an_index_that_leads_out_of_the_folder_is_refused(hub, tmp_path):
    files = hub.files[REPOSITORY]
    files["../outside.safetensors"] = files.pop("model.safetensors")
    files["model.safetensors.index.json"] = json.dumps({"weight_map": {"a": "../outside.safetensors"}}).encode()
    message = refusal(hub, tmp_path / "original")
    assert message.startswith(f"{KEY}.repository: ")
    assert not (tmp_path / "outside.safetensors").exists()
