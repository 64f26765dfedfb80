"""Trend of one score: a fall below the median of the client's own earlier weeks, with hysteresis.

Each closed week, and today, is one comparison with the median of the weeks before it. Two
comparisons in a row at least `fall` below begin a fall; two in a row back above half of that
distance end it (hysteresis), so a score close to the bound does not flap. A score that is at or
above the median today has not fallen, whatever the weeks before say. An unknown score, or one with
too few earlier weeks, does not fall.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapport.domain.policy.relationship import ComparePolicy

CONFIRMATIONS: Final = 2
"""Comparisons in a row that begin or end a fall."""
SCORED_WEEKS_MINIMUM: Final = 4
"""A comparison needs at least so many earlier weeks with a known score."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One score, compared with the client's own earlier weeks."""

    baseline: float | None
    """The median of the earlier weeks; None with too few known weeks."""
    falling: bool | None
    """None without a score or a baseline."""


def trend(weeks: Sequence[float | None], now: float | None, policy: ComparePolicy) -> Trend:
    """Return the trend of a score today, given its closed weeks, the oldest first.

    >>> from types import SimpleNamespace
    >>> policy = SimpleNamespace(past_weeks=13, fall=0.1)
    >>> trend([0.75] * 13 + [0.6], 0.6, policy)
    Trend(baseline=0.75, falling=True)
    >>> trend([0.75] * 13, 0.6, policy).falling, trend([0.75] * 3, 0.6, policy).falling
    (False, None)
    """
    baseline = median_before(weeks, policy)
    if now is None or baseline is None:
        return Trend(baseline, None)
    return Trend(baseline, weeks_falling(weeks, now, policy) is not None)


def median_before(weeks: Sequence[float | None], policy: ComparePolicy) -> float | None:
    """Return the median of the closed weeks before today; None with too few known weeks."""
    scores = weeks[-2 * policy.past_weeks :]
    return _baseline(scores, len(scores), policy)


def weeks_falling(
    weeks: Sequence[float | None], now: float | None, policy: ComparePolicy
) -> int | None:
    """Return how many weeks before today a fall began: 0 is today; None: the score does not fall.

    >>> from types import SimpleNamespace
    >>> policy = SimpleNamespace(past_weeks=13, fall=0.1)
    >>> weeks_falling([0.75] * 13 + [0.6, 0.6], 0.6, policy)
    2
    """
    scores = (*weeks, now)[-2 * policy.past_weeks - 1 :]
    start = _fall_start(scores, policy)
    if start is None:
        return None
    past = median_before(weeks, policy)
    # "It fell" would be untrue of a score that is at its median again.
    return None if now is None or past is None or now >= past else len(scores) - 1 - start


def _fall_start(scores: Sequence[float | None], policy: ComparePolicy) -> int | None:
    """Return the index of the comparison that began the fall; None: the score does not fall."""
    values = [score for score in scores if score is not None]
    if not values or max(values) - min(values) < policy.fall:
        # The fast path of most clients: no score moved that far.
        return None
    start: int | None = None
    changes = 0
    for index in range(len(scores) // 2, len(scores)):
        baseline, score = _baseline(scores, index, policy), scores[index]
        if baseline is None or score is None:
            start, changes = None, 0
            continue
        falling = start is not None
        bound = policy.fall / 2 if falling else policy.fall
        changes = changes + 1 if (baseline - score >= bound) is not falling else 0
        if changes == CONFIRMATIONS:
            start, changes = None if falling else index - CONFIRMATIONS + 1, 0
    return start


def _baseline(scores: Sequence[float | None], index: int, policy: ComparePolicy) -> float | None:
    earlier = scores[max(0, index - policy.past_weeks) : index]
    values = sorted([score for score in earlier if score is not None])
    if len(values) < SCORED_WEEKS_MINIMUM:
        return None
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
