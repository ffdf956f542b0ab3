"""The questions: each is answered in whole sentences, and what the data do not offer is said."""

from pathlib import Path

import pytest
import yaml
from made_up_evidence import EVIDENCE, NOISE, SMOKE, evidence, in_ascii

from sna import formats
from sna.errors import InputError
from sna.verdicts.claims import read_claims
from sna.verdicts.questions import answer, read_questions

FILE = Path(__file__).parents[3] / "report" / "questions.yaml"
TITLES = {name: claim.title for name, claim in read_claims(FILE.with_name("claims.yaml")).items()}
QUESTIONS = read_questions(FILE)
#: Those that the paper leaves open, in its readers' order; others may follow.
ASKED = ["random-neurons", "held-out", "null-model", "per-prompt", "random-saturation", "chance"]
TOO_SMALL = {**SMOKE, "noise": NOISE, "titles": TITLES}


def answered(name, changes=None):
    return in_ascii(answer(name, QUESTIONS[name], {**evidence(changes or {}), "noise": NOISE, "titles": TITLES}))


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
    text = answer(name, QUESTIONS[name], TOO_SMALL)
    assert text.endswith(".")
    assert "None" not in text


@pytest.mark.parametrize("name", ["null-model", "per-prompt", "random-saturation", "golden-zone"])
def test_what_too_few_tasks_leave_open_is_said_instead_of_an_answer(name):
    text = answer(name, QUESTIONS[name], TOO_SMALL)
    otherwise = QUESTIONS[name].requires[0].otherwise
    assert text.split()[:3] == otherwise.split()[:3]
    assert text != answered(name)


def test_the_answers_say_what_was_found():
    assert "on 8 of 12 tasks" in answered("random-neurons")
    assert "98.0 % of 200 draws of random neurons, 98.0 % of random ones of like activation" in answered(
        "random-neurons"
    )
    assert "98.0 % of the other tasks' neurons." in answered("random-neurons")
    assert "is 40.0 % on the prompts that chose the configurations, 12.0 % where" in answered("held-out")
    assert "and 25.0 % on fresh prompts: 62.5 % of the first is left." in answered("held-out")
    assert "it cannot be told from what percentages give by themselves." in answered("null-model")
    assert "it says more than what percentages give" in answered("null-model", {"null_model/more_than_null": True})
    assert "rho is negative in 11 of 11 tasks" in answered("per-prompt")
    assert "random neurons give a rho of -0.100 on average over 200 draws" in answered("random-saturation")
    assert "8.0 % of them give a negative rho" in answered("choices")
    assert "rho is -0.300 with multipliers up to 2, -0.700 with multipliers up to 5." in answered("choices")
    assert "zone 1 holds 10 tasks instead of 4, and rho is -0.200 instead of -0.700." in answered("choices")
    assert "beyond that is 3.0 points (1.0 to 5.0)" in answered("label-shift")
    assert "Of the paper's boundaries, 0.07 and 0.1, the interval contains both." in answered("boundaries")
    assert answered("boundaries", {"zone_fit/at_edge": True}).startswith("No: ")
    assert "in the other 72 no change" in answered("side-effects")
    assert "enough for a task of arithmetic (40), logic (30), too few for one of semantics (12), coding (9)." in (
        answered("transition")
    )
    assert "it lies between." in answered("transition")
    assert "faster than on either side." in answered("transition")
    assert "begins at a baseline of 0.068 (0.050 to 0.080) and ends at a baseline of 0.11" in answered("calibration")
    assert "begins nowhere within" in answered("calibration", {"transition/fitted/lower_at_edge": True})
    assert "perplexity of neutral prose from 20.00 to 21.00" in answered("prose")


def test_several_tasks_at_once_are_answered_size_by_size():
    text = answered("together")
    assert text.startswith(
        "In nats, a task's own neurons alone change the logit of its targets by 0.400 (0.100 to 0.600)"
    )
    assert "With 1 other at once the gain is 0.380 (0.100 to 0.600): the same as the sum of what" in text
    assert "(-0.020 (-0.220 to 0.180) from it; 75.0 % of simulated studies without effect say so)" in text
    assert "not to be told from the sum" in text
    assert "48 tasks like these would tell), and the same as the gain alone" in text
    assert "With 11 others at once the gain is 0.180 (0.100 to 0.600): less than the sum" in text
    assert "the task loses by the other's neurons in 40 and gains in 9" in text


def test_what_tuning_does_is_said_of_its_tasks_and_of_the_others():
    zones, amplified = answered("tuned-zones"), answered("tuned-amplified")
    assert "3 lay in zone 1 before, and 3 of these left it" in zones
    assert "as many would in 2.0 % of 400 draws" in zones
    assert "that it was not tuned on, 3 lay in zone 1 before, and 0 of these left it" in zones
    assert "amplification gains on 3, more than random neurons do, and did on 4 in smollm2-135m" in amplified
    assert "both come to -0.100 nats (-0.400 to 0.200) over their sum" in amplified
    assert "80.0 % are the same on average, which is mostly the same; random sets would share 2.0 %" in amplified


def test_controls_that_a_study_has_not_are_left_out():
    without = {f"fresh/by_task/{task}/matched": None for task in EVIDENCE["fresh"].by_task}
    assert "like activation" not in answered("random-neurons", without)


def test_what_noise_earns_most_often_is_said_of_both_kinds_of_verdicts():
    text = answered("chance")
    assert text.startswith("Of 400 simulated studies")
    assert "98.0 % would find a claim at least partly so as the paper measured it, where noise does best" in text
    assert "2.0 % would find a claim at least partly so on fresh prompts" in text
    assert text.endswith('where noise does best ("Mean improvement in zone 1").')


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
