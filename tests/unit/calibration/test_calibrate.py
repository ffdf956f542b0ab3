"""A calibration recommends what helps, says don't where nothing does, and promises no more than was held out."""

from dataclasses import replace

import numpy as np
import pytest
from planted import CONTRAST, HELPING, LAYER, PROSE, made_up_nonsense, made_up_task, plant
from tiny_models import LAYERS, build_tiny_model

from sna.calibration.advice import advise
from sna.calibration.calibrate import calibrate
from sna.calibration.export import export
from sna.calibration.held_out import HeldOut, compare_with_others, compare_with_random, exchange_targets, measure_gain
from sna.calibration.results import DO_NOT, USE, Calibration, Margins, SideEffects
from sna.calibration.search import Swept
from sna.engine.grid import Grid
from sna.engine.layers import Amplification, measure_amplifications
from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.experiments.ranking import mean_activations, rank_neurons
from sna.inputs.config import Statistics
from sna.inputs.tasks import FOLDS
from sna.model.loading import load_model
from sna.model.prompts import TokenizedPrompt, tokenize, tokenize_text
from sna.statistics.configuration import Configuration
from sna.statistics.estimate import Estimate
from sna.statistics.logits import logit_gain, shift

GRID = {"neurons": [HELPING, 20], "multipliers": [1.5, 3.0]}
#: Of a tiny model, in which every neuron does much.
WIDE = Margins(perplexity=100, divergence=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return plant(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def found(model):
    return calibrate(model, made_up_task(), CONTRAST, PROSE, **GRID, margins=WIDE, resamples=999)


def test_planted_neurons_are_recommended(found):
    assert (found.recommended.layer, found.recommended.neurons) == (LAYER, HELPING)
    assert {chosen.layer for chosen in found.chosen.values()} == {LAYER}
    assert found.use, found.reasons
    assert found.advice == USE
    assert max(found.layers, key=lambda gain: gain.percent).layer == LAYER


def test_the_gain_is_that_of_each_fold_under_what_the_other_one_chose(model, found):
    task = made_up_task()
    prompts = [tokenize(model, item.prompt, item.target) for item in task.evaluation]
    baseline = measure_amplifications(model, prompts).baseline.numpy()
    folds, probability = np.array(task.folds(0)), np.empty_like(baseline)
    for fold, chosen in found.chosen.items():
        ranked = calibrate(model, task, CONTRAST, PROSE, neurons=[chosen.neurons], multipliers=[chosen.multiplier],
                           layers=[chosen.layer], margins=WIDE, resamples=99).neuron_ids  # fmt: skip
        answers = measure_amplifications(
            model, prompts, [Amplification.of_layer(chosen.layer, ranked, chosen.multiplier)]
        )
        tested = folds != fold
        probability[tested] = answers.probabilities[0].numpy()[tested]
    assert found.gain.percent.value == pytest.approx(100 * (probability.mean() / baseline.mean() - 1), rel=1e-4)
    assert found.in_sample >= found.gain.percent.value - 1e-6


def test_other_targets_are_those_that_differ_of_the_next_prompts():
    prompts = [TokenizedPrompt((number,), (target,)) for number, target in enumerate([7, 8, 7, 9])]
    exchanged = exchange_targets(prompts)
    assert [[each.target for each in of_prompt] for of_prompt in exchanged] == [
        [(8,), (9,)],
        [(7,), (9,)],
        [(9,), (8,)],
        [(7,), (8,)],
    ]
    assert [{each.prompt for each in of_prompt} for of_prompt in exchanged] == [{prompt.prompt} for prompt in prompts]


def test_the_gain_of_other_targets_is_measured_after_the_same_prompts(model, found):
    task = made_up_task()
    exchanged = {" dog": " sun", " sun": " dog"}
    prompts = [tokenize(model, item.prompt, exchanged[item.target]) for item in task.evaluation]
    folds, gains = np.array(task.folds(0)), np.empty(len(prompts))
    ranked = rank_neurons(
        mean_activations(model, [item.prompt for item in task.selection]), mean_activations(model, CONTRAST), 20
    ).neuron_ids
    for fold, chosen in found.chosen.items():
        selected = {chosen.layer: ranked[chosen.layer, : chosen.neurons].tolist()}
        for number in np.flatnonzero(folds != fold):
            before = np.exp(log_probability(model, prompts[number]))
            with amplified(model, selected, chosen.multiplier):
                after = np.exp(log_probability(model, prompts[number]))
            gains[number] = logit_gain(after, before)
    assert found.others.logits.value == pytest.approx(gains.mean(), rel=1e-3)
    assert found.others.difference.low > 0


def test_what_raises_all_targets_alike_is_no_reason_to_amplify(found):
    """Nor can anything be told of a task whose prompts have one target."""
    alike = replace(found, others=replace(found.others, difference=Estimate(0.1, -0.1, 0.3)))
    same = replace(found, others=None)
    for doubted, said in (
        (alike, "Other prompts' targets may gain as much"),
        (same, "All prompts have the same target"),
    ):
        advised = advise(doubted, 0.95)
        assert not advised.use
        assert [reason for reason in advised.reasons if said in reason] == advised.reasons


def test_side_effects_are_those_on_the_prose_that_did_not_choose(model, found):
    texts = [tokenize_text(model, text) for text in PROSE[1::2]]
    tokens = sum(len(text.target) for text in texts)
    chosen = found.recommended
    before = sum(log_probability(model, text) for text in texts)
    with amplified(model, {chosen.layer: found.neuron_ids}, chosen.multiplier):
        after = sum(log_probability(model, text) for text in texts)
    assert found.prose.perplexity_before == pytest.approx(np.exp(-before / tokens), rel=1e-5)
    assert found.prose.perplexity_after == pytest.approx(np.exp(-after / tokens), rel=1e-5)


def test_what_changes_prose_is_not_chosen(model, found):
    """The strongest configuration is the best one, until it may not change prose."""
    narrow = replace(WIDE, divergence=found.prose.divergence / 20)
    other = calibrate(model, made_up_task(), CONTRAST, PROSE, **GRID, margins=narrow, resamples=99)
    assert other.recommended != found.recommended
    nothing = calibrate(
        model, made_up_task(), CONTRAST, PROSE, **GRID, margins=Margins(perplexity=100, divergence=1e-9), resamples=99
    )
    assert (nothing.recommended, nothing.use, nothing.advice) == (None, False, DO_NOT)
    assert nothing.reasons == ["Every configuration of the grid changes prose by more than the margins allow."]
    intervention = export(nothing, model)
    assert (intervention.neurons, intervention.multiplier) == ([], 1.0)


def test_the_intervention_amplifies_what_is_recommended(model, found):
    intervention = export(found, model, {"source": "hub", "repository": "a/b", "license": "MIT", "layers": 4})
    chosen = Configuration(intervention.layer, len(intervention.neurons), intervention.multiplier)
    assert chosen == found.recommended
    assert intervention.neurons == found.neuron_ids
    assert intervention.model.origin == {"source": "hub", "repository": "a/b"}
    assert intervention.calibrated_on.gain_percent == found.gain.percent.value
    with intervention.applied(model.network):
        pass


def test_what_is_written_is_read_again(found, tmp_path):
    found.write(tmp_path / "recommendation.json")
    assert Calibration.read(tmp_path / "recommendation.json") == found
    (tmp_path / "recommendation.json").write_text("{}")
    with pytest.raises(InputError, match=r"recommendation.json: model: .*; calibrate the task again"):
        Calibration.read(tmp_path / "recommendation.json")


def test_the_same_seed_gives_the_same_and_another_one_other_folds(model, found):
    again = calibrate(model, made_up_task(), CONTRAST, PROSE, **GRID, margins=WIDE, resamples=999)
    assert again == found
    other = calibrate(model, made_up_task(), CONTRAST, PROSE, **GRID, margins=WIDE, resamples=999, seed=1)
    assert other.gain.percent != found.gain.percent


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": made_up_task(evaluation=15)}, "task foxes: evaluation: 15 prompts given; .* 24 at least: add 9 more"),
        ({"prose": PROSE[:1]}, "prose: 1 texts given"),
        ({"layers": [0, 4]}, "layers: there is no layer 4 in tiny; its last is 3"),
        ({"neurons": [600]}, "neurons: 600 given; a layer of this model has 512"),
        ({"draws": 1}, "draws: 1 given; 2 at least"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_by_its_key(model, changes, said):
    given = {"task": made_up_task(), "contrast": CONTRAST, "prose": PROSE, **GRID, "margins": WIDE} | changes
    with pytest.raises(InputError, match=said):
        calibrate(model, **given)


# Where amplification does nothing


def simulate(rng: np.random.Generator, prompts: int, layers: int, draws: int) -> Calibration:
    """Calibrate a made-up model in which selected neurons are like random ones.

    Each set of neurons moves all prompts' logits alike, as sets in a layer of a model do, and each prompt's besides.
    """
    baseline = rng.beta(1, 8, prompts)
    grid = Grid([5, 50], [1.5, 2.0, 3.0])
    # Sets of a layer are nested, and multipliers are strengths of one direction.
    strength = np.array([1, 3])[:, None, None] * (np.array(grid.multipliers) - 1)[:, None]

    def effects(sets: int) -> np.ndarray:
        return rng.normal(0, 0.05, (sets, 1, 1, 1)) + rng.normal(0, 0.1, (sets, 1, 1, prompts))

    moved = shift(baseline, strength * effects(layers))
    top = np.zeros_like(moved, dtype=bool)
    swept = Swept(list(range(layers)), grid, baseline, moved, top[0, 0, 0], top)
    folds, controls = np.array(FOLDS)[rng.permutation(prompts) % 2], [effects(draws)[:, 0, 0] for _ in range(layers)]
    probability, random = np.empty(prompts), np.empty((draws, prompts))
    for fold in FOLDS:
        place = np.unravel_index(swept.improvements(folds == fold).argmax(), moved.shape[:3])
        tested = folds != fold
        probability[tested] = moved[place][tested]
        random[:, tested] = shift(baseline, strength[place[1:]] * controls[place[0]])[:, tested]
    # What lifts a prompt's own target lifts the others by as much, but for what is the prompt's own.
    others = logit_gain(probability, baseline) + rng.normal(0, 0.1, prompts)
    held_out = HeldOut(baseline, probability, top[0, 0, 0], top[0, 0, 0], random, others)
    settings = Statistics(task_improvement="best", confidence_level=0.95, resamples=199, seed=0)
    return advise(
        Calibration(
            model="made up", task="noise", searched=None, baseline=None, zone=1, margins=Margins(), ranking="",
            layers=[], gain=measure_gain(held_out, settings), random=compare_with_random(held_out, layers, settings),
            others=compare_with_others(held_out, settings), prose=SideEffects(20.0, 20.0, 0.0),
        ),
        settings.confidence_level,
    )  # fmt: skip


@pytest.mark.parametrize(("prompts", "layers"), [(24, 30), (60, 12)])
def test_where_neurons_do_nothing_of_their_own_it_says_dont_in_95_of_100_cases(prompts, layers):
    rng = np.random.default_rng(prompts + layers)
    advised = [simulate(rng, prompts, layers, draws=40) for _ in range(120)]
    assert sum(found.use for found in advised) <= 0.05 * len(advised)
    # The gain alone would be advice enough in most of them: the search finds a set that moves all prompts alike.
    assert sum(found.gain.percent.low > 0 for found in advised) > 0.5 * len(advised)


def test_of_random_weights_it_says_dont_in_95_of_100_cases(tmp_path):
    advised = []
    for seed in range(20):
        model = load_model(build_tiny_model("llama", tmp_path / str(seed), seed=seed), "tiny", LAYERS)
        task = made_up_nonsense(seed)
        found = calibrate(
            model, task, CONTRAST, PROSE, layers=[1, 3], **GRID, margins=WIDE, draws=20, resamples=99, seed=seed
        )
        advised.append(found.use)
    assert sum(advised) <= 0.05 * len(advised)
