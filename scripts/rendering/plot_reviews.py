"""Plot how many reviews each model classifies right, before and after amplification.

Reads statistics/reviews.json; writes figures/reviews.svg: a row a model, by confidence on the left and by label on the
right, with what a shift of the unamplified model's boundary would give.
"""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy import stats

from sna.figures.style import INK, MUTED, WIDTH, save_svg, styled
from sna.files import read_json
from sna.formats import signed
from sna.job import job

#: Each series' share of right answers: which of a comparison's figures, and how its points look.
SERIES = {
    "before amplification": {"marker": "o", "color": MUTED, "markerfacecolor": "white"},
    "after amplification": {"marker": "o", "color": "#0072B2"},
    "unamplified, boundary shifted": {"marker": "D", "color": "#D55E00"},
}
_APART = 0.2  # of the distance between two groups


@styled()
def draw(reviews: Mapping[str, Mapping], confidence_level: float) -> Figure:
    """Draw two panels a model.

    Parameters
    ----------
    reviews : mapping
        The content of statistics/reviews.json, by model.
    confidence_level : float
        That of the statistics, which the intervals of the points take too.
    """
    figure = Figure(figsize=(WIDTH, 0.9 + 3.2 * len(reviews)))
    panels = figure.subplots(len(reviews), 2, squeeze=False, sharey=True, width_ratios=[5, 3])
    for (confidence, label), (model, found) in zip(panels, reviews.items(), strict=True):
        shift = found["shift_only"]
        ranges = [f"{group['low']:g} to {group['high']:g}" for group in found["bins"]]
        _draw_groups(confidence, ranges, found["bins"], shift["bins"], confidence_level)
        _draw_groups(
            label,
            [*found["by_label"], "all"],
            [*found["by_label"].values(), found["accuracy"]],
            [*shift["by_label"].values(), shift],
            confidence_level,
        )
        chosen = found["configuration"]
        confidence.set_title(
            f"{model}: layer {chosen['layer']}, {chosen['neurons']} neurons, multiplier {chosen['multiplier']:g}",
            fontweight="bold",
            fontsize=10,
            pad=30,  # above the changes
        )
        confidence.set_ylabel("Sentences classified right (%)")
    panels[-1, 0].set_xlabel("Confidence before amplification")
    panels[-1, 1].set_xlabel("Sentiment of the sentence")
    level = f"{100 * confidence_level:g} %"
    title = (
        f"Bars: {level} intervals. Above: change by amplification in percentage points, with its paired {level} "
        "interval. Dotted: guessing."
    )
    figure.legend(
        handles=[Line2D([], [], label=name, linestyle="", **look) for name, look in SERIES.items()],
        title=title,
        title_fontsize=8,
        loc="outside upper left",
        alignment="left",
        ncols=len(SERIES),
    )
    return figure


def _draw_groups(
    axes: Axes, names: list[str], groups: list[Mapping], shifted: list[Mapping], confidence_level: float
) -> None:
    """Draw a panel: for each group of sentences three shares, their number, and the change."""
    axes.axhline(50, color=MUTED, linewidth=0.7, linestyle=":", zorder=0)
    for place, (group, shift) in enumerate(zip(groups, shifted, strict=True)):
        if not group["n"]:
            continue
        shares = (group["before"], group["after"], shift["after"])
        for number, (share, look) in enumerate(zip(shares, SERIES.values(), strict=True)):
            low, high = wilson_interval(share, group["n"], confidence_level)
            where = place + _APART * (number - 1)
            axes.plot([where] * 2, [100 * low, 100 * high], color=look["color"], linewidth=1.2)
            axes.plot(where, 100 * share, linestyle="", markersize=6, clip_on=False, **look)
        axes.text(place, 103, _change(group["difference"]), ha="center", va="bottom", fontsize=7.5, color=INK)
    ticks = [f"{name}\nn = {group['n']}" for name, group in zip(names, groups, strict=True)]
    axes.set_xticks(range(len(groups)), ticks)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(groups) - 0.5)
    axes.set_ylim(0, 100)


def wilson_interval(share: float, n: int, confidence_level: float) -> tuple[float, float]:
    """Return the interval of a share of `n` sentences, which is defined for 0 and 1 too [1]_.

    References
    ----------
    .. [1] E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, Journal of the American
       Statistical Association 22 (1927), 209-212.
    """
    interval = stats.binomtest(round(share * n), n).proportion_ci(confidence_level, method="wilson")
    return interval.low, interval.high


def _change(difference: Mapping[str, float | None]) -> str:
    value = signed(difference["value"])
    if difference["low"] is None:
        return value
    return f"{value}\n[{signed(difference['low'])}, {signed(difference['high'])}]"


def main(statistics: str, figure: str, confidence_level: float, *, identifier: str | None = None) -> None:
    """Read the statistics, draw, save."""
    save_svg(draw(read_json(statistics), confidence_level), figure, identifier)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input.reviews, snakemake.output[0], snakemake.params.confidence_level, identifier=record.id)
