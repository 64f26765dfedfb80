"""Rising outside purchases of one client: the statistic gp28 (domain core, section 1.6).

The count of the newest weeks is held against a gamma-Poisson forecast from the client's own past,
scaled by what all clients buy at that time of year, with the client's own burstiness.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from operator import mul
from typing import Final

from rapport.streams.core.measures import Measures, week_of
from rapport.streams.core.negative_binomial import tail
from rapport.streams.core.policy import PurchasePolicy
from rapport.streams.core.population import Population, Weekly

WINDOW_DAYS: Final = 28
LOOKS: Final = 8
"""Weekly looks from which the state is folded; more than the longest latch needs."""
CLEAR_LOOKS: Final = 2
TOP_SUPPLIERS: Final = 3


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was seen in a window of weeks, against what was to be expected."""

    observed: int
    expected: float
    size: float
    """The size of the negative binomial: smaller is more spread."""
    probability: float
    """The chance of seeing this many or more."""


@dataclass(frozen=True, slots=True)
class PurchaseHealth:
    """A client's outside purchases of IT, and whether they rise."""

    observed: int
    expected: float
    ratio: float
    excess: float
    probability: float
    state: str
    """`clear`, `watch` or `alert`; changes at the close of a week."""
    history_weeks: int
    spend_minor: tuple[tuple[str, int], ...]
    """Outside spend of the last 28 days per currency, in minor units."""
    top_suppliers: tuple[str, ...]
    by_standing: tuple[tuple[str, int], ...]
    """IT purchases of the last 28 days per standing."""


def weekly_purchases(measures: Measures, policy: PurchasePolicy) -> Weekly:
    """Return the outside IT purchases of a client per week of the event."""
    weeks: Counter[int] = Counter()
    for key, days in measures.items():
        if key.startswith("buy.count|outside|") and _is_it(key.split("|")[2], policy.it_categories):
            for day, count in days.items():
                weeks[week_of(day)] += count
    return weeks


def purchase_health(
    measures: Measures, weekly: Weekly, policy: PurchasePolicy, day: int, people: Population
) -> PurchaseHealth:
    """Return how outside purchases stand on `day`, in the middle of a week or at its end."""
    now = forecast(weekly, policy, people, window_ends=0)
    first = min(weekly, default=people.newest_week)
    return PurchaseHealth(
        observed=now.observed,
        expected=now.expected,
        ratio=now.observed / now.expected,
        excess=now.observed - now.expected,
        probability=now.probability,
        state=_state(weekly, policy, people),
        history_weeks=min(people.newest_week - first, policy.ring_weeks),
        spend_minor=_spend(measures, policy, day),
        top_suppliers=_top_suppliers(measures, policy, day),
        by_standing=_standings(measures, policy, day),
    )


def forecast(
    weekly: Weekly, policy: PurchasePolicy, people: Population, window_ends: int
) -> Forecast:
    """Return the forecast for the window that ends `window_ends` weeks before the newest.

    The newest week is the running one; its exposure says how much of it has been seen.
    """
    past = window_ends + policy.window_weeks + (window_ends == 0)
    newest = people.newest_week
    observed = sum(weekly.get(newest - back, 0) for back in range(window_ends, past))
    exposed = sum(people.exposure[window_ends:past])
    exposure = people.exposure[past:]
    fade = fading(policy.half_life_weeks, len(people.exposure))
    counts = [
        weekly.get(week, 0) for week in range(newest - past, newest - past - len(exposure), -1)
    ]
    shape = policy.prior_shape + sum(map(mul, fade, counts))
    rate = policy.prior_shape / people.median_rate + sum(map(mul, fade, exposure))
    mean = shape * exposed / rate
    if window_ends and observed <= mean:
        # A closed window at or below its expectation is never remarkable: most looks end here.
        return Forecast(observed, mean, shape, 1.0)
    older = list(zip(fade, counts, exposure, strict=False))
    burst = _burstiness(older, shape / rate, policy)
    size = 1 / (1 / shape + burst / policy.window_weeks + policy.drift)
    return Forecast(observed, mean, size, tail(observed, mean, size))


@lru_cache(maxsize=8)
def fading(half_life_weeks: int, length: int) -> tuple[float, ...]:
    """Return how much each past week counts, the newest first."""
    return tuple(2 ** (-(age + 1) / half_life_weeks) for age in range(length))


def _burstiness(
    older: list[tuple[float, int, float]], rate: float, policy: PurchasePolicy
) -> float:
    above, below = policy.burst_prior_weight * policy.burst_prior, policy.burst_prior_weight
    for weight, count, exposure in older:
        expected = rate * exposure
        above += weight * ((count - expected) ** 2 - expected)
        below += weight * expected**2
    return max(policy.burst_floor, above / below)


def _state(weekly: Weekly, policy: PurchasePolicy, people: Population) -> str:
    """Fold the closed weeks' looks: an alert stays until two looks in a row are quiet."""
    newest = people.newest_week
    if not any(weekly.get(newest - back, 0) for back in range(LOOKS + policy.window_weeks)):
        return "clear"
    state, quiet = "clear", 0
    for look in range(LOOKS, 0, -1):
        seen = forecast(weekly, policy, people, window_ends=look)
        remarkable = seen.probability <= policy.watch_probability
        quiet = 0 if remarkable else quiet + 1
        enough = seen.observed >= policy.alert_minimum
        if enough and seen.probability < policy.alert_probability:
            state = "alert"
        elif state != "alert" or quiet >= CLEAR_LOOKS:
            state = "watch" if quiet == 0 else "clear"
    return state


@lru_cache(maxsize=16_384)
def _is_it(category: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(category, pattern) for pattern in patterns)


def _recent(days: dict[int, int] | object, day: int) -> int:
    items = days.items() if isinstance(days, dict) else ()
    return sum(amount for at, amount in items if day - WINDOW_DAYS < at <= day)


def _spend(measures: Measures, policy: PurchasePolicy, day: int) -> tuple[tuple[str, int], ...]:
    spent: dict[str, int] = defaultdict(int)
    for key, days in measures.items():
        if key.startswith("buy.minor|outside|"):
            _, _, category, currency = key.split("|")
            if _is_it(category, policy.it_categories):
                spent[currency] += _recent(days, day)
    return tuple(sorted((currency, minor) for currency, minor in spent.items()))


def _top_suppliers(measures: Measures, policy: PurchasePolicy, day: int) -> tuple[str, ...]:
    spent: dict[str, int] = defaultdict(int)
    for key, days in measures.items():
        if key.startswith("buy.supplier|outside|"):
            _, _, category, supplier, _ = key.split("|")
            if _is_it(category, policy.it_categories):
                spent[supplier] += _recent(days, day)
    ranked = sorted((-minor, supplier) for supplier, minor in spent.items() if minor)
    return tuple(supplier for _, supplier in ranked[:TOP_SUPPLIERS])


def _standings(measures: Measures, policy: PurchasePolicy, day: int) -> tuple[tuple[str, int], ...]:
    counts = dict.fromkeys(("outside", "sanctioned", "joint", "unclassified"), 0)
    for key, days in measures.items():
        if key.startswith("buy.count|"):
            _, standing, category = key.split("|")
            if _is_it(category, policy.it_categories):
                counts[standing] += _recent(days, day)
    return tuple(sorted(counts.items()))
