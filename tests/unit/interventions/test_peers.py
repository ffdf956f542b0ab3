"""An intervention comes to the same in the libraries of the field; `make peers` runs this where they are installed."""

import pytest
import torch
from benchmarks.workload import Workload
from made_up_interventions import made_up_intervention
from tiny_models import LAYERS, build_tiny_model

from sna.model.loading import load_model
from sna.model.prompts import tokenize

pytest.importorskip("nnsight", reason="nnsight is not installed: run make peers")
pytest.importorskip("transformer_lens", reason="TransformerLens is not installed: run make peers")

peers = pytest.importorskip("benchmarks.peers")

TEXTS = [("The quick brown", " fox"), ("The quick", " dog"), ("and then it sleeps", " in the sun.")]


@pytest.mark.parametrize("family", ["gpt2", "llama"])
@pytest.mark.parametrize("peer", [peers.NNsight, peers.TransformerLens], ids=lambda peer: peer.name)
@torch.inference_mode()
def test_the_peers_give_the_same_probabilities(tmp_path, family, peer):
    model = load_model(build_tiny_model(family, tmp_path), family, LAYERS)
    intervention = made_up_intervention(model)
    workload = Workload([tokenize(model, *text) for text in TEXTS], None)
    with intervention.applied(model.network) as network:
        expected = workload.padded.probabilities(network(workload.padded.tokens).logits)
    other = peer(model)
    if hasattr(other, "prepare"):
        other.prepare(intervention.layer, [workload])
    found = other.measure(intervention.layer, workload, intervention.neurons, intervention.multiplier)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-9)
