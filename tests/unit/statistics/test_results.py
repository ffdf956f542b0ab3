"""A statistic's results are read back as they were, and a damaged file is named with its key."""

import json
from dataclasses import dataclass

import pandas as pd
import pytest
from made_up_evidence import EVIDENCE, SMOKE

from sna.errors import InputError
from sna.statistics.estimate import Estimate
from sna.statistics.registry import RESULTS, read_statistics
from sna.statistics.results import by_model, read_results, write_results


@dataclass(frozen=True)
class Found:
    """What a made-up statistic finds."""

    n: int
    rho: Estimate
    members: list[tuple[int, float]]


FOUND = Found(3, Estimate(0.1 + 0.2, None, None), [(5, 1.5)])


def damaged(folder, **changes):
    path = folder / "found.json"
    write_results({"small": FOUND}, path)
    content = json.loads(path.read_text())
    content["small"] |= changes
    path.write_text(json.dumps({"small": {key: value for key, value in content["small"].items() if value != "gone"}}))
    return path


def test_what_is_written_is_read_back_to_the_last_bit(tmp_path):
    write_results({"small": FOUND}, tmp_path / "found.json")
    assert read_results(tmp_path / "found.json", Found) == {"small": FOUND}


@pytest.mark.parametrize("name", RESULTS)
def test_every_statistic_is_read_back_as_it_was(name, tmp_path):
    results = {"gpt2": EVIDENCE[name], "small": SMOKE[name]}
    write_results(results, tmp_path / f"{name}.json")
    assert read_statistics([tmp_path / f"{name}.json"]) == {name: results}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"n": "gone"}, "small.n"),
        ({"n": 2.5}, "small.n"),
        ({"n": "3"}, "small.n"),
        ({"other": 1}, "small.other"),
        ({"rho": {"value": 1.0, "low": 0.5}}, "small.rho.high"),
        ({"members": [[5]]}, "small.members.0.1"),
    ],
)
def test_a_damaged_file_is_named_with_its_key_and_what_to_do(changes, key, tmp_path):
    with pytest.raises(InputError, match=rf"(?s)found\.json: {key}: .*delete it and run again$"):
        read_results(damaged(tmp_path, **changes), Found)


@pytest.mark.parametrize("content", [None, "", '{"small": {"n": 3'])
def test_a_missing_or_cut_file_is_named(content, tmp_path):
    path = tmp_path / "found.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"found\.json"):
        read_results(path, Found)


def test_each_model_has_its_rows_of_every_table():
    first = pd.DataFrame({"model": ["small", "large", "small"], "value": [1, 2, 3]})
    second = pd.DataFrame({"model": ["large", "small", "other"], "value": [4, 5, 6]})
    found = {model: (one["value"].tolist(), other["value"].tolist()) for model, one, other in by_model(first, second)}
    assert found == {"large": ([2], [4]), "small": ([1, 3], [5])}
