"""Rising outside purchases of one client: the statistic gp28, `docs/methods.md#rise-detector`.

The count of the newest weeks is held against a gamma-Poisson forecast from the client's own past,
scaled by what all clients buy at that time of year, with the client's own burstiness. A window is
looked at once a week, when it is closed; what a client's state is follows from these looks alone,
so a late purchase changes the looks that it belongs to, and the order of arrival cannot show.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from typing import Final, NamedTuple

from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.baseline import FleetBaseline, Weekly, WindowTotals
from rapport.domain.stats import negative_binomial_tail as tail

CLEAR_WINDOWS: Final = 2
"""Quiet looks in a row that end an alert."""


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
class Rise:
    """The running window's forecast, and the state after the last closed week."""

    now: Forecast
    state: str
    """`clear`, `watch` or `alert`."""


@lru_cache(maxsize=65_536)
def alert_threshold(expected: float, size: float, minimum: int, chance: float) -> int:
    """Return the least number of purchases, `minimum` or more, that is rarer than `chance`.

    The chance falls as the number grows, so it is found by doubling and halving.

    >>> alert_count(4.0, 3.0, 3, 0.0036)
    17
    >>> tail(16, 4.0, 3.0) >= 0.0036 > tail(17, 4.0, 3.0)
    True
    """
    below, at = minimum - 1, minimum
    while tail(at, expected, size) >= chance:
        below, at = at, 2 * at
    while at - below > 1:
        middle = (below + at) // 2
        if tail(middle, expected, size) < chance:
            at = middle
        else:
            below = middle
    return at


def newest_first(weekly: Weekly, people: FleetBaseline) -> list[int]:
    """Return a client's count per week for as long as the population is known."""
    counts = [0] * len(people.exposure)
    for week, count in weekly.items():
        if 0 <= people.newest_week - week < len(counts):
            counts[people.newest_week - week] = count
    return counts


def forecast(
    counts: Sequence[int], look: WindowTotals, policy: PurchasePolicy, median_rate: float
) -> Forecast:
    """Return the forecast for a window, given the client's count per week, the newest first.

    A closed window at or below its expectation is never remarkable: its chance is given as 1.
    """
    observed = sum(counts[look.ends : look.starts])
    if look.ends and not observed:
        return Forecast(0, 0.0, 1.0, 1.0)
    past = _past(counts, look, policy, median_rate)
    if look.ends and observed <= past.mean:
        return Forecast(observed, past.mean, past.shape, 1.0)
    size = _size(past, look, policy)
    return Forecast(observed, past.mean, size, tail(observed, past.mean, size))


def expectation(
    counts: Sequence[int], look: WindowTotals, policy: PurchasePolicy, median_rate: float
) -> tuple[float, float]:
    """Return the mean and the size of the negative binomial that a window is held against."""
    past = _past(counts, look, policy, median_rate)
    return past.mean, _size(past, look, policy)


class _Past(NamedTuple):
    counts: Sequence[int]
    faded: list[float]
    shape: float
    rate: float
    mean: float


def _past(
    counts: Sequence[int], look: WindowTotals, policy: PurchasePolicy, median_rate: float
) -> _Past:
    past = counts[look.starts : look.starts + len(look.weights)]
    faded = list(map(mul, look.weights, past))
    shape = policy.prior_shape + sum(faded)
    rate = policy.prior_shape / median_rate + look.exposure_sum
    return _Past(past, faded, shape, rate, shape * look.exposed / rate)


def _size(past: _Past, look: WindowTotals, policy: PurchasePolicy) -> float:
    burst = burstiness(past.faded, past.counts, past.shape / past.rate, look, policy)
    return 1 / (1 / past.shape + burst / policy.window_weeks + policy.drift)


def burstiness(
    faded: Sequence[float],
    past: Sequence[int],
    rate: float,
    look: WindowTotals,
    policy: PurchasePolicy,
) -> float:
    """Return phi: how much more a client's weeks scatter than chance has it, shrunk to the prior.

    With n the count of a week, e its exposure, g its fading and l the rate, phi is
    (c0 phi0 + sum g ((n - l e)^2 - l e)) / (c0 + sum g (l e)^2); the square is multiplied out, so
    that what all clients share is summed once.
    """
    squares: float = sum(map(mul, faded, past))
    products: float = sum(map(mul, look.exposure, past))
    expected = rate * rate * look.square_sum
    excess = squares - 2 * rate * products + expected - rate * look.exposure_sum
    above = policy.burst_prior_weight * policy.burst_prior + excess
    return max(policy.burst_floor, above / (policy.burst_prior_weight + expected))


def replay_states(looks: Iterator[Forecast], policy: PurchasePolicy) -> str:
    """Return the state that closed looks lead to, given the newest first.

    Two quiet looks in a row end whatever was before them, so no older look needs to be made.
    """
    story: list[Forecast] = []
    quiet = 0
    for seen in looks:
        story.append(seen)
        quiet = quiet + 1 if seen.probability > policy.watch_probability else 0
        if quiet == CLEAR_WINDOWS:
            break
    state, quiet = "clear", 0
    for seen in reversed(story):
        quiet = quiet + 1 if seen.probability > policy.watch_probability else 0
        if seen.observed >= policy.alert_minimum and seen.probability < policy.alert_probability:
            state = "alert"
        elif state != "alert" or quiet >= CLEAR_WINDOWS:
            state = "clear" if quiet else "watch"
    return state
