"""What a process has run a model on is said, not what it was asked for."""

import platform
from pathlib import Path
from types import SimpleNamespace

import torch

from sna.provenance import device
from sna.provenance.device import describe_device


def test_without_a_gpu_a_model_ran_on_the_processor():
    known = describe_device()
    assert (known["kind"], known["driver"], known["cuda"]) == ("cpu", None, None)
    assert known["instructions"] == torch.backends.cpu.get_cpu_capability()
    assert known["name"] in Path("/proc/cpuinfo").read_text() or known["name"] in (
        platform.processor(),
        platform.machine(),
    )


def test_the_precision_of_products_is_the_one_that_was_set():
    torch.set_float32_matmul_precision("high")
    try:
        assert describe_device()["matmul"] == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert describe_device()["matmul"] == "highest"


def test_of_several_gpus_those_that_held_something_are_named(monkeypatch, tmp_path):
    (tmp_path / "version").write_text("580.95.05\n", encoding="utf-8")
    monkeypatch.setattr(device, "_DRIVER", tmp_path / "version")
    held = [0, 3, 3]
    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        device_count=lambda: 3,
        memory_stats=lambda number: {"allocation.all.allocated": held[number]},
        get_device_name=["A100", "H100", "H100"].__getitem__,
    )
    monkeypatch.setattr(torch, "cuda", cuda)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    known = describe_device()
    assert (known["kind"], known["name"], known["driver"], known["cuda"]) == ("cuda", "H100", "580.95.05", "13.0")
