"""What holds for all tests."""

import gc

import pytest
from huggingface_hub import close_session, constants
from hypothesis import settings

# A test that is slow once, on a busy machine, is not a wrong one.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_collection_finish() -> None:
    """Look for garbage only in what the tests make: what was imported, which is much, stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def hub_client(monkeypatch, tmp_path):
    """Keep the machine's own settings for the model hub out of a test."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    # The client pauses between attempts, seconds each.
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    close_session()
    yield
    close_session()
