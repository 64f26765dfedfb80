"""Rise detection on one client's outside purchases: gamma-Poisson, `docs/methods.md#rise-detector`.

The count of the newest weeks is compared with a forecast from the client's own earlier weeks. The
forecast is a negative binomial: it is scaled by the season that all clients share, and its spread
follows the client's own burstiness. Each closed week is one window. The state follows from the
closed windows alone, so late purchases and the order of arrival cannot leave a trace in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from typing import Final, NamedTuple

from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.baseline import FleetBaseline, Weekly, WindowExposure
from rapport.domain.procurement.stats import negative_binomial_tail as tail

CLEAR_WINDOWS: Final = 2
"""Quiet windows in a row that end an alert."""
FALSE_ALERTS_PER_CLIENT_YEAR: Final = 0.12
"""Alerts that chance alone makes at `FALSE_ALERTS_MEASURED_AT`: one per 100 client-months."""
FALSE_ALERTS_MEASURED_AT: Final = 0.0036
"""The alert probability at which false alerts were counted by simulation (`bench/detection`)."""
THRESHOLD_MAX: Final = 1_000_000
"""The search for an alert threshold stops above this count."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The purchases in one window, compared with the negative binomial that was expected."""

    observed: int
    expected: float
    size: float
    """The size of the negative binomial: smaller is more spread."""
    probability: float
    """The probability of this many purchases or more."""

    @property
    def is_above(self) -> bool:
        """Whether there were more purchases than expected."""
        return self.observed > self.expected


@dataclass(frozen=True, slots=True)
class Rise:
    """The forecast of the last closed window, and the state after it."""

    now: Forecast
    state: str
    """`clear`, `watch` or `alert`; `unknown` while the history is too short."""
    state_weeks: int = 0
    """The closed weeks since the state last changed, that of the change included."""
    rising_weeks: int = 0
    """The closed weeks since it is watch or alert; 0 when it is neither."""
    alarm: Forecast | None = None
    """The newest window that was an alert by itself, while the state is alert."""
    alarm_weeks: int = 0
    """How many closed weeks ago that window closed; 1 is the last."""


@lru_cache(maxsize=65_536)
def alert_threshold(expected: float, size: float, minimum: int, probability: float) -> int:
    """Return the least number of purchases, `minimum` or more, that is rarer than `probability`.

    Bisection: the tail falls as the number grows, so doubling and halving find the threshold.

    >>> alert_threshold(4.0, 3.0, 3, 0.0036)
    17
    >>> tail(16, 4.0, 3.0) >= 0.0036 > tail(17, 4.0, 3.0)
    True
    """
    low, high = minimum - 1, minimum
    while high < THRESHOLD_MAX and tail(high, expected, size) >= probability:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if tail(middle, expected, size) < probability:
            high = middle
        else:
            low = middle
    return high


def false_alerts_a_year(clients: int, alert_probability: float) -> float:
    """Return the alerts a year that chance alone makes among `clients`.

    >>> round(false_alerts_a_year(14, 0.0036), 2), round(false_alerts_a_year(14, 0.0018), 2)
    (1.68, 0.84)
    """
    ratio = alert_probability / FALSE_ALERTS_MEASURED_AT
    return clients * FALSE_ALERTS_PER_CLIENT_YEAR * ratio


def newest_first(weekly: Weekly, fleet: FleetBaseline) -> list[int]:
    """Return a client's count per week, for the weeks that the fleet's baseline covers."""
    counts = [0] * len(fleet.exposure)
    for week, count in weekly.items():
        if 0 <= fleet.newest_week - week < len(counts):
            counts[fleet.newest_week - week] = count
    return counts


def forecast(
    counts: Sequence[int], window: WindowExposure, policy: PurchasePolicy, median_rate: float
) -> Forecast:
    """Return the forecast for a window, given the client's count per week, the newest first."""
    mean, size = expectation(counts, window, policy, median_rate)
    observed = sum(counts[window.ends : window.starts])
    return Forecast(observed, mean, size, tail(observed, mean, size))


def replay_forecast(
    counts: Sequence[int], window: WindowExposure, policy: PurchasePolicy, median_rate: float
) -> Forecast:
    """Return the forecast for a window of which only the state is wanted.

    A window at or below its expectation is never remarkable: its probability is set to 1.
    """
    observed = sum(counts[window.ends : window.starts])
    if not observed:
        return Forecast(0, 0.0, 1.0, 1.0)
    posterior = _posterior(counts, window, policy, median_rate)
    if observed <= posterior.mean:
        return Forecast(observed, posterior.mean, posterior.shape, 1.0)
    size = _size(posterior, window, policy)
    return Forecast(observed, posterior.mean, size, tail(observed, posterior.mean, size))


