"""Noise keeps the size of what was measured, and none of its mean."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sna.simulation.noise import centre, draw


@given(arrays(float, array_shapes(min_dims=2, max_dims=3, max_side=6), elements=st.floats(-30, 30)))
def test_centred_changes_have_no_mean_and_the_spread_that_the_sample_tells_of_all(changes):
    centred = centre(changes)
    assert np.allclose(centred.mean(axis=0), 0)
    if len(changes) > 1:
        assert np.allclose(centred.std(axis=0), changes.std(axis=0, ddof=1))
    else:
        assert not centred.any()


def test_a_drawn_prompt_keeps_all_its_changes_together():
    changes = np.arange(12.0).reshape(4, 3)
    drawn = draw(changes, 500, np.random.default_rng(0))
    assert drawn.shape == (500, 3)
    assert {tuple(row) for row in drawn.tolist()} == {tuple(row) for row in changes.tolist()}
