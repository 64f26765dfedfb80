"""Whether the answers to a question are on its scale: their numbers, totals and middle words."""

from collections.abc import Iterator
from typing import Final

from rapport.importers.inspection.doubt import Doubt, Example
from rapport.importers.mapping.scale_words import ScaleAnswer
from rapport.importers.rows.answers import Scale

Ends = tuple[int, int]
USUAL: Final[tuple[Ends, ...]] = ((0, 4), (1, 5), (-2, 2), (1, 6), (1, 7), (0, 10))
PERCENT: Final[Ends] = (0, 100)
PERCENT_NUMBERS_MIN: Final = 3
"""One or two numbers above ten are codes, as 99 for no answer."""
MIDDLES: Final = frozenset({"middle", "agree", "satisfied"})
"""Families with a word that says neither: it stands in the middle of a scale."""
SETTLE_SCALE: Final = (
    "`lowest` and `highest` of the question say its scale; `no_answer` names a code that is none"
)


class ScaleLength:
    """The answers to one question that do not fit its lowest and its highest point."""

    def __init__(self, scale: Scale) -> None:
        self._ends = (scale.lowest, scale.highest)
        self._numbers: set[int] = set()
        self._outside: Example | None = None
        self._other: tuple[Example, str] | None = None
        self._rows = 0

    def see(self, example: Example, answer: ScaleAnswer) -> None:
        """Look at an answer with a number."""
        if answer.number is None:
            return
        other = self._other_scale(answer, answer.number)
        lowest, highest = self._ends
        if other is not None:
            self._other = self._other or (example, other)
        else:
            self._numbers.add(answer.number)
            if lowest <= answer.number <= highest:
                return
            self._outside = self._outside or example
        self._rows += 1

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt if the answers fit another scale than the one of the mapping."""
        if self._other is not None:
            yield self._doubt(*self._other)
        elif self._outside is not None and (usual := _usual(self._numbers)):
            yield self._doubt(self._outside, _scale(usual))

    def _other_scale(self, answer: ScaleAnswer, number: int) -> str | None:
        """Return the scale that an answer says itself, where it is not the mapping's."""
        lowest, highest = self._ends
        if answer.total is not None:
            return _scale((lowest, answer.total)) if answer.total != highest else None
        word = answer.word
        if word is None or word.rank != 0 or word.family not in MIDDLES:
            return None
        if abs(2 * number - lowest - highest) < 2:  # noqa: PLR2004 # half a point on an even scale
            return None
        return _scale((lowest, 2 * number - lowest)) if number > lowest else "on another scale"

    def _doubt(self, example: Example, other: str) -> Doubt:
        return Doubt(*example, (_scale(self._ends), other), SETTLE_SCALE, self._rows)


def _scale(ends: Ends) -> str:
    return f"on a scale of {ends[0]} to {ends[1]}"


def _usual(numbers: set[int]) -> Ends | None:
    """Return the usual scale that has all numbers.

    >>> _usual({7, 6, 5, 1}), _usual({0, 3, 4}), _usual({5, 99}), _usual({50, 75, 100})
    ((1, 7), (0, 4), None, (0, 100))
    """
    above = sum(number > USUAL[-1][1] for number in numbers)
    scales = (*USUAL, PERCENT) if above >= PERCENT_NUMBERS_MIN else USUAL
    fitting = (one for one in scales if one[0] <= min(numbers) and max(numbers) <= one[1])
    return next(fitting, None)
