"""How a client's outside purchases went, week by week, against what was expected and the alarm."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.baseline import WINDOWS_KEPT, FleetBaseline, Weekly, WindowTotals
from rapport.domain.procurement.rise_detector import expectation, newest_first
from rapport.domain.stats import negative_binomial_tail as tail

THRESHOLD_MAX: Final = 1_000_000
"""No window is asked whether more purchases than this are an alert."""


class PurchaseWeek(NamedTuple):
    """The window of weeks that ended with a week, as it stands now."""

    week: int
    observed: int
    expected: float
    alert_threshold: int
    """The least number of purchases that would be an alert."""


def purchase_weeks(
    weekly: Weekly, policy: PurchasePolicy, people: FleetBaseline, count: int
) -> tuple[PurchaseWeek, ...]:
    """Return up to `count` windows, the oldest first; the last one is the running window."""
    counts = newest_first(weekly, people)
    looks = map(people.look, reversed(range(min(count, WINDOWS_KEPT + 1))))
    return tuple(_week(counts, look, policy, people) for look in looks)


def _week(
    counts: Sequence[int], look: WindowTotals, policy: PurchasePolicy, people: FleetBaseline
) -> PurchaseWeek:
    mean, size = expectation(counts, look, policy, people.median_rate)
    return PurchaseWeek(
        week=people.newest_week - look.ends,
        observed=sum(counts[look.ends : look.starts]),
        expected=mean,
        alert_threshold=alert_threshold_at(
            mean, size, policy.alert_probability, policy.alert_minimum
        ),
    )


def alert_threshold_at(mean: float, size: float, probability: float, minimum: int) -> int:
    """Return the least count of which so many or more are less likely than `probability`.

    >>> alarm(0.85, 2.64, 0.01, 3)
    5
    >>> tail(4, 0.85, 2.64) >= 0.01 > tail(5, 0.85, 2.64)
    True
    """
    low, high = minimum - 1, minimum
    while high < THRESHOLD_MAX and tail(high, mean, size) >= probability:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if tail(middle, mean, size) < probability:
            high = middle
        else:
            low = middle
    return high
