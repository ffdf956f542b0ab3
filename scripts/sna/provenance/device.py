"""The device that a model was run on."""

import platform
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Where the version of NVIDIA's driver stands while it is loaded.
_DRIVER = Path("/sys/module/nvidia/version")
_PROCESSORS = Path("/proc/cpuinfo")


def describe_device() -> dict[str, str | None]:
    """Say on what this process has run a model: what was used, not what was asked for.

    Returns
    -------
    dict
        ``kind`` (cpu or cuda); ``name`` of the processor or the GPU; ``matmul``, torch's precision of float32
        matrix products, ``highest`` or one that takes TF32 or bfloat16 for them; of the CPU ``instructions``, the
        widest that torch uses; of CUDA ``driver`` and ``cuda``, the versions of NVIDIA's driver and of what torch is
        built for.
    """
    torch = sys.modules["torch"]
    known = {"matmul": torch.get_float32_matmul_precision(), "instructions": None, "driver": None, "cuda": None}
    if torch.cuda.is_initialized():
        used = [number for number in range(torch.cuda.device_count()) if _allocated(torch, number)]
        names = sorted({torch.cuda.get_device_name(number) for number in used})
        versions = {"driver": _driver(), "cuda": torch.version.cuda}
        return known | {"kind": "cuda", "name": ", ".join(names)} | versions
    return known | {"kind": "cpu", "name": _processor(), "instructions": torch.backends.cpu.get_cpu_capability()}


def _allocated(torch: Any, number: int) -> bool:
    """Whether anything was ever put on a GPU."""
    return torch.cuda.memory_stats(number).get("allocation.all.allocated", 0) > 0


def _driver() -> str | None:
    with suppress(OSError):
        return _DRIVER.read_text(encoding="utf-8").strip()
    return None


def _processor() -> str:
    with suppress(OSError):
        for line in _PROCESSORS.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
