"""Controls: which neurons and directions are drawn beside the selected neurons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sna.errors import InputError
from sna.experiments.controls import DRAWN, NEAREST, draw_controls, draw_direction, draw_matched, draw_random

RNG = np.random.default_rng(0)
NEURONS, WIDTH = 400, 24
ACTIVATIONS = RNG.lognormal(0, 1, NEURONS)
SELECTED = np.argsort(-ACTIVATIONS * RNG.lognormal(0, 1, NEURONS))[:30]
NAMED = {"model": "small", "task": "rhymes", "layer": 3}


def draws(selected=SELECTED, activations=ACTIVATIONS, count=4, seed=1, **named):
    return draw_controls(selected, activations, WIDTH, dict.fromkeys(DRAWN, count), seed, **(NAMED | named))


def drawn(found):
    return {(each.kind, each.draw): each.what.tolist() for each in found}


def test_there_are_as_many_of_each_kind_as_asked_for():
    counts = {"random": 3, "matched": 1, "direction": 2}
    found = draw_controls(SELECTED, ACTIVATIONS, WIDTH, counts, 1, **NAMED)
    assert [(each.kind, each.source, each.draw) for each in found] == [
        (kind, "rhymes", number) for kind, count in counts.items() for number in range(count)
    ]


@given(data=st.data(), width=st.integers(2, 60), seed=st.integers(0, 9))
def test_a_draw_of_neurons_has_as_many_others_and_none_twice(data, width, seed):
    selected = np.array(data.draw(st.lists(st.integers(0, width - 1), min_size=1, max_size=width // 2, unique=True)))
    activations = np.array(data.draw(st.lists(st.integers(0, 3), min_size=width, max_size=width)), dtype=float)
    for each in draws(selected, activations, seed=seed):
        if each.kind == "direction":
            continue
        assert len(set(each.what.tolist())) == len(selected)
        assert not set(each.what.tolist()) & set(selected.tolist())
        assert set(each.what.tolist()) <= set(range(width))


def test_more_neurons_than_half_of_a_layer_are_refused():
    with pytest.raises(InputError, match=r"neurons: 30 given; a layer of this model has 59 neurons"):
        draws(activations=ACTIVATIONS[:59], selected=np.arange(30))


def test_a_draw_is_the_same_however_many_others_there_are():
    few, many = drawn(draws(count=2)), drawn(draws(count=9))
    assert few == {key: many[key] for key in few}


@pytest.mark.parametrize("other", [{"seed": 2}, {"model": "large"}, {"task": "verses"}, {"layer": 4}])
def test_another_seed_model_task_or_layer_draws_others(other):
    one, two = drawn(draws()), drawn(draws(**other))
    assert all(one[key] != two[key] for key in one)


def test_draws_of_a_kind_differ_from_one_another():
    found = drawn(draws(count=6))
    assert len({tuple(sorted(what)) for what in found.values()}) == len(found)


def test_every_other_neuron_is_as_likely_to_be_drawn_at_random():
    selected, rng = np.arange(5), np.random.default_rng(3)
    found = np.concatenate([draw_random(selected, 20, rng) for _ in range(3000)])
    counts = np.bincount(found, minlength=20)
    assert not counts[:5].any()
    # Each of 15 is drawn with probability 1/3: 1000 times, give or take 5 standard deviations of 26.
    assert np.abs(counts[5:] - 1000).max() < 130


def test_directions_have_length_one_and_lean_nowhere():
    rng = np.random.default_rng(4)
    found = np.array([draw_direction(WIDTH, rng) for _ in range(4000)])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    # The mean square of a component is 1/24, and that of two components' product 1/24^2, give or take.
    np.testing.assert_allclose(found.T @ found / len(found), np.eye(WIDTH) / WIDTH, atol=0.005)
    assert np.abs(found.mean(axis=0)).max() < 0.02


def test_matched_neurons_are_about_as_active_and_random_ones_are_not():
    # Of the most active quarter every fifth was selected, so that there are others like each.
    order = np.argsort(ACTIVATIONS)
    selected = order[300::5]
    matched = draw_matched(selected, ACTIVATIONS, np.random.default_rng(1))
    ranks = np.argsort(order)
    assert np.abs(ranks[matched] - ranks[selected]).max() <= 2 * NEAREST
    assert ACTIVATIONS[matched].mean() == pytest.approx(ACTIVATIONS[selected].mean(), rel=0.1)
    random = draw_random(selected, len(ACTIVATIONS), np.random.default_rng(1))
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
