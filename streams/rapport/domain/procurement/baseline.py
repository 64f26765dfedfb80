"""Exposure per week: all clients' purchases, against which a client's own count is compared.

The exposure cancels season, budget rush, holidays, feed gaps and late arrival, because recent weeks
are as incomplete for all clients as for one. The common rise guards against the reverse: a rise of
all clients together, which no comparison between clients can show. While it is above the policy's
limit, the exposure is 1 in each week, so that each client is compared with its own past alone.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from operator import mul
from statistics import median
from typing import Final

from rapport.domain.calendar import week_of
from rapport.domain.policy.procurement import PurchasePolicy

WINDOWS_MAX: Final = 60
"""Closed windows from which a state is replayed: a year, and the longest wait for a quiet one."""
WINDOWS_KEPT: Final = 77
"""Closed windows that are available: a year of maturity stages, and the weeks that each needs."""
LEAST_EXPOSURE_CLIENTS: Final = 100
SHRINKAGE_CLIENTS: Final = 10
YEAR_WEEKS: Final = 52
GUARD_HISTORY_WEEKS: Final = 60
GUARD_PRIOR: Final = 5
Weekly = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class WindowExposure:
    """A window of weeks and the ring of weeks before it: sums that are equal for all clients."""

    ends: int
    """Weeks between the newest week, which is running, and the window's own newest."""
    starts: int
    """Weeks between the newest week and the newest week of the ring."""
    own_exposure: float
    """The exposure of the window itself."""
    weights: tuple[float, ...]
    """The weight of each week of the ring, the newest first."""
    exposure: tuple[float, ...]
    """Weight times exposure of each week of the ring."""
    exposure_sum: float
    square_sum: float
    """The sum of weights times exposure squared."""


@dataclass(frozen=True, slots=True)
class FleetBaseline:
    """The season that all clients share: exposure per week (index 0 is the newest), median rate."""

    newest_week: int
    exposure: tuple[float, ...]
    median_rate: float
    clients: int
    """Clients with a purchase in these weeks."""
    common_rise: float
    """Recent purchases of all clients over those of a year ago; 1 is no change."""
    policy: PurchasePolicy
    _windows: dict[int, WindowExposure] = field(default_factory=dict, compare=False, repr=False)
    """A cache: most windows are never requested."""

    def window(self, ends: int) -> WindowExposure:
        """Return the window that ended with the week `ends` (1 to 77) weeks ago."""
        window = self._windows.get(ends)
        if window is None:
            window = self._windows[ends] = _window(ends, self.exposure, self.policy)
        return window


def fleet_baseline(clients: Iterable[Weekly], day: int, policy: PurchasePolicy) -> FleetBaseline:
    """Return the baseline on a day, given each client's purchases per week."""
    week = week_of(day)
    (baseline,) = fleet_baselines(clients, range(week, week + 1), policy)
    return baseline


def fleet_baselines(
    clients: Iterable[Weekly], weeks: range, policy: PurchasePolicy
) -> tuple[FleetBaseline, ...]:
    """Return the baseline in each of `weeks`, from the data of today.

    Purchases after a week do not count in its baseline.
    """
    pool: Counter[int] = Counter()
    sums = []
    for weekly in clients:
        pool.update(weekly)
        if weekly:
            sums.append(_PrefixSums(weekly))
    return tuple(_fleet_baseline(pool, sums, week, policy) for week in weeks)


class _PrefixSums:
    """Prefix sums of one client's purchases: the sum over any range of weeks in O(log n)."""

    __slots__ = ("_totals", "_weeks")

    def __init__(self, weekly: Weekly) -> None:
        self._weeks = sorted(weekly)
        self._totals = [0, *accumulate(map(weekly.__getitem__, self._weeks))]

    def of(self, newest: int, length: int) -> int:
        """Return the purchases of the `length` weeks that end with `newest`."""
        weeks = self._weeks
        first, last = bisect_left(weeks, newest - length + 1), bisect_right(weeks, newest)
        return self._totals[last] - self._totals[first]


