"""What a score is: a number with its exact parts, its confidence, and what it lacks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rapport.streams.core.confidence import beta_quantile

OUTSIDE_SHARE: Final = 0.05
"""Share on either side of a 90 % credible interval."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """Points that one component gives, in the score's own unit (0 to 1)."""

    component: str
    points: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score with its reasons: baseline + the sum of contributions == value, exactly."""

    name: str
    value: Fraction | None
    """None: there is nothing to calculate it from."""
    baseline: Fraction
    contributions: tuple[Contribution, ...]
    """Ordered by component."""
    possible: tuple[Contribution, ...]
    """What each component could give at most; less what it gave, these are points missing."""
    confidence: float
    """0 to 1."""
    missing: tuple[str, ...]
    """Inputs of which nothing is known."""
    sufficient: bool
    """Whether there is enough to say anything; if not, show no number and alert on nothing."""
    shape: tuple[float, float] | None = None
    """Alpha and beta of the value's distribution, where it has one."""

    @property
    def low(self) -> float:
        """Lower end of the 90 % credible interval; the value where there is none."""
        return self._quantile(OUTSIDE_SHARE)

    @property
    def high(self) -> float:
        """Upper end of the 90 % credible interval; the value where there is none."""
        return self._quantile(1 - OUTSIDE_SHARE)

    @property
    def shown(self) -> float | None:
        """The value for display, or None where evidence is insufficient."""
        return float(self.value) if self.sufficient and self.value is not None else None

    def largest(self) -> Contribution | None:
        """Return the contribution that moves the score most, either way."""
        return max(self.contributions, key=lambda part: abs(part.points), default=None)

    def lacking(self) -> tuple[Contribution, ...]:
        """Return the points that each component does not give, the greatest first."""
        got = {part.component: part.points for part in self.contributions}
        gaps = (
            Contribution(part.component, part.points - got.get(part.component, Fraction(0)))
            for part in self.possible
        )
        return tuple(sorted(gaps, key=lambda gap: (-gap.points, gap.component)))

    def _quantile(self, share: float) -> float:
        if self.shape is None:
            return float(self.value or 0)
        return beta_quantile(share, *self.shape)


def parts_of(points: Mapping[str, Fraction]) -> tuple[Contribution, ...]:
    """Return contributions ordered by component.

    >>> [part.component for part in parts_of({"b": Fraction(1), "a": Fraction(2)})]
    ['a', 'b']
    """
    return tuple(Contribution(component, points[component]) for component in sorted(points))


def total(baseline: Fraction, contributions: Iterable[Contribution]) -> Fraction:
    """Return what the parts add up to.

    >>> total(Fraction(1, 2), [Contribution("a", Fraction(1, 4))])
    Fraction(3, 4)
    """
    return sum((part.points for part in contributions), baseline)


def clipped(value: Fraction) -> Fraction:
    """Return `value` kept between 0 and 1.

    >>> clipped(Fraction(3, 2)), clipped(Fraction(-1))
    (Fraction(1, 1), Fraction(0, 1))
    """
    return min(Fraction(1), max(Fraction(0), value))
