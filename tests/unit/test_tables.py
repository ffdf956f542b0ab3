import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sna.errors import InputError
from sna.tables import AMPLIFIED, read_table, write_table

KEYS = ["model", "task", "layer", "neurons", "multiplier", "prompt"]


def amplified() -> pd.DataFrame:
    """Two tasks, which differ in their number of prompts, at one layer."""
    grid = itertools.product([("addition", 2), ("rhymes", 3)], [5, 10], [1.5, 2.0])
    rows = [
        ("tiny", task, 3, neurons, multiplier, prompt, "first" if prompt == 0 else "second", 0.1 / (prompt + 3))
        for (task, prompts), neurons, multiplier in grid
        for prompt in range(prompts)
    ]
    return pd.DataFrame(rows, columns=list(AMPLIFIED.columns))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "layer_3.parquet"


def refusal(frame: pd.DataFrame, path) -> str:
    """Write a table that must be refused, and make sure that nothing is left of it."""
    with pytest.raises(InputError) as caught:
        write_table(frame, AMPLIFIED, path)
    assert list(path.parent.iterdir()) == []
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def test_a_table_is_read_as_it_was_written(path):
    write_table(amplified(), AMPLIFIED, path)
    pd.testing.assert_frame_equal(read_table(path, AMPLIFIED), amplified())


@given(st.randoms(use_true_random=False))
def test_rows_are_sorted_by_their_keys_whatever_order_they_come_in(random):
    frame = amplified()
    order = list(range(len(frame)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(AMPLIFIED.check(frame.iloc[order], "table"), frame)


def test_the_same_table_has_the_same_bytes(path):
    write_table(amplified(), AMPLIFIED, path)
    first = path.read_bytes()
    write_table(amplified().sample(frac=1, random_state=1), AMPLIFIED, path)
    assert path.read_bytes() == first


@pytest.mark.parametrize("length", [0, 10, 500, -1])
def test_a_parquet_file_cut_short_is_refused(path, length):
    write_table(amplified(), AMPLIFIED, path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InputError, match="not a whole Parquet file"):
        read_table(path, AMPLIFIED)


def test_a_missing_file_is_named(path):
    with pytest.raises(InputError, match=r"layer_3\.parquet: no such table"):
        read_table(path, AMPLIFIED)


@pytest.mark.parametrize("row", [0, 5, 19])
def test_a_missing_row_is_refused(path, row):
    assert "its grid has" in refusal(amplified().drop(index=row), path)


def test_a_duplicate_row_is_refused(path):
    frame = amplified()
    assert "does not keep its contract" in refusal(pd.concat([frame, frame.tail(1)]), path)


@pytest.mark.parametrize("probability", [-1e-9, 1 + 1e-9, float("nan"), float("inf")])
def test_a_value_that_is_no_probability_is_refused_with_its_column(path, probability):
    frame = amplified()
    frame.loc[4, "probability"] = probability
    assert "probability" in refusal(frame, path)


def test_an_unknown_half_is_refused_with_its_column(path):
    assert "fold" in refusal(amplified().assign(fold="third"), path)


@pytest.mark.parametrize("column", KEYS)
def test_a_missing_column_is_named(path, column):
    assert column in refusal(amplified().drop(columns=column), path)


def test_an_additional_column_is_named(path):
    assert "extra" in refusal(amplified().assign(extra=1), path)


def test_a_column_of_another_type_is_named(path):
    assert "layer" in refusal(amplified().astype({"layer": "float64"}), path)


def test_a_damaged_table_is_refused_when_it_is_read_too(path):
    amplified().assign(probability=2.0).to_parquet(path, index=False)
    with pytest.raises(InputError, match="probability"):
        read_table(path, AMPLIFIED)
