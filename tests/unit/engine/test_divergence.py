"""The divergence from the unamplified model, against hooked forward passes and all of their logits."""

import pytest
import torch
from directions import pushed, unit_vectors
from tiny_models import LAYERS, PROSE, build_tiny_model

from sna.engine import chunks, prefix_tree
from sna.engine.chunks import Chunks
from sna.engine.divergence import measure_divergence
from sna.engine.grid import Grid
from sna.engine.reference import amplified
from sna.engine.site import Additions
from sna.errors import InputError
from sna.model.adapters import ADAPTERS
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt

TEXTS = [PROSE, "The lazy dog sleeps until the evening.", "The quick brown fox sleeps in the warm sun."]
RANKINGS = [[3, 17, 200, 8], [5, 6, 7, 9]]
GRID = Grid([2, 4], [1.5, 4.0])


@pytest.fixture(scope="module", params=ADAPTERS)
def model(request, tmp_path_factory):
    return load_model(build_tiny_model(request.param, tmp_path_factory.mktemp(request.param)), request.param, LAYERS)


@pytest.fixture(scope="module")
def texts(model):
    tokens = [tuple(model.tokenizer(text).input_ids) for text in TEXTS]
    return [TokenizedPrompt(text[:1], text[1:]) for text in tokens]


@torch.inference_mode()
def predictions(model, text: TokenizedPrompt) -> torch.Tensor:
    """Return the log-probability of every token, (tokens, vocabulary), where one of the text is predicted."""
    return model.network(torch.tensor([text.context]), use_cache=False).logits[0].double().log_softmax(dim=-1)


def by_hand(model, text: TokenizedPrompt, plain: torch.Tensor) -> tuple[float, float]:
    """Return a text's log-probability, and the divergence of what is predicted from plain predictions."""
    said = predictions(model, text)
    divergence = torch.nn.functional.kl_div(plain, said, log_target=True, reduction="sum")
    return said.gather(-1, torch.tensor(text.target)[:, None]).sum().item(), divergence.item()


@pytest.mark.parametrize("layer", [1, LAYERS - 1])
def test_scores_and_divergences_are_those_of_hooked_passes(model, texts, layer):
    directions = unit_vectors(model, 1)
    found = measure_divergence(model, layer, texts, Additions(RANKINGS, directions), GRID)
    assert found.after.shape == found.divergence.shape == (3, 2, 2, len(texts))
    for number, text in enumerate(texts):
        plain = predictions(model, text)
        assert found.before[number].item() == pytest.approx(by_hand(model, text, plain)[0], rel=1e-5)
        for c, count in enumerate(GRID.n_neurons):
            for m, multiplier in enumerate(GRID.multipliers):
                ways = [amplified(model, {layer: ranked[:count]}, multiplier) for ranked in RANKINGS]
                ways += [pushed(model, layer, RANKINGS[0][:count], multiplier, along) for along in directions]
                for w, way in enumerate(ways):
                    with way:
                        after, expected = by_hand(model, text, plain)
                    assert found.after[w, c, m, number].item() == pytest.approx(after, rel=1e-5)
                    assert found.divergence[w, c, m, number].item() == pytest.approx(expected, rel=1e-3, abs=1e-8)


def test_what_changes_nothing_does_not_diverge(model, texts):
    found = measure_divergence(model, 1, texts, Additions(RANKINGS), Grid([4], [1.0]))
    torch.testing.assert_close(found.after[0, 0, 0], found.before, rtol=1e-6, atol=0)
    assert found.divergence.abs().max() < 1e-9


def test_splitting_texts_variants_and_logits_changes_nothing(model, texts, monkeypatch):
    whole = measure_divergence(model, 1, texts, Additions(RANKINGS), GRID)
    monkeypatch.setattr(chunks, "CPU", Chunks(rows=60, tile=100, held=1))
    monkeypatch.setattr(prefix_tree.split, "__defaults__", (12,))
    parts = measure_divergence(model, 1, texts, Additions(RANKINGS), GRID)
    for name in ("before", "after", "divergence"):
        torch.testing.assert_close(getattr(parts, name), getattr(whole, name), rtol=1e-4, atol=1e-9)


def test_an_overflow_is_refused(model, texts):
    with pytest.raises(InputError, match="layer 1: a probability is not a number"):
        measure_divergence(model, 1, texts, Additions(RANKINGS), Grid([4], [float("inf")]))
