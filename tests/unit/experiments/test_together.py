"""Which tasks are amplified together, and what a neuron of several is multiplied by."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sna.engine.layers import Amplification
from sna.errors import InputError
from sna.experiments.together import amplify_random, choose_sets, join


@given(st.integers(2, 14), st.integers(1, 4), st.integers(0, 5))
def test_every_task_is_in_enough_sets_of_each_size(n_tasks, per_task, seed):
    tasks = [f"task{number}" for number in range(n_tasks)]
    sets = choose_sets(tasks, per_task, np.random.default_rng(seed))
    assert len(set(sets)) == len(sets)
    assert all(list(members) == sorted(set(members)) for members in sets)
    assert {members for members in sets if len(members) == 2} >= set(combinations(sorted(tasks), 2))
    assert [len(members) for members in sets] == sorted(len(members) for members in sets)
    assert set(map(len, sets)) == {1, 2, n_tasks} | {size for size in (3, 6) if size < n_tasks}
    for size in set(map(len, sets)):
        assert set(Counter(task for members in sets if len(members) == size for task in members)) == set(tasks)


def test_twelve_tasks_are_balanced():
    sets = choose_sets([f"task{number:02}" for number in range(12)], 4, np.random.default_rng(1))
    assert Counter(map(len, sets)) == {1: 12, 2: 66, 3: 16, 6: 8, 12: 1}
    for size in (3, 6):
        assert set(Counter(task for members in sets if len(members) == size for task in members).values()) == {4}


def test_a_neuron_of_two_tasks_is_amplified_once_by_the_larger_multiplier():
    parts = [Amplification.of_layer(2, [1, 2], 3.0), Amplification.of_layer(2, [2, 5], 1.5)]
    parts.append(Amplification.of_layer(0, [2], 5.0))
    expected = {2: {1: 3.0, 2: 3.0, 5: 1.5}, 0: {2: 5.0}}
    assert join(parts).factors == expected
    assert join(parts[::-1]).factors == expected


def test_random_neurons_are_as_many_others_of_the_same_layer_and_differ_by_draw():
    own = {"a": Amplification.of_layer(1, [0, 1, 2], 2.0), "b": Amplification.of_layer(3, [4], 0.5)}
    drawn = amplify_random(own, 50, 3, seed=1, model="tiny")
    assert len(drawn) == 3
    for draw in drawn:
        assert set(draw["a"].factors[1].values()) == {2.0}
        assert len(set(draw["a"].factors[1]) - {0, 1, 2}) == 3
        assert list(draw["b"].factors) == [3]
    assert len({tuple(draw["a"].factors[1]) for draw in drawn}) == 3
    assert drawn == amplify_random(own, 50, 3, seed=1, model="tiny") != amplify_random(own, 50, 3, seed=2, model="tiny")
    with pytest.raises(InputError, match=r"^neurons: 3 given"):
        amplify_random(own, 5, 3, seed=1, model="tiny")
