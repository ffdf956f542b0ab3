"""Random controls: which neurons are drawn beside the selected ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sna.errors import InputError
from sna.experiments.controls import NEAREST, draw_controls, draw_matched, draw_random

RNG = np.random.default_rng(0)
WIDTH = 400
ACTIVATIONS = RNG.lognormal(0, 1, WIDTH)
SELECTED = np.argsort(-ACTIVATIONS * RNG.lognormal(0, 1, WIDTH))[:30]
NAMED = {"model": "small", "task": "rhymes", "layer": 3}


def draws(selected=SELECTED, activations=ACTIVATIONS, count=4, seed=1, **named):
    return draw_controls(selected, activations, count, seed, **(NAMED | named))


def neurons(found):
    return {(draw.kind, draw.number): draw.neuron_ids.tolist() for draw in found}


def test_the_selected_come_first_and_then_as_many_draws_of_either_kind():
    found = draws(count=3)
    assert [(draw.kind, draw.number) for draw in found] == [
        ("selected", 0),
        *[(kind, number) for kind in ("random", "matched") for number in range(3)],
    ]
    np.testing.assert_array_equal(found[0].neuron_ids, SELECTED)


@given(data=st.data(), width=st.integers(2, 60), seed=st.integers(0, 9))
def test_a_draw_has_as_many_other_neurons_and_none_twice(data, width, seed):
    selected = np.array(data.draw(st.lists(st.integers(0, width - 1), min_size=1, max_size=width // 2, unique=True)))
    activations = np.array(data.draw(st.lists(st.integers(0, 3), min_size=width, max_size=width)), dtype=float)
    for draw in draws(selected, activations, seed=seed)[1:]:
        assert len(set(draw.neuron_ids.tolist())) == len(selected)
        assert not set(draw.neuron_ids.tolist()) & set(selected.tolist())
        assert set(draw.neuron_ids.tolist()) <= set(range(width))


def test_more_neurons_than_half_of_a_layer_are_refused():
    with pytest.raises(InputError, match=r"neurons: 30 given; a layer of this model has 59 neurons"):
        draws(activations=ACTIVATIONS[:59], selected=np.arange(30))


def test_a_draw_is_the_same_however_many_others_there_are():
    few, many = neurons(draws(count=2)), neurons(draws(count=9))
    assert few == {key: many[key] for key in few}


@pytest.mark.parametrize("other", [{"seed": 2}, {"model": "large"}, {"task": "verses"}, {"layer": 4}])
def test_another_seed_model_task_or_layer_draws_other_neurons(other):
    one, two = neurons(draws()), neurons(draws(**other))
    assert all(one[key] != two[key] for key in one if key[0] != "selected")


def test_draws_of_a_kind_differ_from_one_another():
    found = neurons(draws(count=6))
    assert len({tuple(sorted(drawn)) for drawn in found.values()}) == len(found)


def test_every_other_neuron_is_as_likely_to_be_drawn_at_random():
    selected, rng = np.arange(5), np.random.default_rng(3)
    drawn = np.concatenate([draw_random(selected, np.arange(20.0), rng) for _ in range(3000)])
    counts = np.bincount(drawn, minlength=20)
    assert not counts[:5].any()
    # Each of 15 is drawn with probability 1/3: 1000 times, give or take 5 standard deviations of 26.
    assert np.abs(counts[5:] - 1000).max() < 130


def test_matched_neurons_are_about_as_active_and_random_ones_are_not():
    # Of the most active quarter every fifth was selected, so that there are others like each.
    order = np.argsort(ACTIVATIONS)
    selected = order[300::5]
    matched = draw_matched(selected, ACTIVATIONS, np.random.default_rng(1))
    ranks = np.argsort(order)
    assert np.abs(ranks[matched] - ranks[selected]).max() <= 2 * NEAREST
    assert ACTIVATIONS[matched].mean() == pytest.approx(ACTIVATIONS[selected].mean(), rel=0.1)
    random = draw_random(selected, ACTIVATIONS, np.random.default_rng(1))
    assert ACTIVATIONS[random].mean() < 0.7 * ACTIVATIONS[selected].mean()


def test_the_first_of_a_matched_draw_match_the_first_that_were_selected():
    # One quiet and one loud neuron were selected, in this order: a prefix of the draw must be quiet too.
    activations = np.concatenate([np.linspace(1, 1.1, 50), np.linspace(9, 9.1, 50)])
    quiet, loud = draw_matched([10, 60], activations, np.random.default_rng(1))
    assert activations[quiet] < 2
    assert activations[loud] > 8


def test_where_the_most_active_were_selected_the_next_most_active_match_them():
    activations = np.arange(100.0)
    matched = draw_matched(np.arange(99, 89, -1), activations, np.random.default_rng(1))
    assert activations[matched].min() >= 90 - 10 - NEAREST
