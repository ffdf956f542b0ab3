import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import LAYERS, build_tiny_model

from sna.engine.grid import Grid
from sna.engine.reference import log_probability
from sna.engine.sweep import sweep_layer
from sna.experiments.interference import InterferenceCase
from sna.experiments.pieces import Piece, cut, whole_text
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt, tokenize

TEXTS = [("the lazy", " dog"), ("The quick brown", " fox"), ("the", " fox")]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(build_tiny_model("llama", tmp_path_factory.mktemp("tiny")), "tiny", LAYERS)


def case(setting="statement", targets=("rhymes", "addition"), texts=("rhymes",)):
    return InterferenceCase(setting, "addition", 1, 4, 2.5, list(targets), list(texts))


def numbered(n, first=0):
    return {number: TokenizedPrompt((1, number), (2,)) for number in range(first, first + n)}


def test_a_whole_texts_probability_is_that_of_its_parts(model):
    for text in TEXTS:
        prompt = tokenize(model, *text)
        parts = TokenizedPrompt(prompt.prompt[:1], prompt.prompt[1:])
        together = log_probability(model, whole_text(prompt))
        expected = log_probability(model, prompt)
        if parts.target:
            expected += log_probability(model, parts)
        assert together == pytest.approx(expected, rel=1e-6)
        assert len(whole_text(prompt).target) == len(prompt.prompt) + len(prompt.target) - 1


@given(st.integers(1, 40), st.integers(1, 25), st.integers(1, 50))
def test_every_prompt_meets_some_draws_and_every_draw_some_prompts(n_prompts, n_draws, prompts_per_draw):
    pieces = [
        piece
        for piece in cut(case(), {"rhymes": numbered(n_prompts), "addition": numbered(2)}, n_draws, prompts_per_draw, 1)
        if piece.task == "rhymes"
    ]
    assert sorted(number for piece in pieces for number in piece.prompts) == list(range(n_prompts))
    assert sorted(draw for piece in pieces for draw in piece.draws) == list(range(n_draws))
    for piece in pieces:
        assert piece.draws
        assert len(piece.prompts) >= min(prompts_per_draw, n_prompts)
        assert list(piece.ways) == ["text", "target"]


def test_of_the_sources_own_task_the_targets_are_measured_without_random_neurons():
    prompts = {"rhymes": numbered(6), "addition": numbered(3)}
    own = cut(case(), prompts, 4, 2, 1)[-1]
    assert (own.task, own.prompts, list(own.draws), list(own.ways)) == ("addition", prompts["addition"], [], ["target"])


def test_where_every_task_meets_every_task_nothing_is_parted():
    prompts = {"rhymes": numbered(6), "addition": numbered(3)}
    pieces = cut(case("best"), prompts, 0, 2, 1)
    assert [(piece.task, piece.prompts, list(piece.ways)) for piece in pieces] == [
        ("rhymes", prompts["rhymes"], ["text", "target"]),
        ("addition", prompts["addition"], ["target"]),
    ]


def test_the_same_seed_parts_the_same_way_whatever_the_source():
    prompts = {"rhymes": numbered(30), "addition": numbered(3), "sequences": numbered(3)}
    one = cut(case(), prompts, 4, 5, 1)
    other = cut(case(targets=("rhymes", "sequences")), prompts, 4, 5, 1)
    assert [list(piece.prompts) for piece in one[:-1]] == [list(piece.prompts) for piece in other[:-1]]
    assert [list(piece.prompts) for piece in cut(case(), prompts, 4, 5, 2)[:-1]] != [
        list(piece.prompts) for piece in one[:-1]
    ]


def test_rows_name_each_prompt_draw_and_way_by_its_own_number(model):
    prompts = {number: tokenize(model, *TEXTS[number % 3]) for number in (7, 4)}
    piece, grid = Piece("rhymes", prompts, [2, 5], ("text", "target")), Grid([2], [3.0])
    sets = [[number, number + 1] for number in range(10, 22, 2)]
    (result,) = sweep_layer(model, 1, [piece.sweep_input([1, 2], sets)], grid)
    rows = piece.tabulate(result, grid).set_index(["kind", "draw", "scored", "prompt"])
    assert len(rows) == 3 * 2 * 2
    (alone,) = sweep_layer(model, 1, [Piece("rhymes", {4: prompts[4]}, [], ["text"]).sweep_input(sets[5], [])], grid)
    assert rows.loc[("random", 5, "text", 4), "probability"] == pytest.approx(float(alone.probabilities), rel=1e-5)
    assert np.log(rows.loc[("selected", 0, "target", 7), "baseline"]) == pytest.approx(
        log_probability(model, prompts[7]), rel=1e-5
    )
    assert rows.loc[("random", 2, "text", 7), "tokens"] == len(whole_text(prompts[7]).target)
