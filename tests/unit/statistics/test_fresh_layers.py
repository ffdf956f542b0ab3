"""Gains at the best layers of the categories."""

import numpy as np
import pytest
from made_up_fresh import made_up_task

from sna.inputs.config import Statistics
from sna.statistics.estimate import UNDEFINED, Estimate
from sna.statistics.fresh_layers import measure_fresh_layers

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=99, seed=1)


def task(name, **gains):
    return made_up_task(np.zeros(2), name=name, layer_gains=gains)


def test_specialization_is_the_gain_at_the_own_best_layer_less_the_mean_at_the_others():
    tasks = [
        task("addition", arithmetic=1.0, poetry=0.2, coding=0.4),
        task("subtraction", arithmetic=0.5, poetry=0.5, coding=0.1),
        task("rhymes", arithmetic=0.0, poetry=0.3, coding=0.0),
    ]
    found = measure_fresh_layers(tasks, SETTINGS)
    assert found.specialization.value == pytest.approx(np.mean([0.7, 0.2, 0.3]))
    assert found.specialization.low < 0.2
    assert found.layers == {"arithmetic": 0, "coding": 2, "poetry": 1}
    assert {kind: list(gains) for kind, gains in found.by_category.items()} == {
        "arithmetic": ["arithmetic", "coding", "poetry"],
        "poetry": ["arithmetic", "coding", "poetry"],
    }
    assert found.by_category["arithmetic"]["coding"].value == pytest.approx(0.25)
    assert found.by_category["poetry"]["poetry"] == Estimate(0.3, None, None)


@pytest.mark.filterwarnings("error")
def test_where_no_task_was_measured_at_another_layer_nothing_is_known():
    assert measure_fresh_layers([task("addition")], SETTINGS).specialization == UNDEFINED
    assert measure_fresh_layers([task("addition", arithmetic=1.0)], SETTINGS).specialization == UNDEFINED
    nothing = measure_fresh_layers([], SETTINGS)
    assert (nothing.specialization, nothing.by_category, nothing.layers) == (UNDEFINED, {}, {})


def test_a_task_whose_own_category_has_no_best_layer_says_nothing_of_it():
    found = measure_fresh_layers(
        [task("addition", poetry=1.0, coding=0.5), task("rhymes", poetry=1, coding=0)], SETTINGS
    )
    assert found.specialization.value == 1
