"""Which neurons a view amplifies: those that were asked for, each once, and none that is not there."""

import pandas as pd
import pytest

from sna.errors import InputError
from sna.experiments.ranking import top_neurons
from sna.exploration.limits import CONFIGURATIONS, LISTED, check_configurations
from sna.exploration.neurons import check_listed, merged

RANKING = pd.DataFrame(
    [
        {"task": task, "layer": layer, "rank": rank, "neuron": 100 * layer + 10 * rank + len(task)}
        for task in ("sums", "rhymes")
        for layer in (0, 1, 2)
        for rank in (1, 2, 3)
    ]
)


def test_the_top_neurons_are_the_first_of_the_ranking():
    shuffled = RANKING.sample(frac=1, random_state=0)
    assert top_neurons(shuffled, "sums", [2, 0], 2) == {0: [14, 24], 2: [214, 224]}


@pytest.mark.parametrize(
    ("task", "layers", "count", "message"),
    [
        ("poems", [0], 1, "task: 'poems' is not ranked; choose one of rhymes, sums"),
        ("sums", [0, 3], 1, "layers: there is no layer 3; the last is 2"),
        ("sums", [0], 4, "neurons: 4 given; the study ranks 3 of each layer"),
    ],
)
def test_neurons_that_are_not_ranked_are_refused(task, layers, count, message):
    with pytest.raises(InputError, match=message):
        top_neurons(RANKING, task, layers, count)


def test_a_neuron_that_two_tasks_share_is_amplified_once():
    assert merged([{3: [1, 2], 1: [5]}, {3: [2, 9]}]) == {1: [5], 3: [1, 2, 9]}


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ({4: [0]}, "the model has no layer 4; its last is 3"),
        ({1: [0, 512]}, "layer 1 has no neuron 512; its last is 511"),
        ({0: list(range(300)), 1: list(range(300))}, f"600 listed; the explorer takes at most {LISTED}"),
    ],
)
def test_listed_neurons_that_are_not_there_are_refused(listed, message):
    with pytest.raises(InputError, match=message):
        check_listed(listed, n_layers=4, n_neurons=512)


def test_a_listed_neuron_is_amplified_once():
    assert check_listed({2: [7, 7, 1]}, n_layers=4, n_neurons=512) == {2: [7, 1]}


def test_a_sweep_that_is_too_large_is_refused_with_what_would_do():
    check_configurations(35, 7, 8)
    with pytest.raises(InputError, match=rf"2,016 configurations.*at most {CONFIGURATIONS:,}. Choose 35 layers"):
        check_configurations(36, 7, 8)
