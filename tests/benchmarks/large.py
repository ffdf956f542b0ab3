"""A random model of about a billion parameters in bfloat16: fetched, swept, and compared with the reference.

    OMP_NUM_THREADS=1 PYTHONPATH=scripts:tests .venv/bin/python -m benchmarks.large llama

Prints seconds and memory. Exits with 1 if more than 12 GiB were needed, or the engine is off.
"""

import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from tiny_models import build_tiny_config, build_tokenizer
from transformers import AutoModelForCausalLM

from sna.engine.grid import Grid
from sna.engine.precision import measure_precision
from sna.fetching.models import fetch
from sna.inputs.origins import FolderModel
from sna.model.loading import load_model
from sna.model.prompts import tokenize

VOCABULARY = 50_000
LAYERS = 16
SHAPE = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 32,
    "max_position_embeddings": 2048,
    "initializer_range": 0.02,
}
#: Of those families whose configurations share these names.
FAMILIES = ("llama", "gpt_neox", "olmo2", "phi3", "starcoder2")
LIMIT = 12 * 2**30
#: The largest relative error of a probability that amplify_layer allows.
BOUND = 1e-4


def build(family: str, folder: Path) -> int:
    """Save a random model in several files, and return how many parameters it has."""
    network = AutoModelForCausalLM.from_config(build_tiny_config(family, VOCABULARY, **SHAPE), dtype=torch.bfloat16)
    network.save_pretrained(folder, max_shard_size="500MB")
    build_tokenizer().save_pretrained(folder)
    return sum(weight.numel() for weight in network.parameters())


def peak() -> int:
    """Return the most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(family: str) -> None:
    """Try a model of a family."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "fetched")
        parameters = build(family, source)
        section = FolderModel(source="path", path=str(source), layers=LAYERS, license="none", weights="bfloat16")
        start = time.perf_counter()
        fetch(family, section, target)
        fetched = time.perf_counter()
        model = load_model(target, family, LAYERS)
        prompts = [tokenize(model, "The quick brown", " fox"), tokenize(model, "2 + 2 =", " 4")]
        ranked = {layer: list(range(50)) for layer in (LAYERS // 2, LAYERS - 1)}
        precision = measure_precision(model, prompts, ranked, Grid([5, 50], [1.5, 5.0]), torch.float32)
    error, measured = precision.largest_relative_error, time.perf_counter()
    print(
        f"{family}: {parameters / 1e9:.2f} billion parameters, {peak() / 2**30:.1f} GiB at most, fetched in "
        f"{fetched - start:.0f} s, measured in {measured - fetched:.0f} s, largest relative error {error:.0e}"
    )
    sys.exit(not (peak() <= LIMIT and error <= BOUND))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in FAMILIES:
        sys.exit(f"give one of {', '.join(FAMILIES)}")
    main(sys.argv[1])
