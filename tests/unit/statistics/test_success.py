import pandas as pd
import pytest

from sna.inputs.config import Statistics, Zones
from sna.statistics.success import measure_success

SETTINGS = Statistics(task_improvement="best", confidence_level=0.95, resamples=999, seed=1)
ZONES = Zones(boundaries=(0.07, 0.10), negligible=7)
TASKS = pd.DataFrame(
    {
        "task": ["addition", "rhymes", "verses"],
        "category": ["arithmetic", "poetry", "poetry"],
        "baseline": [0.01, 0.02, 0.5],
        "success_rate": [1.0, 0.5, 0.0],
    }
)


def test_success_is_averaged_over_all_and_by_task_category_and_zone():
    found = measure_success(TASKS, ZONES, SETTINGS)
    assert found.overall.value == pytest.approx(0.5)
    assert 0 <= found.overall.low < 0.5 < found.overall.high <= 1
    assert found.by_task == {"addition": 1.0, "rhymes": 0.5, "verses": 0.0}
    assert found.by_category == {"arithmetic": 1.0, "poetry": 0.25}
    assert found.by_zone == {"1": 0.75, "2": None, "3": 0.0}


@pytest.mark.filterwarnings("error")
def test_a_single_task_has_no_interval():
    overall = measure_success(TASKS.head(1), ZONES, SETTINGS).overall
    assert (overall.value, overall.low, overall.high) == (1.0, None, None)
