"""How Grafana writes numbers with their units, and times that are past."""

import math

THOUSANDS = ("", " K", " Mil", " Bil", " Tri")
BYTES = (" B", " KiB", " MiB", " GiB", " TiB")
SPANS = (
    (1, " s", 60),
    (60, " min", 3600),
    (3600, " hour", 86_400),
    (86_400, " day", 604_800),
    (604_800, " week", 31_536_000),
    (31_556_900, " year", math.inf),
)


def fixed(value, decimals):
    """Round as JavaScript does: a half upwards."""
    factor = 10**decimals
    return f"{math.floor(value * factor + 0.5) / factor:.{decimals}f}"


def number(value):
    """Three digits that count, and no decimals of a whole number."""
    if value == 0 or value % 1 == 0:
        return fixed(value, 0)
    return fixed(value, max(0, 2 - math.floor(math.log10(abs(value)))))


def scaled(value, factor, suffixes):
    """A number in the greatest unit that leaves it 1 or more."""
    size = math.floor(math.log(abs(value), factor) + 1e-12) if value else 0
    size = min(max(size, 0), len(suffixes) - 1)
    return number(value / factor**size) + suffixes[size]


def short(value):
    return scaled(value, 1000, THOUSANDS)


def per_second(value):
    return f"{short(value)} ops/s"


def size(value):
    return scaled(value, 1024, BYTES)


def percent(value):
    return f"{fixed(100 * value, 1)}%"


def seconds(value):
    """A duration in the unit that fits it; Grafana's seconds have no plural."""
    for factor, suffix in ((1e9, " ns"), (1e6, " µs"), (1e3, " ms")):
        if 0 < abs(value) < 1000 / factor:
            return number(value * factor) + suffix
    unit, suffix = next((unit, suffix) for unit, suffix, limit in SPANS if abs(value) < limit)
    plural = "s" if unit > 1 and abs(value) / unit > 1 else ""
    return number(value / unit) + suffix + plural


def ago(passed):
    """How long ago something was, after so many seconds, in the words of moment.js."""
    for unit, one, several, limit in (
        (1, "a few seconds", "a few seconds", 45),
        (60, "a minute", "{} minutes", 45),
        (3600, "an hour", "{} hours", 22),
        (86_400, "a day", "{} days", 26),
        (86_400 * 30.436875, "a month", "{} months", 11),
        (86_400 * 365.25, "a year", "{} years", math.inf),
    ):
        count = math.floor(passed / unit + 0.5)
        if count < limit:
            return f"{one if count <= 1 else several.format(count)} ago"
    raise AssertionError(passed)