def expectation(
    counts: Sequence[int], window: WindowExposure, policy: PurchasePolicy, median_rate: float
) -> tuple[float, float]:
    """Return the mean and the size of the negative binomial that is expected in a window."""
    posterior = _posterior(counts, window, policy, median_rate)
    return posterior.mean, _size(posterior, window, policy)


class _Posterior(NamedTuple):
    """The gamma posterior of a client's weekly rate, from the ring of weeks before a window."""

    counts: Sequence[int]
    weighted: list[float]
    shape: float
    rate: float
    mean: float


def _posterior(
    counts: Sequence[int], window: WindowExposure, policy: PurchasePolicy, median_rate: float
) -> _Posterior:
    ring = counts[window.starts : window.starts + len(window.weights)]
    weighted = list(map(mul, window.weights, ring))
    shape = policy.prior_shape + sum(weighted)
    rate = policy.prior_shape / median_rate + window.exposure_sum
    return _Posterior(ring, weighted, shape, rate, shape * window.own_exposure / rate)


def _size(posterior: _Posterior, window: WindowExposure, policy: PurchasePolicy) -> float:
    rate = posterior.shape / posterior.rate
    burst = burstiness(posterior.weighted, posterior.counts, rate, window, policy)
    return 1 / (1 / posterior.shape + burst / policy.window_weeks + policy.drift)


def burstiness(
    weighted: Sequence[float],
    counts: Sequence[int],
    rate: float,
    window: WindowExposure,
    policy: PurchasePolicy,
) -> float:
    """Return phi, the overdispersion of a client's weeks: a moment estimate shrunk to the prior.

    With n the count of a week, e its exposure, g its weight and l the rate, phi is
    (c0 phi0 + sum g ((n - l e)^2 - l e)) / (c0 + sum g (l e)^2). The square is multiplied out, so
    that the sums over exposure, equal for all clients, are made once.
    """
    squares: float = sum(map(mul, weighted, counts))
    products: float = sum(map(mul, window.exposure, counts))
    expected = rate * rate * window.square_sum
    excess = squares - 2 * rate * products + expected - rate * window.exposure_sum
    above = policy.burst_prior_weight * policy.burst_prior + excess
    return max(policy.burst_floor, above / (policy.burst_prior_weight + expected))


class State(NamedTuple):
    """The state after the closed windows, and for how many of them it holds."""

    state: str
    state_weeks: int
    """The closed weeks since the state last changed, that of the change included."""
    rising_weeks: int
    """The closed weeks since it is not clear; 0 when it is."""
    alarm: Forecast | None = None
    """The newest window that was an alert by itself, while the state is alert."""
    alarm_weeks: int = 0
    """How many closed weeks ago that window closed; 1 is the last."""


def replay_states(windows: Iterator[Forecast], policy: PurchasePolicy) -> State:
    """Return the state after the closed windows, given the newest first.

    Two quiet windows in a row end any earlier state, so no older window needs a forecast.
    """
    replayed: list[Forecast] = []
    quiet = 0
    for window in windows:
        replayed.append(window)
        quiet = quiet + 1 if window.probability > policy.watch_probability else 0
        if quiet == CLEAR_WINDOWS:
            break
    state, quiet, since, rising_since = "clear", 0, 0, 0
    for index, window in enumerate(reversed(replayed)):
        before = state
        quiet = quiet + 1 if window.probability > policy.watch_probability else 0
        if _is_alarm(window, policy):
            state = "alert"
        elif state != "alert" or quiet >= CLEAR_WINDOWS:
            state = "clear" if quiet else "watch"
        if state != before:
            since = index
            rising_since = index if before == "clear" else rising_since
    weeks = len(replayed)
    rising_weeks = 0 if state == "clear" else weeks - rising_since
    if state != "alert":
        return State(state, weeks - since, rising_weeks)
    alarm = next(ago for ago, window in enumerate(replayed) if _is_alarm(window, policy))
    return State(state, weeks - since, rising_weeks, replayed[alarm], alarm + 1)


def _is_alarm(window: Forecast, policy: PurchasePolicy) -> bool:
    """Return whether a window by itself is an alert."""
    remarkable = window.probability < policy.alert_probability
    return remarkable and window.observed >= policy.alert_minimum
