"""Plot how many reviews each model classifies right, before and after amplification.

Reads statistics/reviews.json; writes figures/reviews.svg: a row a model, the test part by confidence on the left and by
label on the right, beside the unamplified model with its threshold moved.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sna import formats
from sna.figures.keys import add_key
from sna.figures.letters import panel_letters, title_panel
from sna.figures.saving import save_figure
from sna.figures.style import MUTED, SMALL, WIDTH, styled
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
_ABOVE = 26  # points, which the changes take above a panel


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
    figure = Figure(figsize=(WIDTH, 0.7 + 2.9 * len(reviews)))
    panels = figure.subplots(len(reviews), 2, squeeze=False, sharey=True, width_ratios=[5, 3])
    letters = panel_letters(panels.size)
    lowest = min(_lowest(found) for found in reviews.values())
    for (confidence, label), (model, found) in zip(panels, reviews.items(), strict=True):
        test, chosen, plain = found.test, found.configuration, formats.plain
        ranges = [f"{plain(group.low)} to {plain(group.high)}" for group in test.bins]
        _draw_groups(confidence, ranges, test.bins)
        _draw_groups(label, [*test.by_label, "all"], [*test.by_label.values(), test.all])
        configuration = f"Layer {chosen.layer}, {chosen.neurons} neurons, multiplier {plain(chosen.multiplier)}"
        title_panel(confidence, letters, configuration, model=model, pad=_ABOVE)
        auc = test.all.auc
        said = (
            ""
            if auc is None
            else (
                f"ROC area: {formats.number(auc.before)} before, {formats.number(auc.after)} after;\n"
                f"change {formats.estimate(auc.difference)}"
            )
        )
        title_panel(label, letters, said, pad=_ABOVE)
        confidence.set_ylim(lowest, 100)
        confidence.set_ylabel("Sentences classified right (%)")
    panels[-1, 0].set_xlabel("Confidence before amplification")
    panels[-1, 1].set_xlabel("Sentiment of the sentence")
    level = formats.level(confidence_level)
    title = (
        f"Lines: {level} intervals. Above: change by amplification in percentage points, with its paired {level} "
        "interval. Dotted: guessing."
    )
    add_key(figure, [Line2D([], [], label=name, linestyle="", **look) for name, look in SERIES.items()], title=title)
    return figure


def _lowest(found: Reviews) -> float:
    """Return where the axis begins: at a ten below guessing and below all intervals."""
    groups = [*found.test.bins, *found.test.by_label.values(), found.test.all]
    intervals = [
        interval
        for group in groups
        for interval in (group.before_interval, group.after_interval, group.shift.interval if group.shift else None)
        if interval is not None
    ]
    return 10 * np.floor((100 * min(0.5, *(interval.low for interval in intervals)) - 1) / 10)


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
            axes.plot(where, 100 * share, linestyle="", markersize=5, clip_on=False, **look)
        change = formats.estimate(group.difference, "points", space="\n").replace("\N{NO-BREAK SPACE}points", "")
        above = {"xycoords": ("data", "axes fraction"), "xytext": (0, 4), "textcoords": "offset points"}
        axes.annotate(change, (place, 1), ha="center", va="bottom", fontsize=SMALL, gid="change", **above)
    ticks = [f"{name}\nn = {formats.count(group.n)}" for name, group in zip(names, groups, strict=True)]
    axes.set_xticks(range(len(groups)), ticks)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(groups) - 0.5)


def main(job_input, output, params, identifier: str | None = None) -> None:
    save_figure(draw(read_results(job_input.reviews, Reviews), params.confidence_level), output.exhibit, identifier)


if __name__ == "__main__":
    with job(snakemake) as record:
        main(snakemake.input, snakemake.output, snakemake.params, record.id)
