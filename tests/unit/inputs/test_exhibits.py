"""report/exhibits.yaml: what is wrong in it is named with exhibit and key before anything runs."""

from pathlib import Path

import pytest
import yaml

from sna.errors import InputError
from sna.inputs.exhibits import read_exhibits

SHIPPED = Path(__file__).parents[3] / "report" / "exhibits.yaml"
FIGURE = {
    "title": "Example", "caption": "One.", "alt": "Two.", "message": "Drawing", "reads": ["experiments"],
    "data": "figures/example",
}  # fmt: skip


def read(folder, entries):
    path = folder / "exhibits.yaml"
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    return read_exhibits(path)


def test_a_figure_needs_no_more_than_the_recipe_says(tmp_path):
    assert read(tmp_path, {"figures/example": FIGURE})["figures/example"].section == "results"


def test_every_exhibit_has_a_title_and_a_caption_that_is_a_sentence():
    exhibits = read_exhibits(SHIPPED)
    assert {name.partition("/")[0] for name in exhibits} == {"figures", "tables", "statistics"}
    for name, exhibit in exhibits.items():
        assert exhibit.title, name
        assert exhibit.caption.endswith("."), name


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"caption": "{{ config"}, r"figures/example\.caption: not a template"),
        ({"details": "{{ config | nonsense }}"}, r"figures/example\.details: not a template: .*nonsense"),
        ({"caption": "{{ statistics.success }}"}, "figures/example: caption: there is no statistics; there is config"),
        ({"details": "{% if false %}{{ model }}{% endif %}"}, "figures/example: details: there is no model; there is"),
        ({"alt": "{{ modell }}"}, "figures/example: alt: there is no modell"),
        ({"colour": "red"}, r"figures/example\.colour: "),
        ({"section": "limits"}, r"figures/example\.section: "),
        ({"message": None}, "figures/example: message and reads belong together"),
        ({"alt": None}, "figures/example: alt is missing"),
        ({"data": None}, "figures/example: data is missing"),
        ({"data": "tables/example"}, "figures/example: data: there is no tables/example"),
        ({"data": "figures/other"}, "figures/example: data: neither figures/example nor a table"),
    ],
)
def test_a_mistake_is_named_with_file_exhibit_and_key(tmp_path, changes, said):
    with pytest.raises(InputError, match=rf"exhibits\.yaml: {said}"):
        read(tmp_path, {"figures/example": {key: value for key, value in (FIGURE | changes).items() if value}})


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("pictures/example", {}, "not a name such as figures/layers"),
        ("figures/two-words", {}, "not a name such as"),
        ("tables/example", {"data": "tables/example"}, "alt, data has no place here"),
        ("statistics/example", {}, "alt, data, reads has no place here"),
    ],
)
def test_a_key_where_it_means_nothing_is_refused(tmp_path, name, changes, said):
    with pytest.raises(InputError, match=f"{name}: {said}"):
        read(tmp_path, {name: FIGURE | changes})
