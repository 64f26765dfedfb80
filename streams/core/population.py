"""What all clients bought per week: the exposure that a client's own count is held against.

It cancels season, budget rush, holidays, feed gaps and late arrival, because recent weeks are as
incomplete for all as for one. A second guard sees the rise that is common to all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log
from operator import mul
from statistics import median
from typing import Final

from rapport.streams.core.measures import week_of
from rapport.streams.core.policy_purchases import PurchasePolicy

LOOKS_MAX: Final = 60
"""Closed weeks that can be looked at again: a year, and the longest wait for a quiet look."""
LOOKS_KEPT: Final = 60
"""Closed weeks whose windows can be looked at: a year of stages, and the weeks that each asks."""
LEAST_EXPOSURE_CLIENTS: Final = 100
SHRINKAGE_CLIENTS: Final = 10
YEAR_WEEKS: Final = 52
GUARD_HISTORY_WEEKS: Final = 60
GUARD_PRIOR: Final = 5
Weekly = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """A window of weeks, and the past before it, as all clients share them."""

    ends: int
    """Weeks between the newest week and the window's own newest; 0 is the running week."""
    starts: int
    """Weeks between the newest week and the newest week of the past."""
    exposed: float
    """The exposure of the window."""
    fading: tuple[float, ...]
    """How much each week of the past counts, the newest first."""
    exposure: tuple[float, ...]
    """The same times the week's exposure."""
    exposure_sum: float
    square_sum: float
    """The sum of fading times exposure squared."""


@dataclass(frozen=True, slots=True)
class Population:
    """Exposure per week (index 0 is the newest), and the clients' median weekly rate."""

    newest_week: int
    exposure: tuple[float, ...]
    looks: tuple[Look, ...]
    """The running window first, then the windows that ended one week ago, two, and so on."""
    median_rate: float
    clients: int
    """Clients that bought in the time that is looked at."""
    common_rise: float
    """This year's recent purchases of all clients against the year before; 1 is no change."""


def population(clients: Iterable[Weekly], day: int, policy: PurchasePolicy) -> Population:
    """Return the population of clients, given the purchases of each per week."""
    newest = week_of(day)
    length = policy.window_weeks + 1 + policy.ring_weeks + LOOKS_MAX
    buying = [weeks for weeks in clients if any(newest - length < week <= newest for week in weeks)]
    pool: Counter[int] = Counter()
    for weeks in buying:
        pool.update(weeks)
    totals = [pool[newest - back] for back in range(length + LOOKS_KEPT - LOOKS_MAX)]
    exposure = _exposure(totals, policy.ring_weeks, len(buying))
    return Population(
        newest_week=newest,
        exposure=exposure,
        looks=tuple(_look(ends, exposure, policy) for ends in range(LOOKS_KEPT + 1)),
        median_rate=_median_rate(buying, newest, policy.ring_weeks),
        clients=len(buying),
        common_rise=_common_rise(pool, newest - 1, policy),
    )


@lru_cache(maxsize=64)
def fading(half_life_weeks: int, length: int) -> tuple[float, ...]:
    """Return how much each past week counts, the newest first.

    >>> fading(1, 3)
    (0.5, 0.25, 0.125)
    """
    return tuple(2 ** (-(age + 1) / half_life_weeks) for age in range(length))


def _look(ends: int, exposure: tuple[float, ...], policy: PurchasePolicy) -> Look:
    """Return a window's place; the running week comes on top of the window's full weeks."""
    starts = ends + policy.window_weeks + (ends == 0)
    past = exposure[starts : starts + policy.ring_weeks]
    fade = fading(policy.half_life_weeks, len(past))
    faded = tuple(map(mul, fade, past))
    return Look(
        ends=ends,
        starts=starts,
        exposed=sum(exposure[ends:starts]),
        fading=fade,
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


def _median_rate(buying: list[Weekly], newest: int, ring_weeks: int) -> float:
    rates = [
        sum(count for week, count in weeks.items() if newest - ring_weeks < week <= newest)
        for weeks in buying
    ]
    active = [rate / ring_weeks for rate in rates if rate]
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


def rises_together(people: Population, policy: PurchasePolicy) -> bool:
    """Return whether the whole population's purchases rise: one alert for all, not one each."""
    return log(people.common_rise) > log(policy.guard_ratio)
