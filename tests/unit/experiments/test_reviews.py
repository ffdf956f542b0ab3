import math

import numpy as np
import pytest
from tiny_models import CONTEXT, LAYERS, WIDTH, build_tiny_model

from sna.engine.grid import Grid
from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.experiments.reviews import Question, classify
from sna.model.loading import load_model

QUESTION = Question("Review: {sentence}\nSentiment:", " bad", " good dog")
SENTENCES = ["a lazy film", "The quick {fox} and {sentence}", "sun"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(build_tiny_model("llama", tmp_path_factory.mktemp("llama")), "tiny", LAYERS)


def test_the_sentence_goes_where_the_prompt_says_whatever_it_holds():
    assert QUESTION.ask(SENTENCES[1]) == "Review: The quick {fox} and {sentence}\nSentiment:"


@pytest.mark.parametrize("layer", [1, LAYERS - 1])
def test_probabilities_are_those_of_either_label_after_the_question(model, layer):
    grid, ranking = Grid([5, 40], [1.5, 3.0]), list(range(WIDTH))
    found = classify(model, layer, QUESTION.tokenize(model, SENTENCES), ranking, grid)

    def expected() -> np.ndarray:
        prompts = [QUESTION.tokenize(model, [sentence]) for sentence in SENTENCES]
        return np.array([[math.exp(log_probability(model, prompt)) for prompt in pair] for pair in prompts])

    np.testing.assert_allclose(found.before, expected(), rtol=1e-5)
    assert found.after.shape == (2, 2, 3, 2)
    for place, count in enumerate(grid.n_neurons):
        with amplified(model, {layer: ranking[:count]}, 3.0):
            np.testing.assert_allclose(found.after[place, 1], expected(), rtol=1e-5)


def test_a_sentence_fits_if_the_longer_label_still_does(model):
    asked = len(model.tokenizer(QUESTION.ask("") + QUESTION.positive)["input_ids"])
    # A token each, since the tokenizer has seen no such letter.
    longest = "\u00a7" * ((CONTEXT - asked) // 2)
    assert QUESTION.fits(model, ["", longest, longest + "\u00a7"]).tolist() == [True, True, False]
    QUESTION.tokenize(model, [longest])


def test_a_label_that_runs_into_the_question_names_its_key(model):
    question = Question("{sentence} ", "bad", "the")
    with pytest.raises(InputError, match=r"config\.yaml: sentiment\.labels\.positive: target 'the' does not tokenize"):
        question.tokenize(model, ["sun"])


def test_a_sentence_with_a_token_that_the_model_has_no_embedding_for_does_not_fit(model):
    model.tokenizer.add_tokens(["zebra"])
    assert QUESTION.fits(model, ["a lazy zebra", "a lazy dog"]).tolist() == [False, True]
