"""Views of the explorer: a link and an export hold all that a screen was set to, and nonsense is refused by name."""

import re

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from sna.errors import InputError
from sna.exploration.views import ResultsView, SweepView, TogetherView, TryView, read_export, write_export

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,10}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
LAYERS = st.lists(st.integers(0, 40), min_size=1, unique=True).map(sorted)
MULTIPLIERS = st.floats(0.01, 100)
OF_ALL = {"study": NAMES, "model": NAMES}
CHOSEN = st.one_of(
    st.fixed_dictionaries({"task": NAMES, "layers": LAYERS, "neurons": st.integers(1, 500)}),
    st.fixed_dictionaries(
        {"listed": st.dictionaries(st.integers(0, 40), st.lists(st.integers(0, 9999), min_size=1), min_size=1)}
    ),
)
TRY = st.builds(
    lambda chosen, settings: TryView(**chosen, **settings),
    CHOSEN,
    st.fixed_dictionaries(
        OF_ALL
        | {
            "prompt": TEXTS,
            "target": TEXTS,
            "multiplier": MULTIPLIERS,
            "tokens": st.integers(0, 60),
            "temperature": st.floats(0, 2),
            "seed": st.integers(0, 2**31 - 1),
            "random": st.booleans(),
            "lens": st.booleans(),
        },
        optional={"below": st.floats(0.001, 1)},
    ),
)
VIEWS = st.one_of(
    TRY,
    st.builds(
        ResultsView,
        **OF_ALL,
        task=NAMES,
        layer=st.integers(0, 40),
        neurons=st.integers(1, 500),
        multiplier=MULTIPLIERS,
    ),
    st.builds(
        SweepView,
        **OF_ALL,
        prompt=TEXTS,
        target=TEXTS,
        task=NAMES,
        layers=LAYERS,
        neurons=st.lists(st.integers(1, 500), min_size=1, unique=True),
        multipliers=st.lists(MULTIPLIERS, min_size=1, unique=True),
    ),
    st.builds(
        TogetherView,
        **OF_ALL,
        amplified=st.dictionaries(NAMES, st.integers(0, 40), min_size=1),
        neurons=st.integers(1, 500),
        multiplier=MULTIPLIERS,
        measured=st.lists(NAMES, min_size=1, unique=True),
    ),
)
TRIED = TryView(
    study="tiny",
    model="gpt2",
    prompt="2 + 2 =",
    target=" 4",
    task="addition",
    layers=[3, 1],
    neurons=5,
    multiplier=2,
    tokens=8,
    temperature=0,
)


@given(view=VIEWS)
def test_a_link_holds_the_whole_view(view):
    assert type(view).of(view.query()) == view
    assert view.changed(view.query()) == view


@given(view=VIEWS)
@example(view=TRIED.model_copy(update={"prompt": "\x85a\u2028\r\nü "}))
def test_an_export_holds_the_whole_view_and_what_it_was_made_from(view, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "view.yaml"
    made_from = {"results/x.parquet": "0" * 64}
    path.write_text(write_export(view, made_from), encoding="utf-8")
    assert read_export(path) == (view, made_from)


def test_a_link_says_what_is_asked_for_beside_the_prompt_and_not_what_is_not():
    assert not {"random", "lens"} & set(TRIED.query())
    assert TRIED.changed({"lens": "yes"}).query() == TRIED.query() | {"lens": "yes"}


def test_a_link_with_some_settings_leaves_the_others():
    changed = TRIED.changed({"prompt": "3 + 3 =", "layers": "0, 2"})
    assert (changed.prompt, changed.layers) == ("3 + 3 =", [0, 2])
    assert changed.model_copy(update={"prompt": TRIED.prompt, "layers": TRIED.layers}) == TRIED


def test_a_link_that_lists_neurons_replaces_the_tasks_and_the_other_way_round():
    listed = TRIED.changed({"listed": "5: 12, 40; 7: 3"})
    assert (listed.listed, listed.task) == ({5: [12, 40], 7: [3]}, None)
    again = listed.changed({"task": "antonyms", "layers": "1", "neurons": "5"})
    assert (again.listed, again.task, again.layers) == (None, "antonyms", [1])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"neurons": "many"}, "link: neurons: .*integer.*many"),
        ({"layers": "1,1"}, "link: layers: 1 given more than once"),
        ({"layers": "-1"}, "link: layers.0: .*greater than or equal to 0"),
        ({"multiplier": "nan"}, "link: multiplier: "),
        ({"multiplier": "1000"}, "link: multiplier: .*less than or equal to 100"),
        ({"listed": "5 12"}, "link: listed: write it as in 5: 12, 40; 7: 3"),
        ({"listed": "5: x"}, "link: listed.5.0: .*integer"),
        ({"listed": "5: 1; 5: 2"}, "link: listed: 5 given more than once"),
        ({"prompt": ""}, "link: prompt: "),
        ({"lens": "perhaps"}, "link: lens: .*valid boolean"),
        ({"tokens": "61"}, "link: tokens: .*less than or equal to 60"),
        ({"colour": "red"}, "link: colour: "),
        ({"study": "../../etc"}, "link: study: "),
    ],
)
def test_a_link_that_asks_for_nonsense_is_refused_by_name(query, message):
    with pytest.raises(InputError, match=message):
        TRIED.changed(query)


def test_neurons_of_a_task_need_its_layers_and_their_number():
    settings = TRIED.model_dump(exclude={"layers"})
    with pytest.raises(InputError, match="give either task, layers and neurons, or listed"):
        TryView.of(settings)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1, 2]", "view.yaml"),
        ("screen: kitchen", "kitchen"),
        ("screen: results\nstudy: x", "model"),
        ("", "view.yaml"),
    ],
)
def test_a_file_that_is_no_export_is_refused(content, message, tmp_path):
    path = tmp_path / "view.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)):
        read_export(path)


def test_an_export_says_how_it_is_replayed():
    text = write_export(TRIED, {})
    assert "python scripts/replay.py" in text.splitlines()[0]
    assert yaml.safe_load(text)["screen"] == "try"
