"""Mixing what parts project to is projecting every variant, whatever norm lies before."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sna.engine.mixture import Parts, Variants
from sna.model.architecture import Norm, Projection, normalize

ROWS, WIDTH, OUT = 5, 8, 6
_weight, _bias = torch.linspace(0.5, 2, WIDTH, dtype=torch.float64), torch.linspace(-1, 1, WIDTH, dtype=torch.float64)
NORMS = {
    "none": None,
    "rms": Norm(_weight, None, 1e-6, centred=False),
    "layer": Norm(_weight, _bias, 1e-6, centred=True),
}


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("norm", NORMS.values(), ids=NORMS)
@given(shared=st.integers(0, 2), size=st.integers(1, ROWS), seed=st.integers(0, 2**31))
def test_projected_variants_are_mixed_from_projected_parts(norm, biased, shared, size, seed):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    parts = Parts(draw(ROWS, WIDTH), draw(shared + 3, ROWS, WIDTH))
    variants = Variants(torch.tensor([0, 2, 1, 2]) + shared, draw(4, ROWS, shared + 1))
    projection = Projection(draw(OUT, WIDTH), draw(OUT) if biased else None)

    mixed = parts.mix(variants)
    for number, own in enumerate(variants.own):
        of_parts = torch.cat([parts.parts[:shared], parts.parts[own, None]])
        by_hand = parts.base + torch.einsum("rp,prw->rw", variants.weights[number], of_parts)
        torch.testing.assert_close(mixed[number], by_hand)

    normed = parts.normed(norm)
    weights = variants.normed(norm, mixed).spread(len(normed.parts))
    split = zip(normed.project(projection).split(size), weights.split(size), strict=True)
    found = torch.cat([projected.mix(of_rows) for projected, of_rows in split]).transpose(0, 1)
    torch.testing.assert_close(found, projection(normalize(norm, mixed)))
