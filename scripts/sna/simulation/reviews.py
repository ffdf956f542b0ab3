"""Reviews in a study without effect: every sentence's log odds make noise, and the best configuration is chosen."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from sna.simulation.noise import centre, draw
from sna.statistics.sentences import read_sentences
from sna.tables import CLASSIFIED

_CONFIGURATION = ["layer", "neurons", "multiplier"]


@dataclass(frozen=True)
class Classified:
    """What was classified.

    Attributes
    ----------
    sentences : DataFrame
        Rows of a table that keeps `sna.tables.CLASSIFIED`, one a sentence, those of the tuning part first.
    log_odds : ndarray, shape (sentences,)
        Of the positive label, before amplification.
    configurations : DataFrame
        `layer`, `neurons` and `multiplier` of those among which the tuning part chose, ascending in this order.
    noise : ndarray, shape (sentences of the tuning part, configurations)
        Changes of the log odds without their mean under each configuration.
    """

    sentences: pd.DataFrame
    log_odds: np.ndarray
    configurations: pd.DataFrame
    noise: np.ndarray


def lay_out_reviews(classified: pd.DataFrame) -> Classified:
    """Lay out the classified sentences.

    Parameters
    ----------
    classified : DataFrame
        One model's rows of a table that keeps `sna.tables.CLASSIFIED`.

    Returns
    -------
    Classified
    """
    ordered = classified.sort_values(list(CLASSIFIED.keys), ignore_index=True)
    tuning = ordered[ordered["part"] == "tuning"]
    first = tuning.drop_duplicates("number")
    sentences = pd.concat([first, ordered[ordered["part"] == "test"]], ignore_index=True)
    read = read_sentences(tuning)
    changes = (read["after"] - read["before"]).to_numpy().reshape(-1, len(first)).T
    return Classified(
        sentences=sentences,
        log_odds=read_sentences(sentences)["before"].to_numpy(),
        configurations=tuning[_CONFIGURATION].drop_duplicates(ignore_index=True),
        noise=centre(changes),
    )


def simulate_reviews(classified: Classified, rng: np.random.Generator) -> pd.DataFrame:
    """Classify the sentences again, as if no configuration did anything but make noise.

    A sentence of the tuning part gets the changes that one of them, drawn at random, has under all configurations. The
    one that then is best is chosen as `validate_reviews` does, by the mean probability of the right label. The
    sentences of the test part get changes that the tuning part has under it.

    Parameters
    ----------
    classified : Classified
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        A table that keeps `sna.tables.CLASSIFIED`, under the chosen configuration alone.
    """
    n = len(classified.noise)
    sentences, before = classified.sentences, classified.log_odds
    tuned = before[:n, None] + draw(classified.noise, n, rng)
    sign = np.where(sentences["label"][:n] == "positive", 1, -1)[:, None]
    best = int(np.argmax(expit(sign * tuned).mean(axis=0)))
    tested = before[n:] + draw(classified.noise[:, best], len(before) - n, rng)
    after = np.concatenate([tuned[:, best], tested])
    # The two labels keep the share of the probability that they have together.
    both = sentences["negative_before"] + sentences["positive_before"]
    simulated = sentences.assign(
        **classified.configurations.iloc[best].to_dict(),
        negative_after=both * expit(-after),
        positive_after=both * expit(after),
    )
    return simulated.astype({"layer": "int64", "neurons": "int64"})
