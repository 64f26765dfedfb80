"""What a score is: integers over one denominator, so that its parts add up to it exactly."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Final, NamedTuple

from rapport.domain.missing_inputs import MissingInput
from rapport.domain.stats import beta_quantile

OUTSIDE_SHARE: Final = 0.05
"""Share on either side of a 90 % credible interval."""


class Withheld(NamedTuple):
    """What of a score is not told, because fewer people answered than may be told of."""

    inputs: tuple[str, ...]
    minimum: int
    """Of people."""
    combined: tuple[str, ...] = ()
    """The components that are told as one; empty where nothing of them is told."""


class Part(NamedTuple):
    """What one component gives and could give at most, in units of 1 / the score's denominator."""

    component: str
    points: int
    possible: int

    @property
    def missing(self) -> int:
        """What the component could give and does not."""
        return self.possible - self.points


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score with its reasons: baseline + the sum of the parts' points == numerator, exactly."""

    name: str
    denominator: int
    baseline: int
    parts: tuple[Part, ...]
    """Ordered by component."""
    confidence: float
    """0 to 1."""
    missing: tuple[MissingInput, ...]
    """Inputs of which nothing is known."""
    sufficient: bool
    """Whether there is enough to say anything; if not, show no number and alert on nothing."""
    shape: tuple[float, float] | None = None
    """Alpha and beta of the value's distribution, where it has one."""
    withheld: Withheld | None = None
    """What is not told apart, or not at all; None: everything is told."""

    @property
    def numerator(self) -> int:
        """The score, in units of 1 / denominator."""
        return self.baseline + sum(part.points for part in self.parts)

    @property
    def value(self) -> Fraction:
        """The score, exactly."""
        return Fraction(self.numerator, self.denominator)

    @property
    def shown(self) -> float | None:
        """The value for display, or None where evidence is insufficient."""
        return self.numerator / self.denominator if self.sufficient else None

    @property
    def low(self) -> float:
        """Lower end of the 90 % credible interval; the value where there is none."""
        return self._quantile(OUTSIDE_SHARE)

    @property
    def high(self) -> float:
        """Upper end of the 90 % credible interval; the value where there is none."""
        return self._quantile(1 - OUTSIDE_SHARE)

    def ratio(self, points: int) -> float:
        """Return points in the score's own unit, 1 being the whole score."""
        return points / self.denominator

    def largest(self) -> Part | None:
        """Return the part that moves the score most, either way."""
        return max(self.parts, key=lambda part: abs(part.points), default=None)

    def lacking(self) -> tuple[Part, ...]:
        """Return the parts that miss points, the greatest lack first."""
        lacks = (part for part in self.parts if part.missing)
        return tuple(sorted(lacks, key=lambda part: (-part.missing, part.component)))

    def _quantile(self, share: float) -> float:
        if self.shape is None:
            return self.numerator / self.denominator
        return beta_quantile(share, *self.shape)


def over_common_denominator(numbers: Iterable[Fraction]) -> tuple[int, tuple[int, ...]]:
    """Return the least common denominator of `numbers`, and their numerators over it.

    >>> over_common_denominator([Fraction(1, 4), Fraction(1, 6)])
    (12, (3, 2))
    """
    listed = tuple(numbers)
    denominator = lcm(*(number.denominator for number in listed))
    return denominator, tuple(int(number * denominator) for number in listed)
