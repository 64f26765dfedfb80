"""What all clients bought per week: the exposure that a client's own count is held against.

It cancels season, budget rush, holidays, feed gaps and late arrival, because recent weeks are as
incomplete for all as for one. A second guard sees the rise that is common to all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log
from statistics import median
from typing import Final

from rapport.streams.core.measures import week_of
from rapport.streams.core.policy import PurchasePolicy

LEAST_EXPOSURE_CLIENTS: Final = 100
SHRINKAGE_CLIENTS: Final = 10
YEAR_WEEKS: Final = 52
GUARD_PRIOR: Final = 5
Weekly = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Population:
    """Exposure per week (index 0 is the newest), and the clients' median weekly rate."""

    newest_week: int
    exposure: tuple[float, ...]
    median_rate: float
    clients: int
    common_rise: float
    """This year's recent purchases of all clients against the year before; 1 is no change."""


def population(clients: Iterable[Weekly], day: int, policy: PurchasePolicy) -> Population:
    """Return the population of clients, given the purchases of each per week."""
    weekly = list(clients)
    pool: Counter[int] = Counter()
    for weeks in weekly:
        pool.update(weeks)
    newest, length = week_of(day), policy.window_weeks + 1 + policy.ring_weeks
    totals = [pool.get(newest - back, 0) for back in range(length)]
    return Population(
        newest_week=newest,
        exposure=_exposure(totals, len(weekly)),
        median_rate=_median_rate(weekly, newest, policy.ring_weeks),
        clients=len(weekly),
        common_rise=_common_rise(pool, newest - 1, policy),
    )


def _exposure(totals: list[int], clients: int) -> tuple[float, ...]:
    mean = sum(totals) / len(totals)
    if mean == 0:
        return (1.0,) * len(totals)
    shrink = SHRINKAGE_CLIENTS / min(max(clients, 1), LEAST_EXPOSURE_CLIENTS)
    return tuple((total / mean + shrink) / (1 + shrink) for total in totals)


def _median_rate(weekly: list[Weekly], newest: int, ring_weeks: int) -> float:
    rates = [
        sum(count for week, count in weeks.items() if newest - ring_weeks <= week <= newest)
        for weeks in weekly
    ]
    active = [rate / ring_weeks for rate in rates if rate]
    return median(active) if active else 1 / ring_weeks


def _common_rise(pool: Counter[int], week: int, policy: PurchasePolicy) -> float:
    """Return the ratio of this year's level of the newest weeks to last year's (section 1.6)."""
    if week - min(pool, default=week) < YEAR_WEEKS + 8:
        return 1.0
    year_ago = _level(pool, week - YEAR_WEEKS, policy)
    return float((_level(pool, week, policy)) / year_ago)


def _level(pool: Counter[int], week: int, policy: PurchasePolicy) -> float:
    window = policy.window_weeks
    recent = sum(pool.get(week - back, 0) for back in range(window))
    fade = 2 ** (-1 / policy.half_life_weeks)
    weights = [fade**back for back in range(YEAR_WEEKS - window)]
    past = sum(
        weight * pool.get(week - window - back, 0) for back, weight in enumerate(weights)
    ) / sum(weights)
    return (recent + GUARD_PRIOR) / (window * past + GUARD_PRIOR)


def rises_together(people: Population, policy: PurchasePolicy) -> bool:
    """Return whether the whole population's purchases rise: one alert for all, not one each."""
    return log(people.common_rise) > log(policy.guard_ratio)
