"""Figures as words: how the verdicts and the report round, so that both say the same."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial, wraps
from string import ascii_lowercase
from typing import Literal, Protocol

Unit = Literal["number", "percent", "share", "points", "nats", "count", "tasks", "layer", "pvalue", "unchanged"]

#: What stands for a figure that is undefined.
NOTHING = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_RAISED = str.maketrans("-0123456789", "\N{SUPERSCRIPT MINUS}⁰¹²³⁴⁵⁶⁷⁸⁹")
_SPACE = "\N{NO-BREAK SPACE}"
_PERCENT = f"{_SPACE}%"


class Figure(Protocol):
    """A figure with its interval, such as `sna.statistics.estimate.Estimate`."""

    @property
    def value(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def _or_dash(write: Callable[[float], str]) -> Callable[[float | None], str]:
    """Let a way of writing give a dash for a figure that is undefined, which is None."""

    @wraps(write)
    def write_or_dash(value: float | None) -> str:
        return NOTHING if value is None else write(value)

    return write_or_dash


def _fixed(value: float, digits: int) -> str:
    """Round to `digits` decimals, with thousands separators and a true minus; never a minus zero."""
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", _MINUS)


@_or_dash
def number(value: float) -> str:
    """Write a figure of order 1, such as a correlation or a coefficient of determination.

    Parameters
    ----------
    value : float
        Of order 1, such as a correlation or a coefficient of determination.

    Returns
    -------
    str
        Such as ``-0.762``, with a true minus.
    """
    return _fixed(value, 3)


@_or_dash
def percent(value: float) -> str:
    """Write a figure that is in percent already.

    Parameters
    ----------
    value : float
        In percent already.

    Returns
    -------
    str
        Such as ``27.9 %``.
    """
    return _fixed(value, 0 if abs(value) >= 1000 else 1) + _PERCENT


@_or_dash
def share(value: float) -> str:
    """Write a share of 1 in percent.

    Parameters
    ----------
    value : float
        Of 1.

    Returns
    -------
    str
        Such as ``25.0 %``.
    """
    return percent(100 * value)


@_or_dash
def points(value: float) -> str:
    """Write a difference of two percentages.

    Parameters
    ----------
    value : float
        Percentage points.

    Returns
    -------
    str
        Such as ``57.3 points``.
    """
    return f"{_fixed(value, 1)}{_SPACE}points"


@_or_dash
def nats(value: float) -> str:
    """Write a difference of two log-probabilities.

    Parameters
    ----------
    value : float
        Natural logarithm of a ratio of probabilities.

    Returns
    -------
    str
        Such as ``-0.012 nats``.
    """
    return f"{number(value)}{_SPACE}nats"


@_or_dash
def count(value: float) -> str:
    """Write a whole number.

    Parameters
    ----------
    value : float
        A whole number.

    Returns
    -------
    str
        Such as ``24,192``.
    """
    return _fixed(value, 0)


@_or_dash
def tasks(value: float) -> str:
    """Write a number of tasks.

    Parameters
    ----------
    value : float
        How many.

    Returns
    -------
    str
        Such as ``1 task``.
    """
    return f"{count(value)} task{'' if value == 1 else 's'}"


@_or_dash
def layer(value: float) -> str:
    """Write a layer's index.

    Parameters
    ----------
    value : float
        Its index.

    Returns
    -------
    str
        Such as ``layer 5``.
    """
    return f"layer {value:.0f}"


@_or_dash
def depth(value: float) -> str:
    """Write where a layer is, from 0 for a model's first to 1 for its last.

    Parameters
    ----------
    value : float
        From 0 to 1.

    Returns
    -------
    str
        Such as ``0.67``.
    """
    return _fixed(value, 2)


@_or_dash
def pvalue(value: float) -> str:
    """Write a p-value; below 0.001 only that it is.

    Parameters
    ----------
    value : float
        From 0 to 1.

    Returns
    -------
    str
        Such as ``p = 0.004``.
    """
    return f"p{_SPACE}<{_SPACE}0.001" if value < 0.001 else f"p{_SPACE}={_SPACE}{value:.3f}"


def plain(value: float) -> str:
    """Write a figure of the configuration as it stands there.

    Parameters
    ----------
    value : float
        Of the configuration.

    Returns
    -------
    str
        Such as ``0.07``.
    """
    return f"{value:.10g}"


def level(value: float) -> str:
    """Write a share of the configuration in percent, with no more digits than it has.

    Parameters
    ----------
    value : float
        A share of 1, of the configuration.

    Returns
    -------
    str
        Such as ``95 %``.
    """
    return plain(100 * value) + _PERCENT


@_or_dash
def probability(value: float) -> str:
    """Write a probability with three decimals, or with two digits where those would be zeros.

    Parameters
    ----------
    value : float
        From 0 to 1.

    Returns
    -------
    str
        Such as ``0.0012``.
    """
    if value == 0 or value >= 0.01:
        return f"{value:.3f}"
    return f"{value:.2g}" if value >= 0.0001 else "< 0.0001"


@_or_dash
def any_probability(value: float) -> str:
    """Write a probability with three digits, however small it is.

    Parameters
    ----------
    value : float
        From 0 to 1.

    Returns
    -------
    str
        Such as ``0.773`` or ``1.23e-06``.
    """
    return f"{value:#.3g}"


@_or_dash
def perplexity(value: float) -> str:
    """Write a perplexity.

    Parameters
    ----------
    value : float
        At least 1.

    Returns
    -------
    str
        Such as ``20.46``.
    """
    return _fixed(value, 2)


@_or_dash
def scientific(value: float) -> str:
    """Write a figure far from 1 with one digit and a power of ten.

    Parameters
    ----------
    value : float
        Far from 1.

    Returns
    -------
    str
        Such as ``3 x 10^-6``, in typographic signs.
    """
    digits, _, exponent = f"{value:.0e}".partition("e")
    return f"{digits}{_SPACE}\N{MULTIPLICATION SIGN}{_SPACE}10{str(int(exponent)).translate(_RAISED)}"


def power(value: float) -> str:
    """Write a power of ten, as a tick of a logarithmic axis.

    Parameters
    ----------
    value : float
        A power of ten.

    Returns
    -------
    str
        Such as ``10^-6``, in typographic signs; ``1`` for 1.
    """
    exponent = round(math.log10(value))
    return f"10{str(exponent).translate(_RAISED)}" if exponent else "1"


def left(value: float | None, of: float | None) -> str:
    """Write what share of a gain is left: nothing if what is left is no gain.

    Parameters
    ----------
    value, of : float or None
        What is left, and the gain.

    Returns
    -------
    str
        Such as ``25.0 %``; a dash where there was no gain.
    """
    if value is None or of is None or of <= 0:
        return NOTHING
    return "nothing" if value <= 0 else share(value / of)


@_or_dash
def unchanged(value: float | bool) -> str:
    """Write whether something is as it was.

    Parameters
    ----------
    value : float or bool
        Whether it is.

    Returns
    -------
    str
        Such as ``unchanged``.
    """
    return "unchanged" if value else "changed"


@_or_dash
def duration(value: float) -> str:
    """Write seconds in the two largest units that they fill.

    Parameters
    ----------
    value : float
        Seconds.

    Returns
    -------
    str
        Such as ``2 h 30 min``.
    """
    if value < 10:
        return f"{value:.1f}{_SPACE}s"
    minutes, seconds = divmod(round(value), 60)
    if not minutes:
        return f"{seconds}{_SPACE}s"
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min")] if hours else [(minutes, "min"), (seconds, "s")]
    return " ".join(f"{part}{_SPACE}{unit}" for part, unit in parts)


@_or_dash
def memory(value: float) -> str:
    """Write megabytes, as gigabytes where they are as many.

    Parameters
    ----------
    value : float
        Megabytes.

    Returns
    -------
    str
        Such as ``1.5 GB``.
    """
    return f"{value / 1000:.1f}{_SPACE}GB" if value >= 1000 else f"{value:.0f}{_SPACE}MB"


def words(name: str) -> str:
    """Write a task's name as words: python_idioms becomes python idioms.

    Parameters
    ----------
    name : str
        With underscores.

    Returns
    -------
    str
        Such as ``python idioms``.
    """
    return name.replace("_", " ")


def signed(percent: float) -> str:
    """Write a percentage with its sign, and with one decimal if it is below 10, such as +0.3, +73, or 0.0.

    Parameters
    ----------
    percent : float
        Percent.

    Returns
    -------
    str
        Such as ``+73``.
    """
    return minus(f"{percent:+.1f}" if abs(round(percent, 1)) < 10 else f"{percent:+.0f}")


def minus(number: str) -> str:
    """Write a number with a true minus sign, and zero without any sign.

    Parameters
    ----------
    number : str
        With a hyphen for a minus sign, or a sign before a zero.

    Returns
    -------
    str
        Such as ``-0.5`` or ``0.0``.
    """
    return number.strip("+-") if float(number) == 0 else number.replace("-", _MINUS)


#: One way of writing a unit's figures.
UNITS: dict[Unit, Callable[[float | None], str]] = {
    "number": number,
    "percent": percent,
    "share": share,
    "points": points,
    "nats": nats,
    "count": count,
    "tasks": tasks,
    "layer": layer,
    "pvalue": pvalue,
    "unchanged": unchanged,
}
#: Units that are words stand with the figure, not at the ends of its interval.
_ENDS: dict[Unit, Callable[[float], str]] = {"points": partial(_fixed, digits=1), "nats": number, "layer": count}


def between(interval: Sequence[float | None] | None, unit: Unit = "number") -> str:
    """Write an interval.

    Parameters
    ----------
    interval : sequence of float, or None
        Its two ends.
    unit : Unit
        Of the ends.

    Returns
    -------
    str
        Such as ``-0.930 to -0.290`` or ``3.0 to 20.0 %``; a dash where it is undefined.
    """
    if interval is None or None in interval:
        return NOTHING
    write: Callable[..., str] = _ENDS.get(unit, UNITS[unit])
    low, high = map(write, interval)
    return f"{low.removesuffix(_PERCENT)} to {high}"


def ranges(numbers: Sequence[int]) -> str:
    """Write whole numbers, those that follow each other as a range.

    Parameters
    ----------
    numbers : sequence of int
        Ascending.

    Returns
    -------
    str
        Such as ``0, 5 to 9, 12``.
    """
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    pairs = zip(starts, ends, strict=True)
    return ", ".join(f"{start}" if start == end else f"{start} to {end}" for start, end in pairs)


def letter(number: int) -> str:
    """Write the letter of a figure's panel.

    Parameters
    ----------
    number : int
        From 0.

    Returns
    -------
    str
        ``a`` to ``z``, then ``aa``, ``ab`` and so on.
    """
    more, last = divmod(number, len(ascii_lowercase))
    return (letter(more - 1) if more else "") + ascii_lowercase[last]


def letters(numbers: Iterable[int]) -> str:
    """Write the letters of a figure's panels for its caption, those that follow each other as a range.

    Parameters
    ----------
    numbers : iterable of int
        From 0, ascending.

    Returns
    -------
    str
        Such as ``(a, e)`` or ``(a to l)``.
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    said = [
        " to ".join(map(letter, (run[0], run[-1]))) if len(run) > 2 else ", ".join(map(letter, run)) for run in runs
    ]
    return f"({', '.join(said)})"


