"""Scales of scores: the lowest and the highest value, the same for a score wherever it is shown."""

from typing import Final, NamedTuple


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


def scale_of(score_name: str) -> ScoreScale:
    """Return the scale of a score.

    >>> scale_of("trust"), scale_of("maturity").in_points, scale_of("perception").low
    (ScoreScale(low=0, high=1), False, -1)
    """
    return SCALES.get(score_name, _SHARE)
