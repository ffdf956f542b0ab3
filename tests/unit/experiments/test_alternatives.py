"""What one would do instead of amplification, against what a user would write and plain passes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_models import LAYERS, build_tiny_model

from sna.engine.changes import amplification, finish, push
from sna.engine.reference import amplified, is_top, log_probability
from sna.errors import InputError
from sna.experiments.alternatives import (
    Chosen,
    ask,
    ask_plainly,
    choose_strengths,
    choose_temperature,
    find_directions,
    precede,
    tokenize_selection,
    tokenize_text_after,
)
from sna.inputs.alternatives import AMPLIFIED, NOTHING, PROBE, STEERING, TEMPERATURE, in_order, title_of, with_examples
from sna.inputs.tasks import Prompt, read_contrast, read_task
from sna.model.loading import load_model
from sna.model.prompts import tokenize, tokenize_text

TASKS = Path(__file__).parents[3] / "tasks"
EXAMPLES = [Prompt(prompt="2 + 2 =", target=" 4"), Prompt(prompt="def f(", target="self", joined=True)]
TEXTS = [("The quick brown", " fox"), ("The quick brown fox jumps over the", " lazy dog"), ("2 + 3 =", " 5")]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(build_tiny_model("llama", tmp_path_factory.mktemp("tiny")), "tiny", LAYERS)


@pytest.fixture(scope="module")
def prompts(model):
    return [tokenize(model, *text) for text in TEXTS]


def rows_of(found, method):
    rows = found[found["method"] == method].set_index("prompt").sort_index()
    return rows["log_probability"].tolist(), rows["top"].tolist()


def test_examples_stand_before_a_prompt_as_one_would_write_them(model):
    written = "2 + 2 = 4\ndef f(self\n2 + 3 ="
    assert precede(EXAMPLES, "2 + 3 =") == written
    assert precede([], "2 + 3 =") == "2 + 3 ="
    found = tokenize(model, precede(EXAMPLES, "2 + 3 ="), " 5")
    assert model.tokenizer.decode(found.prompt + found.target) == f"{written} 5"


def test_of_prose_after_examples_the_same_tokens_are_scored_as_without(model):
    text = "The quick brown fox sleeps."
    after, alone = tokenize_text_after(model, EXAMPLES, text), tokenize_text(model, text)
    assert after.target == alone.target
    assert model.tokenizer.decode(after.prompt + after.target) == f"2 + 2 = 4\ndef f(self\n{text}"


def test_methods_are_asked_in_one_pass_as_each_would_be_alone(model, prompts):
    vector = torch.linspace(-1, 1, 32)
    chosen = Chosen(1, {AMPLIFIED: amplification([3, 17], 2.0), STEERING: push(vector)}, 0.5)
    found = ask(model, dict(enumerate(prompts)), chosen)
    assert set(found["method"]) == {NOTHING, AMPLIFIED, STEERING, TEMPERATURE}
    plain, top = rows_of(found, NOTHING)
    assert plain == pytest.approx([log_probability(model, prompt) for prompt in prompts], rel=1e-5)
    assert top == [is_top(model, prompt) for prompt in prompts]
    with amplified(model, {1: [3, 17]}, 2.0):
        expected = [log_probability(model, prompt) for prompt in prompts]
    assert rows_of(found, AMPLIFIED)[0] == pytest.approx(expected, rel=1e-5)
    pushed = finish(model, prompts, 1, [push(vector)]).score()
    assert rows_of(found, STEERING)[0] == pytest.approx(pushed.log_probabilities[1].tolist(), rel=1e-5)
    tempered, unchanged = rows_of(found, TEMPERATURE)
    assert tempered == pytest.approx(finish(model, prompts).score(0.5).log_probabilities[0].tolist(), rel=1e-5)
    assert unchanged == top


def test_prompts_with_a_long_common_beginning_are_asked_as_they_are(model):
    texts = {
        number: tokenize(model, precede(EXAMPLES * 3, prompt), target) for number, (prompt, target) in enumerate(TEXTS)
    }
    found = ask_plainly(model, texts, "examples_6")
    expected = [log_probability(model, prompt) for prompt in texts.values()]
    assert rows_of(found, "examples_6")[0] == pytest.approx(expected, rel=1e-5)


def test_the_strength_is_the_one_that_gives_targets_the_highest_mean_probability(model, prompts):
    directions = {STEERING: torch.linspace(-1, 1, 32), PROBE: -torch.linspace(-1, 1, 32)}
    strengths = [0.25, 1.0, 4.0]
    found = choose_strengths(model, prompts, 2, directions, strengths)
    for method, direction in directions.items():
        said = [finish(model, prompts, 2, [push(each * direction)]).score() for each in strengths]
        means = [each.log_probabilities[1].exp().mean().item() for each in said]
        assert found[method] == strengths[int(np.argmax(means))]


def test_the_temperature_is_the_one_that_gives_targets_the_highest_mean_probability(model, prompts):
    temperatures = [0.25, 1.0, 4.0]
    means = [finish(model, prompts).score(each).log_probabilities.exp().mean().item() for each in temperatures]
    assert choose_temperature(model, prompts, temperatures) == temperatures[int(np.argmax(means))]
    assert len(set(means)) == 3


def test_both_directions_are_as_long_as_the_difference_of_means(model):
    task = read_task(TASKS / "antonyms.yaml")
    contrast = read_contrast(TASKS / "contrast" / "prose.yaml").texts
    found = find_directions(model, task, contrast, 1)
    assert set(found) == {STEERING, PROBE}
    assert found[PROBE].norm().item() == pytest.approx(found[STEERING].norm().item())
    assert not torch.allclose(found[PROBE], found[STEERING], rtol=0.05)


def test_a_selection_prompts_target_that_does_not_continue_it_is_named_with_its_line(model, tmp_path):
    path = tmp_path / "antonyms.yaml"
    text = (TASKS / "antonyms.yaml").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    task = read_task(path)
    assert len(tokenize_selection(model, task, path)) == len(task.selection)
    broken = task.model_copy(update={"selection": [Prompt(prompt="The quick brow", target="n fox"), *task.selection]})
    with pytest.raises(InputError, match=r"antonyms\.yaml:\d+: selection\.0\.target: target 'n fox' does not tokenize"):
        tokenize_selection(model, broken, path)


def test_methods_have_titles_and_an_order_with_examples_last():
    names = [with_examples(10), "lora", with_examples(2), "random", NOTHING, with_examples(1), AMPLIFIED]
    assert [title_of(name) for name in in_order(names)] == [
        "nothing", "amplification", "random neurons", "LoRA", "1 example", "2 examples", "10 examples",
    ]  # fmt: skip