def _fleet_baseline(
    pool: Counter[int], clients: Sequence[_PrefixSums], week: int, policy: PurchasePolicy
) -> FleetBaseline:
    length = policy.window_weeks + 1 + policy.ring_weeks + WINDOWS_MAX
    buying = sum(client.of(week, length) > 0 for client in clients)
    totals = [pool[week - back] for back in range(length + WINDOWS_KEPT - WINDOWS_MAX)]
    common_rise = _common_rise(pool, week - 1, policy)
    # No season explains a common rise, so it must not raise what is expected of a client.
    is_season = common_rise <= policy.guard_ratio
    return FleetBaseline(
        newest_week=week,
        exposure=_exposure(totals, policy.ring_weeks, buying if is_season else 0),
        median_rate=_median_rate(clients, week, policy.ring_weeks),
        clients=buying,
        common_rise=common_rise,
        policy=policy,
    )


@lru_cache(maxsize=64)
def weights(half_life_weeks: int, length: int) -> tuple[float, ...]:
    """Return the weight of each earlier week under exponential decay, the newest first.

    >>> weights(1, 3)
    (0.5, 0.25, 0.125)
    """
    return tuple(2 ** (-(age + 1) / half_life_weeks) for age in range(length))


def _window(ends: int, exposure: tuple[float, ...], policy: PurchasePolicy) -> WindowExposure:
    starts = ends + policy.window_weeks
    ring = exposure[starts : starts + policy.ring_weeks]
    decay = weights(policy.half_life_weeks, len(ring))
    decayed = tuple(map(mul, decay, ring))
    return WindowExposure(
        ends=ends,
        starts=starts,
        own_exposure=sum(exposure[ends:starts]),
        weights=decay,
        exposure=decayed,
        exposure_sum=sum(decayed),
        square_sum=sum(map(mul, decayed, ring)),
    )


def _exposure(totals: list[int], ring_weeks: int, clients: int) -> tuple[float, ...]:
    """Return each week's exposure: total over the ring's mean, shrunk to 1 for a small fleet.

    It is 1 without clients.
    """
    mean = sum(totals[:ring_weeks]) / ring_weeks
    if mean == 0 or not clients:
        return (1.0,) * len(totals)
    shrink = SHRINKAGE_CLIENTS / min(clients, LEAST_EXPOSURE_CLIENTS)
    return tuple((total / mean + shrink) / (1 + shrink) for total in totals)


def _median_rate(clients: Sequence[_PrefixSums], newest: int, ring_weeks: int) -> float:
    active = [
        bought / ring_weeks for client in clients if (bought := client.of(newest, ring_weeks))
    ]
    return median(active) if active else 1 / ring_weeks


def _common_rise(pool: Counter[int], week: int, policy: PurchasePolicy) -> float:
    """Return the level of the newest weeks over the level of the same weeks a year before."""
    if week - min(pool, default=week) < GUARD_HISTORY_WEEKS:
        return 1.0
    year_ago = _level(pool, week - YEAR_WEEKS, policy)
    return float(_level(pool, week, policy) / year_ago)


def _level(pool: Counter[int], week: int, policy: PurchasePolicy) -> float:
    """Return (S4 + 5) / (B4 + 5): the newest weeks over the decayed mean of the year before them.

    Weeks before the first purchase are not part of the mean: they are no evidence of a low level.
    """
    window, first = policy.window_weeks, min(pool)
    recent = sum(pool[week - back] for back in range(window))
    decay = 2 ** (-1 / policy.half_life_weeks)
    weeks = [
        (decay**back, pool[week - window - back])
        for back in range(YEAR_WEEKS - window)
        if week - window - back >= first
    ]
    mean = sum(weight * total for weight, total in weeks) / sum(weight for weight, _ in weeks)
    return float((recent + GUARD_PRIOR) / (window * mean + GUARD_PRIOR))
