"""Jobs that run at once on a machine with several GPUs use all of them."""

from types import SimpleNamespace

import pytest
import torch

from sna.locks import lock
from sna.model.gpus import take_gpu
from sna.model.loading import choose_device


@pytest.fixture
def held(tmp_path, monkeypatch):
    """Make believe that this machine has two GPUs; return what takes one as another process does."""
    monkeypatch.setattr("sna.model.gpus.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("sna.model.gpus._HELD", [])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: SimpleNamespace(uuid=f"gpu-{number}"))
    monkeypatch.setattr("os.getuid", lambda: 7)
    take_gpu.cache_clear()
    files = []
    yield lambda number: files.append(lock(tmp_path / f"sna-7-gpu-{number}", "a GPU"))
    for file in files:
        file.close()
    take_gpu.cache_clear()


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_a_job_takes_the_first_gpu_that_is_free_and_keeps_it(held, device):
    held(0)
    assert [choose_device(device), choose_device(device)] == ["cuda:1", "cuda:1"]


def test_where_all_gpus_are_taken_a_job_shares_one(held, monkeypatch):
    held(0)
    held(1)
    monkeypatch.setattr("os.getpid", lambda: 5)
    assert choose_device("cuda") == "cuda:1"


def test_the_cpu_is_nobodys(held):
    assert choose_device("cpu") == "cpu"
