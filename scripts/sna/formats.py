"""Figures as words: how the verdicts and the report round, so that both say the same."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

Unit = Literal["number", "percent", "share", "points", "nats", "count", "tasks", "layer", "pvalue", "yes_no"]

#: What stands for a figure that is undefined.
NOTHING = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_RAISED = str.maketrans("-0123456789", "\N{SUPERSCRIPT MINUS}⁰¹²³⁴⁵⁶⁷⁸⁹")
_SPACE = "\N{NO-BREAK SPACE}"
_PERCENT = f"{_SPACE}%"


def _fixed(value: float, digits: int) -> str:
    """Round to `digits` decimals, with thousands separators and a true minus; never a minus zero."""
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", _MINUS)


def number(value: float | None) -> str:
    """Write a figure of order 1, such as a correlation or a coefficient of determination."""
    return NOTHING if value is None else _fixed(value, 3)


def percent(value: float | None) -> str:
    """Write a figure that is in percent already."""
    return NOTHING if value is None else _fixed(value, 0 if abs(value) >= 1000 else 1) + _PERCENT


def share(value: float | None) -> str:
    """Write a share of 1 in percent."""
    return NOTHING if value is None else percent(100 * value)


def points(value: float | None) -> str:
    """Write a difference of two percentages."""
    return NOTHING if value is None else f"{_fixed(value, 1)}{_SPACE}points"


def nats(value: float | None) -> str:
    """Write a difference of two log-probabilities."""
    return NOTHING if value is None else f"{number(value)}{_SPACE}nats"


def count(value: float | None) -> str:
    """Write a whole number."""
    return NOTHING if value is None else _fixed(value, 0)


def tasks(value: float | None) -> str:
    """Write a number of tasks."""
    return NOTHING if value is None else f"{count(value)} task{'' if value == 1 else 's'}"


def layer(value: float | None) -> str:
    """Write a layer's index."""
    return NOTHING if value is None else f"layer {value:.0f}"


def pvalue(value: float | None) -> str:
    """Write a p-value; below 0.001 only that it is."""
    if value is None:
        return NOTHING
    return f"p{_SPACE}<{_SPACE}0.001" if value < 0.001 else f"p{_SPACE}={_SPACE}{value:.3f}"


def plain(value: float) -> str:
    """Write a figure of the configuration as it stands there."""
    return f"{value:.10g}"


def level(value: float) -> str:
    """Write a share of the configuration in percent, with no more digits than it has."""
    return plain(100 * value) + _PERCENT


def probability(value: float | None) -> str:
    """Write a probability with three decimals, or with two digits where those would be zeros."""
    if value is None:
        return NOTHING
    if value == 0 or value >= 0.01:
        return f"{value:.3f}"
    return f"{value:.2g}" if value >= 0.0001 else "< 0.0001"


def perplexity(value: float | None) -> str:
    """Write a perplexity."""
    return NOTHING if value is None else _fixed(value, 2)


def scientific(value: float | None) -> str:
    """Write a figure far from 1 with one digit and a power of ten: ``3 x 10^-6``, in typographic signs."""
    if value is None:
        return NOTHING
    digits, _, exponent = f"{value:.0e}".partition("e")
    return f"{digits}\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}10" + str(int(exponent)).translate(
        _RAISED
    )


def left(value: float | None, of: float | None) -> str:
    """Write what share of a gain is left: nothing if what is left is no gain."""
    if value is None or of is None or of <= 0:
        return NOTHING
    return "nothing" if value <= 0 else share(value / of)


def yes_no(value: float | bool | None) -> str:
    """Write a truth value."""
    return NOTHING if value is None else "yes" if value else "no"


def duration(value: float | None) -> str:
    """Write seconds in the two largest units that they fill."""
    if value is None:
        return NOTHING
    if value < 10:
        return f"{value:.1f}{_SPACE}s"
    minutes, seconds = divmod(round(value), 60)
    if not minutes:
        return f"{seconds}{_SPACE}s"
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min")] if hours else [(minutes, "min"), (seconds, "s")]
    return " ".join(f"{part}{_SPACE}{unit}" for part, unit in parts)


def memory(value: float | None) -> str:
    """Write megabytes, as gigabytes where they are as many."""
    if value is None:
        return NOTHING
    return f"{value / 1000:.1f}{_SPACE}GB" if value >= 1000 else f"{value:.0f}{_SPACE}MB"


def words(name: str) -> str:
    """Write a task's name as words: python_idioms becomes python idioms."""
    return name.replace("_", " ")


def signed(percent: float) -> str:
    """Write a percentage with its sign, and with one decimal if it is below 10, such as +0.3, +73, or 0.0."""
    return minus(f"{percent:+.1f}" if abs(round(percent, 1)) < 10 else f"{percent:+.0f}")


def minus(number: str) -> str:
    """Write a number with a true minus sign, and zero without any sign."""
    return number.strip("+-") if float(number) == 0 else number.replace("-", "\N{MINUS SIGN}")


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
    "yes_no": yes_no,
}
#: Units that are words stand with the figure, not at the ends of its interval.
_ENDS: dict[Unit, Callable[[float], str]] = {"points": partial(_fixed, digits=1), "nats": number, "layer": count}


def between(interval: Sequence[float | None] | None, unit: Unit = "number") -> str:
    """Write an interval, or nothing where it is undefined: ``-0.93 to -0.29``, ``3.0 to 20.0 %``."""
    if interval is None or None in interval:
        return NOTHING
    write = _ENDS.get(unit, UNITS[unit])
    low, high = map(write, interval)
    return f"{low.removesuffix(_PERCENT)} to {high}"


def estimate(figure: dict | None, unit: Unit = "number") -> str:
    """Write an estimate ``{"value", "low", "high"}`` with its interval: ``-0.74 (-0.93 to -0.29)``."""
    if figure is None or figure["value"] is None:
        return NOTHING
    interval = between((figure["low"], figure["high"]), unit)
    return UNITS[unit](figure["value"]) + (f" ({interval})" if interval != NOTHING else "")


#: The filters that claims.yaml and the report's templates may use.
FILTERS: dict[str, Callable] = {
    **UNITS,
    "plain": plain,
    "level": level,
    "probability": probability,
    "perplexity": perplexity,
    "scientific": scientific,
    "left": left,
    "between": between,
    "estimate": estimate,
    "duration": duration,
    "memory": memory,
    "words": words,
}


def shown(value: float | None, form: str) -> str:
    """Write a figure by the name of its filter."""
    return FILTERS[form](value)
