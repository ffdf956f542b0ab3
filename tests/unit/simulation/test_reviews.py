"""Simulated reviews: nothing but noise, and the configuration that validate_reviews would choose."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import made_up_classified
from validate_reviews import choose

from sna.simulation.reviews import lay_out_reviews, simulate_reviews
from sna.statistics.sentences import read_sentences
from sna.tables import CLASSIFIED

CLASSIFIED_ROWS = made_up_classified(truth="shift", tuning=200, test=1000)
LAID_OUT = lay_out_reviews(CLASSIFIED_ROWS)


def test_an_effect_of_amplification_is_gone_and_its_noise_stays():
    changes = []
    for seed in range(20):
        simulated = simulate_reviews(LAID_OUT, np.random.default_rng(seed))
        read = read_sentences(simulated[simulated["part"] == "test"])
        changes.append(read["after"] - read["before"])
    # The chosen configuration of the study shifts all log odds by -1.5, with noise of 0.2; the others do nothing.
    assert abs(np.mean(changes)) < 0.02
    assert {round(float(change.std()), 1) for change in changes} <= {0.0, 0.2}


def test_a_simulated_table_keeps_its_contract_and_its_sentences():
    simulated = simulate_reviews(LAID_OUT, np.random.default_rng(0))
    checked = CLASSIFIED.check(simulated, "simulated")
    assert checked.groupby("part")["number"].nunique().to_dict() == {"tuning": 200, "test": 1000}
    said = checked["negative_before"] + checked["positive_before"]
    assert np.allclose(checked["negative_after"] + checked["positive_after"], said)


def test_the_chosen_configuration_is_that_of_the_stage():
    tuning = CLASSIFIED_ROWS[CLASSIFIED_ROWS["part"] == "tuning"]
    read = read_sentences(tuning)
    changes = (read["after"] - read["before"]).to_numpy().reshape(-1, 200).T
    # Every sentence gets the changes of one that gains most: nothing is random then.
    right = np.where(read["positive"][:200], 1, -1)
    donor = changes[np.argmax(changes[:, -1] * right)]
    alike = replace(LAID_OUT, noise=np.tile(donor, (200, 1)))
    simulated = simulate_reviews(alike, np.random.default_rng(0))
    both = tuning["negative_before"] + tuning["positive_before"]
    log_odds = read["before"].to_numpy() + np.repeat(donor, 200)
    whole = tuning.assign(positive_after=both / (1 + np.exp(-log_odds)), negative_after=both / (1 + np.exp(log_odds)))
    chosen = simulated[["layer", "neurons", "multiplier"]].drop_duplicates()
    assert [tuple(row) for row in chosen.itertuples(index=False)] == [pytest.approx(choose(whole))]
