"""Plot how many reviews each model classifies right, before and after amplification.

Reads statistics/reviews.json; writes figures/reviews.svg: a row a model, the test part by confidence on the left and by
label on the right, beside the unamplified model with its threshold moved.
"""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sna import formats
from sna.figures.style import INK, MUTED, WIDTH, save_svg, styled
from sna.job import job
from sna.statistics.results import read_results
from sna.statistics.reviews import Reviews
from sna.statistics.sentences import Comparison

#: Each series' share of right answers: which of a comparison's figures, and how its points look.
SERIES = {
    "before amplification": {"marker": "o", "color": MUTED, "markerfacecolor": "white"},
    "after amplification": {"marker": "o", "color": "#0072B2"},
    "unamplified, threshold moved to call as many positive": {"marker": "D", "color": "#D55E00"},
}
_APART = 0.2  # of the distance between two groups


@styled()
def draw(reviews: Mapping[str, Reviews], confidence_level: float) -> Figure:
    """Draw two panels a model.

    Parameters
    ----------
    reviews : mapping
        By model.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(WIDTH, 0.9 + 3.2 * len(reviews)))
    panels = figure.subplots(len(reviews), 2, squeeze=False, sharey=True, width_ratios=[5, 3])
    for (confidence, label), (model, found) in zip(panels, reviews.items(), strict=True):
        test, chosen, plain = found.test, found.configuration, formats.plain
        ranges = [f"{plain(group.low)} to {plain(group.high)}" for group in test.bins]
        _draw_groups(confidence, ranges, test.bins)
        _draw_groups(label, [*test.by_label, "all"], [*test.by_label.values(), test.all])
        if (auc := test.all.auc) is not None:
            change = formats.estimate(auc.difference)
            label.set_title(
                f"Area under the ROC curve: {formats.number(auc.before)} before, {formats.number(auc.after)} after;\n"
                f"change {change}",
                fontsize=8,
                pad=30,
            )
        confidence.set_title(
            f"{model}: layer {chosen.layer}, {chosen.neurons} neurons, multiplier {plain(chosen.multiplier)}",
            fontweight="bold",
            fontsize=10,
            pad=30,  # above the changes
        )
        confidence.set_ylabel("Sentences classified right (%)")
    panels[-1, 0].set_xlabel("Confidence before amplification")
    panels[-1, 1].set_xlabel("Sentiment of the sentence")
    level = formats.level(confidence_level)
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


def _draw_groups(axes: Axes, names: Sequence[str], groups: Sequence[Comparison]) -> None:
    """Draw a panel: for each group of sentences three shares, their number, and the change."""
    axes.axhline(50, color=MUTED, linewidth=0.7, linestyle=":", zorder=0)
    for place, group in enumerate(groups):
        if group.shift is None:
            continue
        shares = (
            (group.before, group.before_interval),
            (group.after, group.after_interval),
            (group.shift.right, group.shift.interval),
        )
        for number, ((share, interval), look) in enumerate(zip(shares, SERIES.values(), strict=True)):
            if share is None or interval is None:
                continue
            where = place + _APART * (number - 1)
            axes.plot([where] * 2, [100 * interval.low, 100 * interval.high], color=look["color"], linewidth=1.2)
            axes.plot(where, 100 * share, linestyle="", markersize=6, clip_on=False, **look)
        change = formats.estimate(group.difference, "points", space="\n")
        axes.text(place, 103, change, ha="center", va="bottom", fontsize=7.5, color=INK)
    ticks = [f"{name}\nn = {group.n}" for name, group in zip(names, groups, strict=True)]
    axes.set_xticks(range(len(groups)), ticks)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(groups) - 0.5)
    axes.set_ylim(0, 100)


def main(job_input, output, params, identifier: str | None = None) -> None:
    save_svg(draw(read_results(job_input.reviews, Reviews), params.confidence_level), output.exhibit, identifier)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
