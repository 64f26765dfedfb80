"""Charts as numbers: where lines and bars go in a box, for the templates to draw as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

WIDTH: Final = 100.0
"""Of every box; the page stretches it."""
HEIGHT: Final = 100.0


class Bar(NamedTuple):
    """One bar: a stretch from `x` on, `width` long, of a kind that the stylesheet colours."""

    kind: str
    x: float
    width: float


class Column(NamedTuple):
    """One upright bar, with its foot at the bottom of the box."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A range of values laid over the width, or upright over the height, of a box."""

    low: float
    high: float

    def across(self, value: float) -> float:
        """Return the place of a value from the left, kept within the box.

        >>> Scale(-1, 1).across(0.5), Scale(0, 1).across(7)
        (75.0, 100.0)
        """
        return round(min(1.0, max(0.0, self._share(value))) * WIDTH, 2)

    def down(self, value: float) -> float:
        """Return the place of a value from the top.

        >>> Scale(0, 4).down(1)
        75.0
        """
        return round((1 - min(1.0, max(0.0, self._share(value)))) * HEIGHT, 2)

    def _share(self, value: float) -> float:
        return (value - self.low) / ((self.high - self.low) or 1.0)

    def bar(self, kind: str, start: float, end: float) -> Bar:
        """Return the bar between two values."""
        left, right = sorted((self.across(start), self.across(end)))
        return Bar(kind, left, round(right - left, 2))


def line(values: Sequence[float | None], scale: Scale) -> list[str]:
    """Return the points of a line, broken where a value is not known.

    >>> line([0, 1, None, 1], Scale(0, 1))
    ['0.0,100.0 33.33,0.0', '100.0,0.0']
    """
    last = max(1, len(values) - 1)
    placed = [(round(at / last * WIDTH, 2), value) for at, value in enumerate(values)]
    return [
        " ".join(f"{x},{scale.down(value)}" for x, value in run if value is not None)
        for known, run in groupby(placed, key=lambda place: place[1] is not None)
        if known
    ]


def steps(values: Sequence[float], scale: Scale) -> str:
    """Return a line that is level over the column of each value.

    >>> steps([1, 2], Scale(0, 2))
    '0.0,50.0 50.0,50.0 50.0,0.0 100.0,0.0'
    """
    return " ".join(f"{x},{y}" for x, y in _corners(values, scale))


def _corners(values: Sequence[float], scale: Scale) -> Iterator[tuple[float, float]]:
    wide = WIDTH / max(1, len(values))
    for at, value in enumerate(values):
        yield round(at * wide, 2), scale.down(value)
        yield round((at + 1) * wide, 2), scale.down(value)


def columns(values: Sequence[float], kinds: Sequence[str], scale: Scale) -> list[Column]:
    """Return an upright bar for each value that is not nothing.

    >>> columns([0, 2], ["quiet", "over"], Scale(0, 4))
    [Column(x=55.0, y=50.0, width=40.0, height=50.0, kind='over')]
    """
    wide = WIDTH / max(1, len(values))
    return [
        Column(
            x=round((at + 0.1) * wide, 2),
            y=scale.down(value),
            width=round(0.8 * wide, 2),
            height=round(HEIGHT - scale.down(value), 2),
            kind=kind,
        )
        for at, (value, kind) in enumerate(zip(values, kinds, strict=True))
        if value
    ]
