"""Neutral prose, and what is refused of it."""

from pathlib import Path

import pytest

from sna.errors import InputError
from sna.inputs.prose import read_prose
from sna.inputs.tasks import read_contrast

TASKS = Path(__file__).parents[3] / "tasks"


def test_the_shipped_prose_is_none_of_the_contrast_text():
    sentences = read_prose(TASKS / "fresh" / "prose.txt")
    assert len(sentences) >= 12
    assert set(sentences).isdisjoint(read_contrast(TASKS / "contrast" / "prose.yaml").texts)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"One sentence.\n\nAnother.\n", ":2: an empty line"),
        (b"", ":1: an empty line"),
        (b"One sentence.\nAnother.\nOne sentence.\n", ":3: stands in line 1 already"),
        (b"Caf\xe9.\n", ": not UTF-8"),
        (None, ": not readable"),
    ],
)
def test_what_is_no_prose_is_refused_with_its_place(tmp_path, written, said):
    path = tmp_path / "prose.txt"
    if written is not None:
        path.write_bytes(written)
    with pytest.raises(InputError) as caught:
        read_prose(path)
    assert str(caught.value).startswith(f"{path}{said}")