def estimate(figure: Figure | None, unit: Unit = "number", space: str = " ") -> str:
    """Write an estimate with its interval: ``-0.74 (-0.93 to -0.29)``.

    Parameters
    ----------
    figure : Figure or None
    unit : Unit
        Of the figure.
    space : str
        What stands before the interval.

    Returns
    -------
    str
    """
    if figure is None or figure.value is None:
        return NOTHING
    interval = between((figure.low, figure.high), unit)
    return UNITS[unit](figure.value) + (f"{space}({interval})" if interval != NOTHING else "")


def coefficient(name: str, figure: Figure, p: float | None = None) -> str:
    """Write a coefficient with its interval, and its p-value if there is one: ``r = -0.74 (-0.93 to 0.29), p = 0.06``.

    Parameters
    ----------
    name : str
        What it is called.
    figure : Figure
    p : float, optional

    Returns
    -------
    str
    """
    if figure.value is None:
        return f"{name} is undefined"
    return f"{name} = {estimate(figure)}" + ("" if p is None else f", {pvalue(p)}")


#: The filters that claims.yaml and the report's templates may use.
FILTERS: dict[str, Callable] = {
    **UNITS,
    "plain": plain,
    "level": level,
    "probability": probability,
    "depth": depth,
    "perplexity": perplexity,
    "scientific": scientific,
    "left": left,
    "between": between,
    "ranges": ranges,
    "letters": letters,
    "estimate": estimate,
    "duration": duration,
    "memory": memory,
    "words": words,
}


def shown(value: float | None, form: str) -> str:
    """Write a figure by the name of its filter.

    Parameters
    ----------
    value : float or None
    form : str
        A key of `FILTERS`.

    Returns
    -------
    str
    """
    return FILTERS[form](value)
