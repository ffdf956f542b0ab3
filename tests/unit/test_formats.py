"""Figures as words."""

import pytest

from sna import formats
from sna.statistics.estimate import UNDEFINED, Estimate


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formats.number(-0.7621), "\N{MINUS SIGN}0.762"),
        (formats.number(-0.0001), "0.000"),
        (formats.percent(27.85), "27.9\N{NO-BREAK SPACE}%"),
        (formats.percent(12345.6), "12,346\N{NO-BREAK SPACE}%"),
        (formats.share(0.25), "25.0\N{NO-BREAK SPACE}%"),
        (formats.count(24192), "24,192"),
        (formats.tasks(1), "1 task"),
        (formats.pvalue(0.0004), "p\u00a0<\u00a00.001"),
        (formats.pvalue(0.0042), "p\u00a0=\u00a00.004"),
        (formats.level(0.07), "7\N{NO-BREAK SPACE}%"),
        (formats.probability(0.00123), "0.0012"),
        (formats.probability(0.00001), "< 0.0001"),
        (formats.scientific(3.2e-6), "3\u00a0\N{MULTIPLICATION SIGN}\u00a010⁻⁶"),
        (formats.scientific(None), formats.NOTHING),
        (formats.probability(0), "0.000"),
        (formats.points(57.3), "57.3\N{NO-BREAK SPACE}points"),
        (formats.nats(-0.0123), "\N{MINUS SIGN}0.012\N{NO-BREAK SPACE}nats"),
        (formats.perplexity(20.456), "20.46"),
        (formats.perplexity(None), formats.NOTHING),
        (formats.left(15, 60), "25.0\N{NO-BREAK SPACE}%"),
        (formats.left(-1, 60), "nothing"),
        (formats.left(1, 0), formats.NOTHING),
        (formats.left(None, 60), formats.NOTHING),
        (formats.unchanged(0), "changed"),
        (formats.between([-0.93, -0.29]), "\N{MINUS SIGN}0.930 to \N{MINUS SIGN}0.290"),
        (formats.between([8, 10], "layer"), "8 to 10"),
        (formats.ranges([0, 5, 6, 7, 12]), "0, 5 to 7, 12"),
        (formats.ranges([]), ""),
        (formats.between([3, 20], "percent"), "3.0 to 20.0\N{NO-BREAK SPACE}%"),
        (formats.between([0.03, 0.2], "share"), "3.0 to 20.0\N{NO-BREAK SPACE}%"),
        (formats.between([-1.25, 3], "points"), "\N{MINUS SIGN}1.2 to 3.0"),
        (formats.between([None, 1]), formats.NOTHING),
        (formats.estimate(Estimate(1, None, None), "count"), "1"),
        (formats.estimate(Estimate(1, -2, 3), space="\n"), "1.000\n(\N{MINUS SIGN}2.000 to 3.000)"),
        (formats.estimate(UNDEFINED), formats.NOTHING),
        (formats.coefficient("r", Estimate(0.5, 0.25, 0.75)), "r = 0.500 (0.250 to 0.750)"),
        (formats.coefficient("r", Estimate(0.5, None, None), 0.0001), "r = 0.500, p\u00a0<\u00a00.001"),
        (formats.coefficient("r", UNDEFINED, None), "r is undefined"),
        (formats.depth(2 / 3), "0.67"),
        (formats.depth(None), formats.NOTHING),
        (formats.estimate(None), formats.NOTHING),
    ],
)
def test_figures_are_rounded_to_what_they_can_say(written, expected):
    assert written == expected


@pytest.mark.parametrize("unit", formats.UNITS)
def test_an_undefined_figure_of_any_unit_is_a_dash(unit):
    assert formats.UNITS[unit](None) == formats.NOTHING
