"""Does a score fall? Held against the client's own past, with some rest before it is said.

Each close of a week, and today, is one look: the score against the median of the weeks before it.
Two looks in a row that are far below begin a fall; it lasts until two looks in a row are back above
half of that distance, so a score that wavers around the bound does not flap. A score that is not
known, or whose past is too short, does not fall.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from rapport.domain.policy.relationship import ComparePolicy

LOOKBACK_FACTOR: Final = 2
"""Looks in a row that begin or end a fall."""
KNOWN_WEEKS_MINIMUM: Final = 4
"""With fewer known weeks behind it a look says nothing."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A score against the client's own past."""

    past: float | None
    """The median of the closed weeks that it is held against; None: too few are known."""
    falling: bool | None
    """None: the score or its past is not known."""


def trend(weeks: Sequence[float | None], now: float | None, policy: ComparePolicy) -> Trend:
    """Return how a score stands today, given it at the closed weeks, the oldest first.

    >>> from types import SimpleNamespace
    >>> policy = SimpleNamespace(past_weeks=13, fall=0.1)
    >>> course([0.75] * 13 + [0.6], 0.6, policy)
    Course(past=0.75, falling=True)
    >>> course([0.75] * 13, 0.6, policy).falling, course([0.75] * 3, 0.6, policy).falling
    (False, None)
    """
    story = (*weeks, now)[-2 * policy.past_weeks - 1 :]
    past = _past(story, len(story) - 1, policy)
    if now is None or past is None:
        return Trend(past, None)
    known = [value for value in story if value is not None]
    if max(known) - min(known) < policy.fall:
        # Most clients, most of the time: nothing moved that far.
        return Trend(past, falling=False)
    return Trend(past, _falling(story, policy))


def _falling(story: Sequence[float | None], policy: ComparePolicy) -> bool:
    falling, looks_against = False, 0
    for place in range(len(story) // 2, len(story)):
        before, value = _past(story, place, policy), story[place]
        if before is None or value is None:
            falling, looks_against = False, 0
            continue
        bound = policy.fall / 2 if falling else policy.fall
        looks_against = looks_against + 1 if (before - value >= bound) is not falling else 0
        if looks_against == LOOKBACK_FACTOR:
            falling, looks_against = not falling, 0
    return falling


def _past(story: Sequence[float | None], place: int, policy: ComparePolicy) -> float | None:
    before = story[max(0, place - policy.past_weeks) : place]
    known = [value for value in before if value is not None]
    return median(known) if len(known) >= KNOWN_WEEKS_MINIMUM else None
