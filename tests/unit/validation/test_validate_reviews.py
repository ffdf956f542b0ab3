from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import validate_reviews
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import LAYERS, WIDTH, build_tiny_model

from sna.engine.reference import amplified, log_probability
from sna.errors import InputError
from sna.experiments.reviews import Question
from sna.model.loading import load_model
from sna.tables import CLASSIFIED, REVIEWS, read_table, write_table

SENTIMENT = {
    "prompt": "Review: {sentence}\nSentiment:",
    "labels": {"negative": " bad", "positive": " good"},
    "neurons": [5, 40],
    "multipliers": [1.5, 3.0],
}
VALIDATION = {"reviews": "made-up", "selection": 6, "tuning": 4, "test": 8}
CONFIGURATIONS = [(layer, count, factor) for layer in (1, 3) for count in (5, 40) for factor in (1.5, 3.0)]


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    build_tiny_model("llama", folder / "model")
    sentences = [f"the {adjective} film {number}" for adjective in ("dull", "warm") for number in range(12)]
    labels = ["negative"] * 12 + ["positive"] * 12
    reviews = pd.DataFrame({"number": range(24), "label": labels, "sentence": sentences})
    write_table(reviews, REVIEWS, folder / "reviews.parquet")
    texts = [f"The dog {number} sleeps in the sun." for number in range(12)]
    (folder / "prose.yaml").write_text(yaml.safe_dump({"description": "Prose.", "texts": texts}), encoding="utf-8")
    return folder


def validate(work, output="classified.parquet", reviews="reviews.parquet", **changes) -> pd.DataFrame:
    job_input = SimpleNamespace(
        weights=work / "model" / "model.safetensors", reviews=work / reviews, contrast=work / "prose.yaml"
    )
    params = SimpleNamespace(
        n_layers=LAYERS, layer_ids=[1, 3], device="cpu", dtype="float32", start_token="tokenizer", study="tiny", seed=7,
        validation=VALIDATION | changes.get("validation", {}), sentiment=SENTIMENT | changes.get("sentiment", {}),
    )  # fmt: skip
    validate_reviews.main(job_input, work / output, params, "tiny", 1)
    return read_table(work / output, CLASSIFIED)


@pytest.fixture(scope="module")
def classified(work) -> pd.DataFrame:
    return validate(work)


def configurations(rows: pd.DataFrame) -> list[tuple]:
    return list(rows[validate_reviews.CONFIGURATION].drop_duplicates().itertuples(index=False, name=None))


def test_every_configuration_is_tried_on_the_tuning_part_and_the_chosen_one_on_the_test_part(classified):
    tuning, test = (classified[classified["part"] == part] for part in ("tuning", "test"))
    assert configurations(tuning) == CONFIGURATIONS
    assert configurations(test) == [validate_reviews.choose(tuning)]
    for rows, size in ((tuning, 4), (test, 8)):
        sentences = rows.drop_duplicates("number")
        assert sentences["label"].value_counts().to_dict() == {"negative": size / 2, "positive": size / 2}
    assert not set(tuning["number"]) & set(test["number"])


def test_what_is_written_is_what_a_hook_on_the_ranked_neurons_gives(work, classified):
    model = load_model(work / "model", "tiny", LAYERS)
    reviews = read_table(work / "reviews.parquet", REVIEWS).set_index("number")
    question = Question(SENTIMENT["prompt"], **SENTIMENT["labels"])
    params = SimpleNamespace(validation=VALIDATION, seed=7, study="tiny")
    selection = validate_reviews.draw(model, question, reviews.reset_index(), params)["selection"]
    texts = yaml.safe_load((work / "prose.yaml").read_text(encoding="utf-8"))["texts"]
    ranking = validate_reviews.rank(model, question, selection, texts, 40)
    for row in classified.itertuples():
        negative, positive = question.tokenize(model, [reviews.loc[row.number, "sentence"]])
        assert row.label == reviews.loc[row.number, "label"]
        assert np.exp(log_probability(model, positive)) == pytest.approx(row.positive_before, rel=1e-5)
        with amplified(model, {row.layer: ranking.neuron_ids[row.layer, : row.neurons]}, row.multiplier):
            assert np.exp(log_probability(model, positive)) == pytest.approx(row.positive_after, rel=1e-5)
            assert np.exp(log_probability(model, negative)) == pytest.approx(row.negative_after, rel=1e-5)


def test_the_same_seed_gives_the_same_bytes(work, classified):
    validate(work, "again.parquet")
    assert (work / "again.parquet").read_bytes() == (work / "classified.parquet").read_bytes()


def test_sentences_too_long_for_the_model_are_left_out_and_counted_in_the_log(work, capsys):
    reviews = read_table(work / "reviews.parquet", REVIEWS)
    long = reviews["number"] % 12 < 3
    reviews["sentence"] = reviews["sentence"].where(~long, reviews["sentence"] + " \u00a7" * 100)
    write_table(reviews, REVIEWS, work / "long.parquet")
    table = validate(work, "short.parquet", "long.parquet")
    assert not set(table["number"]) & set(reviews.loc[long, "number"])
    assert "6 of 24 sentences are left out" in capsys.readouterr().err


def test_too_few_sentences_name_the_study(work):
    with pytest.raises(InputError) as caught:
        validate(work, validation={"test": 16})
    assert str(caught.value) == (
        "config.yaml: studies.tiny.validation: selection + tuning + test need 13 different negative sentences;"
        " there are 12 in made-up that tiny can read"
    )


def test_more_neurons_than_a_layer_has_name_their_key(work):
    with pytest.raises(InputError, match=r"config\.yaml: sentiment\.neurons: 9999 given; a layer of this model has"):
        validate(work, sentiment={"neurons": [5, WIDTH + 9999 - WIDTH]})


def tuning(right: dict[tuple, list[float]], total: float = 0.2) -> pd.DataFrame:
    """Make up tuning rows in which the right label has a share of the probability of both labels."""
    rows = [
        (*configuration, number, label, total * (1 - share), total * share)
        for configuration, shares in right.items()
        for number, (label, share) in enumerate(zip(("negative", "positive") * 9, shares, strict=False))
    ]
    table = pd.DataFrame(rows, columns=[*validate_reviews.CONFIGURATION, "number", "label", "wrong", "right"])
    positive = table["label"] == "positive"
    return table.assign(
        positive_after=table["right"].where(positive, table["wrong"]),
        negative_after=table["wrong"].where(positive, table["right"]),
    )


@given(st.sampled_from(CONFIGURATIONS), st.permutations(CONFIGURATIONS))
def test_the_configuration_with_the_highest_mean_share_is_chosen(best, order):
    shares = {configuration: [0.5, 0.6, 0.4, 0.5] for configuration in order}
    assert validate_reviews.choose(tuning(shares | {best: [0.9, 0.3, 0.5, 0.5]})) == best


@given(st.permutations(CONFIGURATIONS))
def test_of_equally_good_ones_the_least_is_chosen(order):
    shares = {configuration: [0.25, 0.75] for configuration in order}
    assert validate_reviews.choose(tuning(shares)) == (1, 5, 1.5)


def test_a_configuration_that_makes_both_labels_impossible_counts_as_undecided():
    shares = {(1, 5, 1.5): [0.4, 0.4], (1, 5, 3.0): [0.45, 0.45]}
    rows = tuning(shares)
    nothing = tuning({(1, 40, 3.0): [1.0, 1.0]}, total=0)
    assert validate_reviews.choose(pd.concat([rows, nothing], ignore_index=True)) == (1, 40, 3.0)
