"""The colours of panels: Okabe and Ito's palette, which the colour-blind can tell apart."""

from typing import Final

# https://jfly.uni-koeln.de/color
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#999999"
GOOD, WATCH, BAD = SKY, ORANGE, VERMILLION
HIDDEN: Final = "transparent"
SANCTIONS: Final = (
    ("outside", VERMILLION),
    ("sanctioned", BLUE),
    ("joint", GREEN),
    ("unclassified", GREY),
)
Steps = tuple[tuple[float | None, str], ...]
"""Colours from a value on; None: from the lowest value."""


def bad_from(value: float) -> Steps:
    """Return the steps of a number that should stay low."""
    return ((None, GOOD), (value, BAD))


def watch_from(value: float) -> Steps:
    """Return the steps of a number that needs attention when it is high."""
    return ((None, GOOD), (value, WATCH))


def good_from(watch: float, good: float) -> Steps:
    """Return the steps of a score that should be high."""
    return ((None, BAD), (watch, WATCH), (good, GOOD))
