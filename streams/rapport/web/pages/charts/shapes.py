"""Shapes: coordinates of lines and bars in a box, which the templates draw as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from math import ceil
from typing import Final, NamedTuple

WIDTH: Final = 100.0
"""The width of every box; the page scales it."""
HEIGHT: Final = 100.0
INTERVALS_MAX: Final = 4
"""The most intervals that an axis of numbers is divided into."""


class Tick(NamedTuple):
    """A marked value of an axis: its coordinate in the box, and its label."""

    at: float
    label: str
    is_minor: bool = False
    """Whether its label is left out where there is little room."""


class Bar(NamedTuple):
    """A horizontal bar from `x`, `width` long, of a kind that the stylesheet colours."""

    kind: str
    x: float
    width: float


class VerticalBar(NamedTuple):
    """A vertical bar from the bottom of the box."""

    x: float
    y: float
    width: float
    height: float
    kind: str


def tick_values(highest: float) -> range:
    """Return the whole numbers to mark on an axis from 0, the last at or above `highest`.

    >>> list(tick_values(3)), list(tick_values(18)), list(tick_values(0.4))
    ([0, 1, 2, 3], [0, 5, 10, 15, 20], [0, 1])
    """
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if highest <= step * INTERVALS_MAX)
    return range(0, step * max(1, ceil(highest / step)) + 1, step)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from values to the width or the height of a box."""

    low: float
    high: float

    def across(self, value: float) -> float:
        """Return the x coordinate of a value, limited to the box.

        >>> Scale(-1, 1).across(0.5), Scale(0, 1).across(7)
        (75.0, 100.0)
        """
        return round(min(1.0, max(0.0, self._fraction(value))) * WIDTH, 2)

    def down(self, value: float) -> float:
        """Return the y coordinate of a value, from the top.

        >>> Scale(0, 4).down(1)
        75.0
        """
        return round((1 - min(1.0, max(0.0, self._fraction(value)))) * HEIGHT, 2)

    def _fraction(self, value: float) -> float:
        return (value - self.low) / ((self.high - self.low) or 1.0)

    def bar(self, kind: str, start: float, end: float) -> Bar:
        """Return the bar between two values."""
        left, right = sorted((self.across(start), self.across(end)))
        return Bar(kind, left, round(right - left, 2))


def line(values: Sequence[float | None], scale: Scale) -> list[str]:
    """Return the points of a line, each in the middle of its column, with gaps for unknown values.

    >>> line([0, 1, None, 1], Scale(0, 1))
    ['12.5,100.0 37.5,0.0', '87.5,0.0']
    """
    column_width = WIDTH / max(1, len(values))
    points = [(round((index + 0.5) * column_width, 2), value) for index, value in enumerate(values)]
    return [
        " ".join(f"{x},{scale.down(value)}" for x, value in run if value is not None)
        for has_value, run in groupby(points, key=lambda point: point[1] is not None)
        if has_value
    ]


def steps(values: Sequence[float], scale: Scale, columns: int = 0) -> str:
    """Return a step line: horizontal over the column of each value, in at least `columns`.

    >>> steps([1, 2], Scale(0, 2)), steps([1], Scale(0, 2), 4)
    ('0.0,50.0 50.0,50.0 50.0,0.0 100.0,0.0', '0.0,50.0 25.0,50.0')
    """
    width = WIDTH / max(1, columns, len(values))
    return " ".join(f"{x},{y}" for x, y in _corners(values, scale, width))


def _corners(
    values: Sequence[float], scale: Scale, column_width: float
) -> Iterator[tuple[float, float]]:
    for index, value in enumerate(values):
        yield round(index * column_width, 2), scale.down(value)
        yield round((index + 1) * column_width, 2), scale.down(value)


def vertical_bars(values: Sequence[float], kinds: Sequence[str], scale: Scale) -> list[VerticalBar]:
    """Return a vertical bar for each value other than zero.

    >>> vertical_bars([0, 2], ["quiet", "over"], Scale(0, 4))
    [VerticalBar(x=55.0, y=50.0, width=40.0, height=50.0, kind='over')]
    """
    column_width = WIDTH / max(1, len(values))
    return [
        VerticalBar(
            x=round((index + 0.1) * column_width, 2),
            y=scale.down(value),
            width=round(0.8 * column_width, 2),
            height=round(HEIGHT - scale.down(value), 2),
            kind=kind,
        )
        for index, (value, kind) in enumerate(zip(values, kinds, strict=True))
        if value
    ]
