"""Which reviews are for what: parts that have no sentence in common."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sna.errors import InputError

LABELS = ("negative", "positive")


def distinct(reviews: pd.DataFrame) -> pd.DataFrame:
    """Return one row a sentence, and none of a sentence that occurs with both labels.

    Two rows hold the same sentence if they differ in case or white space only.

    Parameters
    ----------
    reviews : DataFrame
        As `sna.tables.REVIEWS` says.

    Returns
    -------
    DataFrame
        Some of its rows.
    """
    plain = reviews["sentence"].str.casefold().str.split().str.join(" ")
    agreed = reviews.groupby(plain)["label"].transform("nunique") == 1
    return reviews[agreed & ~plain.duplicated()]


def draw_parts(reviews: pd.DataFrame, sizes: Mapping[str, int], seed: int) -> dict[str, pd.DataFrame]:
    """Draw parts at random, half of each positive, without a sentence in two of them.

    Parameters
    ----------
    reviews : DataFrame
        As `sna.tables.REVIEWS` says.
    sizes : mapping of str to int
        How many sentences each part has; even numbers.
    seed : int
        The same seed draws the same sentences.

    Returns
    -------
    dict of str to DataFrame
        The rows of each part, sorted by number.

    Raises
    ------
    InputError
        If there are too few sentences of a label.
    """
    rng = np.random.default_rng(seed)
    candidates = distinct(reviews)
    bounds = np.cumsum([size // 2 for size in sizes.values()])
    drawn = []
    for label in LABELS:
        of_label = candidates.index[candidates["label"] == label]
        if len(of_label) < bounds[-1]:
            raise InputError(
                f"{' + '.join(sizes)} need {bounds[-1]} different {label} sentences; there are {len(of_label)}"
            )
        drawn.append(np.split(rng.permutation(of_label)[: bounds[-1]], bounds[:-1]))
    return {
        part: candidates.loc[np.sort(np.concatenate(numbers))] for part, *numbers in zip(sizes, *drawn, strict=True)
    }
