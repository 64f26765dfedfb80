"""What a score is: a number with its exact parts, its confidence, and what it lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Contribution:
    """Points that one component gives, in the score's own unit (0 to 1)."""

    component: str
    points: Fraction


@dataclass(frozen=True, slots=True)
class Score:
    """A score between 0 and 1 with its reasons: baseline + the contributions == value, exactly."""

    name: str
    value: Fraction
    baseline: Fraction
    contributions: tuple[Contribution, ...]
    possible: tuple[Contribution, ...]
    """What each component could give at most; less what it gave, these are points missing."""
    confidence: float
    """0 to 1."""
    missing: tuple[str, ...]
    """Inputs of which nothing is known."""
    sufficient: bool
    """Whether there is enough to say anything; if not, show no number and alert on nothing."""

    @property
    def shown(self) -> float | None:
        """The value for display, or None where evidence is insufficient."""
        return float(self.value) if self.sufficient else None

    def largest(self) -> Contribution | None:
        """Return the contribution that moves the score most, either way."""
        return max(self.contributions, key=lambda part: abs(part.points), default=None)


def total(baseline: Fraction, contributions: Iterable[Contribution]) -> Fraction:
    """Return what the parts add up to."""
    return sum((part.points for part in contributions), baseline)
