"""The questions: each is answered in whole sentences, and what the data do not offer is said."""

from pathlib import Path

import pytest
import yaml
from made_up_evidence import EVIDENCE, SMOKE, evidence, in_ascii

from sna import formats
from sna.errors import InputError
from sna.verdicts.questions import answer, read_questions

FILE = Path(__file__).parents[3] / "report" / "questions.yaml"
QUESTIONS = read_questions(FILE)
#: Those that the paper leaves open, in its readers' order; others may follow.
ASKED = ["random-neurons", "held-out", "null-model", "per-prompt", "random-saturation"]


def answered(name, changes=None):
    return in_ascii(answer(name, QUESTIONS[name], evidence(changes or {})))


def test_what_a_careful_reader_asks_is_asked():
    assert list(QUESTIONS)[: len(ASKED)] == ASKED


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_is_whole_sentences_with_all_its_figures(name):
    text = answered(name)
    assert text.endswith(".")
    assert not any(wrong in text for wrong in ("  ", " .", " ,", "None", formats.NOTHING)), text
    assert any(character.isdigit() for character in text)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_study_that_is_too_small_says_what_it_can(name):
    text = answer(name, QUESTIONS[name], SMOKE)
    assert text.endswith(".")
    assert "None" not in text


@pytest.mark.parametrize("name", ["null-model", "per-prompt", "random-saturation", "boundaries", "golden-zone"])
def test_what_too_few_tasks_leave_open_is_said_instead_of_an_answer(name):
    text = answer(name, QUESTIONS[name], SMOKE)
    otherwise = QUESTIONS[name].requires[0].otherwise
    assert text.split()[:3] == otherwise.split()[:3]
    assert text != answered(name)


def test_the_answers_say_what_was_found():
    assert "on 6 of 12 tasks" in answered("random-neurons")
    assert "beat 80.0 % of 20 draws" in answered("random-neurons")
    assert "from 40.0 % to 12.0 %: 30.0 %" in answered("held-out")
    assert "12 of the tasks keep a gain" in answered("held-out")
    assert answered("null-model").startswith("No more than that was found.")
    assert answered("null-model", {"null_model/more_than_null": True}).startswith("It says more.")
    assert "rho is negative in 11 of 11 tasks" in answered("per-prompt")
    assert "25.0 % of the random draws" in answered("random-saturation")
    assert "The interval contains 0.07 and contains 0.1." in answered("boundaries")
    assert "in the other 72 no change" in answered("side-effects")


def test_what_the_evidence_does_not_hold_is_refused_even_where_it_is_not_used(tmp_path):
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    raw = {"boundaries": raw["boundaries"]}
    raw["boundaries"]["answer"] = "{% if false %}{{ zone_fitt.breakpoint }}{% endif %}"
    path = tmp_path / "questions.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(InputError, match=r"^boundaries: answer: there is no evidence zone_fitt"):
        answer("boundaries", read_questions(path)["boundaries"], EVIDENCE)


def test_a_key_that_is_unknown_is_refused_with_the_question(tmp_path):
    path = tmp_path / "questions.yaml"
    path.write_text("why: {question: Why, answer: Because., exhibits: [], verdict: sure}", encoding="utf-8")
    with pytest.raises(InputError, match=r"questions\.yaml: why\.verdict: "):
        read_questions(path)
