"""Score: integers over one denominator, so that the parts add up to it exactly."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Final, NamedTuple

from rapport.domain.procurement.missing_inputs import MissingInput
from rapport.domain.procurement.stats import beta_quantile
from rapport.domain.scoring.evidence import EvidenceLevel, ScoreEvidence

METHOD: Final = 2
"""The version of the scores' formulas; a change of them is announced as such, once."""
TAIL_PROBABILITY: Final = 0.05
"""The probability in each tail of a 90 % credible interval."""


class ScoreScale(NamedTuple):
    """The range of a score's value."""

    low: int
    high: int

    @property
    def in_points(self) -> bool:
        """Whether the score is shown in points, of which 100 make 1; an index is shown as it is."""
        return self.high == 1


SCALES: Final = {"maturity": ScoreScale(1, 3), "perception": ScoreScale(-1, 1)}
"""The scores that do not go from 0 to 1: the index of the stage, and a difference of two scores."""
_SHARE: Final = ScoreScale(0, 1)


class Withheld(NamedTuple):
    """The inputs of a score that small-group suppression withholds or combines."""

    inputs: tuple[str, ...]
    minimum: int
    """The minimum number of respondents."""
    combined: tuple[str, ...] = ()
    """The components that are combined into one; empty when they are withheld."""


class Part(NamedTuple):
    """The points of one component and their maximum, in units of 1 / the score's denominator."""

    component: str
    points: int
    possible: int

    @property
    def missing(self) -> int:
        """The points that the component could still add."""
        return self.possible - self.points


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score and its parts: baseline + the sum of the parts' points == numerator, exactly."""

    name: str
    denominator: int
    baseline: int
    parts: tuple[Part, ...]
    """Ordered by component."""
    confidence: float
    """0 to 1."""
    missing: tuple[MissingInput, ...]
    """The inputs without data."""
    evidence: ScoreEvidence
    """How much is known, and how old it is."""
    shape: tuple[float, float] | None = None
    """Alpha and beta of the beta distribution of the value, if it has one."""
    withheld: Withheld | None = None
    """What small-group suppression withholds or combines; None: nothing."""
    numerator: int = field(init=False, repr=False, compare=False)
    """The score, in units of 1 / denominator."""

    def __post_init__(self) -> None:
        """Add up the parts."""
        points = sum([part.points for part in self.parts])
        object.__setattr__(self, "numerator", self.baseline + points)

    @property
    def sufficient(self) -> bool:
        """Whether there is evidence; if not, no number is shown and no concern rests on it."""
        return self.evidence.level > EvidenceLevel.NONE

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
        """The lower end of the 90 % credible interval; the value if there is no interval."""
        return self._quantile(TAIL_PROBABILITY)

    @property
    def high(self) -> float:
        """The upper end of the 90 % credible interval; the value if there is no interval."""
        return self._quantile(1 - TAIL_PROBABILITY)

    def ratio(self, points: int) -> float:
        """Return points as a ratio: 1 is the whole score."""
        return points / self.denominator

    def reasons(self) -> tuple[Part, ...]:
        """Return the parts with points, the largest first; of low trust what lowers it before that.

        A score with an interval is low under its baseline, which is its value without evidence.
        """
        is_low = self.shape is not None and self.numerator < self.baseline
        parts = (part for part in self.parts if part.points)
        return tuple(sorted(parts, key=lambda p: (is_low and p.points > 0, -abs(p.points), p)))

    def lacking(self) -> tuple[Part, ...]:
        """Return the parts below their maximum, the largest shortfall first."""
        below = (part for part in self.parts if part.missing)
        return tuple(sorted(below, key=lambda part: (-part.missing, part.component)))

    def _quantile(self, probability: float) -> float:
        if self.shape is None:
            return self.numerator / self.denominator
        return beta_quantile(probability, *self.shape)


def scale_of(score_name: str) -> ScoreScale:
    """Return the scale of a score.

    >>> scale_of("trust"), scale_of("maturity").in_points, scale_of("perception").low
    (ScoreScale(low=0, high=1), False, -1)
    """
    return SCALES.get(score_name, _SHARE)


def over_common_denominator(numbers: Iterable[Fraction]) -> tuple[int, tuple[int, ...]]:
    """Return the least common denominator of `numbers`, and their numerators over it.

    >>> over_common_denominator([Fraction(1, 4), Fraction(1, 6)])
    (12, (3, 2))
    """
    listed = tuple(numbers)
    denominator = lcm(*(number.denominator for number in listed))
    return denominator, tuple(int(number * denominator) for number in listed)
