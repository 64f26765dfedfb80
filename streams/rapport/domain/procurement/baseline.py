"""What all clients bought per week: the exposure that a client's own count is held against.

It cancels season, budget rush, holidays, feed gaps and late arrival, because recent weeks are as
incomplete for all as for one. A second guard sees the rise that is common to all.
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
"""Closed weeks that can be looked at again: a year, and the longest wait for a quiet look."""
WINDOWS_KEPT: Final = 77
"""Closed weeks whose windows can be looked at: a year of stages, and the weeks that each asks."""
LEAST_EXPOSURE_CLIENTS: Final = 100
SHRINKAGE_CLIENTS: Final = 10
YEAR_WEEKS: Final = 52
GUARD_HISTORY_WEEKS: Final = 60
GUARD_PRIOR: Final = 5
Weekly = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class WindowTotals:
    """A window of weeks, and the past before it, as all clients share them."""

    ends: int
    """Weeks between the newest week and the window's own newest; 0 is the running week."""
    starts: int
    """Weeks between the newest week and the newest week of the past."""
    exposed: float
    """The exposure of the window."""
    weights: tuple[float, ...]
    """How much each week of the past counts, the newest first."""
    exposure: tuple[float, ...]
    """The same times the week's exposure."""
    exposure_sum: float
    square_sum: float
    """The sum of weights times exposure squared."""


@dataclass(frozen=True, slots=True)
class FleetBaseline:
    """Exposure per week (index 0 is the newest), and the clients' median weekly rate."""

    newest_week: int
    exposure: tuple[float, ...]
    median_rate: float
    clients: int
    """Clients that bought in the time that is looked at."""
    common_rise: float
    """This year's recent purchases of all clients against the year before; 1 is no change."""
    policy: PurchasePolicy
    _looks: dict[int, WindowTotals] = field(default_factory=dict, compare=False, repr=False)
    """Made when somebody asks: most of them are for nobody."""

    def look(self, ends: int) -> WindowTotals:
        """Return the running window (0), or the one that ended `ends` (to 77) weeks ago."""
        made = self._looks.get(ends)
        if made is None:
            made = self._looks[ends] = _window_totals(ends, self.exposure, self.policy)
        return made


def fleet_baseline(clients: Iterable[Weekly], day: int, policy: PurchasePolicy) -> FleetBaseline:
    """Return the population of clients on a day, given the purchases of each per week."""
    week = week_of(day)
    (found,) = fleet_baselines(clients, range(week, week + 1), policy)
    return found


def fleet_baselines(
    clients: Iterable[Weekly], weeks: range, policy: PurchasePolicy
) -> tuple[FleetBaseline, ...]:
    """Return the population as it stood in each of `weeks`, of what is known now.

    What was bought after a week does not count in it.
    """
    pool: Counter[int] = Counter()
    sums = []
    for weekly in clients:
        pool.update(weekly)
        if weekly:
            sums.append(_Sums(weekly))
    return tuple(_fleet_baseline(pool, sums, week, policy) for week in weeks)


class _Sums:
    """One client's purchases, to be summed over any stretch of weeks."""

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
    pool: Counter[int], clients: Sequence[_Sums], week: int, policy: PurchasePolicy
) -> FleetBaseline:
    length = policy.window_weeks + 1 + policy.ring_weeks + WINDOWS_MAX
    buying = sum(client.of(week, length) > 0 for client in clients)
    totals = [pool[week - back] for back in range(length + WINDOWS_KEPT - WINDOWS_MAX)]
    return FleetBaseline(
        newest_week=week,
        exposure=_exposure(totals, policy.ring_weeks, buying),
        median_rate=_median_rate(clients, week, policy.ring_weeks),
        clients=buying,
        common_rise=_common_rise(pool, week - 1, policy),
        policy=policy,
    )


@lru_cache(maxsize=64)
def weights(half_life_weeks: int, length: int) -> tuple[float, ...]:
    """Return how much each past week counts, the newest first.

    >>> weights(1, 3)
    (0.5, 0.25, 0.125)
    """
    return tuple(2 ** (-(age + 1) / half_life_weeks) for age in range(length))


def _window_totals(ends: int, exposure: tuple[float, ...], policy: PurchasePolicy) -> WindowTotals:
    """Return a window's place; the running week comes on top of the window's full weeks."""
    starts = ends + policy.window_weeks + (ends == 0)
    past = exposure[starts : starts + policy.ring_weeks]
    fade = weights(policy.half_life_weeks, len(past))
    faded = tuple(map(mul, fade, past))
    return WindowTotals(
        ends=ends,
        starts=starts,
        exposed=sum(exposure[ends:starts]),
        weights=fade,
        exposure=faded,
        exposure_sum=sum(faded),
        square_sum=sum(map(mul, faded, past)),
    )


def _exposure(totals: list[int], ring_weeks: int, clients: int) -> tuple[float, ...]:
    """Return each week's exposure: its total against the ring's mean, shrunk for a small pool."""
    mean = sum(totals[:ring_weeks]) / ring_weeks
    if mean == 0:
        return (1.0,) * len(totals)
    shrink = SHRINKAGE_CLIENTS / min(max(clients, 1), LEAST_EXPOSURE_CLIENTS)
    return tuple((total / mean + shrink) / (1 + shrink) for total in totals)


def _median_rate(clients: Sequence[_Sums], newest: int, ring_weeks: int) -> float:
    active = [
        bought / ring_weeks for client in clients if (bought := client.of(newest, ring_weeks))
    ]
    return median(active) if active else 1 / ring_weeks


def _common_rise(pool: Counter[int], week: int, policy: PurchasePolicy) -> float:
    """Return the ratio of this year's level of the newest weeks to last year's (section 1.6)."""
    if week - min(pool, default=week) < GUARD_HISTORY_WEEKS:
        return 1.0
    year_ago = _level(pool, week - YEAR_WEEKS, policy)
    return float(_level(pool, week, policy) / year_ago)


def _level(pool: Counter[int], week: int, policy: PurchasePolicy) -> float:
    """Return (S4 + 5) / (B4 + 5): the newest weeks against the year's decayed mean before them.

    A week before the first purchase is no evidence of a low level, so it is left out of the mean.
    """
    window, first = policy.window_weeks, min(pool)
    recent = sum(pool[week - back] for back in range(window))
    fade = 2 ** (-1 / policy.half_life_weeks)
    weeks = [
        (fade**back, pool[week - window - back])
        for back in range(YEAR_WEEKS - window)
        if week - window - back >= first
    ]
    past = sum(weight * total for weight, total in weeks) / sum(weight for weight, _ in weeks)
    return float((recent + GUARD_PRIOR) / (window * past + GUARD_PRIOR))
