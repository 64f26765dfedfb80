"""The windows of one client's purchases: forecast, state and alert threshold per week."""

from typing import NamedTuple

from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.baseline import WINDOWS_KEPT, WINDOWS_MAX, FleetBaseline, Weekly
from rapport.domain.procurement.rise_detector import (
    Forecast,
    Rise,
    alert_threshold,
    expectation,
    forecast,
    newest_first,
    replay_states,
)


class Windows:
    """A client's windows by age: 0 is the running week's, 1 that of the last closed week."""

    def __init__(self, weekly: Weekly, policy: PurchasePolicy, fleet: FleetBaseline) -> None:
        self._policy, self._fleet = policy, fleet
        self._counts = newest_first(weekly, fleet)
        self._forecasts: dict[int, Forecast] = {}
        self.has_feed = fleet.clients > 0
        """Whether any client has purchases: without a feed, a quiet window proves nothing."""

    def rise(self) -> Rise:
        """Return the running window, and the state after the last closed one."""
        closed = map(self._forecast, range(1, WINDOWS_MAX + 1))
        return Rise(self.running(), *replay_states(closed, self._policy))

    def running(self) -> Forecast:
        """Return the running week's window."""
        return self._forecast(0)

    def alerts(self, weeks_ago: int) -> bool:
        """Return whether the window that closed `weeks_ago` was an alert."""
        if self._observed(weeks_ago) < self._policy.alert_minimum:
            return False
        return self._forecast(weeks_ago).probability < self._policy.alert_probability

    def closed(self, weeks_ago: int) -> Forecast:
        """Return the window that closed `weeks_ago`."""
        return self._forecast(weeks_ago)

    def ratio(self, weeks_ago: int) -> float:
        """Return observed over expected purchases in the window that closed `weeks_ago`."""
        observed = self._observed(weeks_ago)
        return observed / self._forecast(weeks_ago).expected if observed else 0.0

    def _observed(self, weeks_ago: int) -> int:
        return sum(self._counts[weeks_ago : weeks_ago + self._policy.window_weeks])

    def _forecast(self, weeks_ago: int) -> Forecast:
        cached = self._forecasts.get(weeks_ago)
        if cached is None:
            window, rate = self._fleet.window(weeks_ago), self._fleet.median_rate
            cached = self._forecasts[weeks_ago] = forecast(self._counts, window, self._policy, rate)
        return cached


class PurchaseWeek(NamedTuple):
    """The window that ends with a week, from the data of today."""

    week: int
    observed: int
    expected: float
    alert_threshold: int
    """The least number of purchases that would be an alert."""


def purchase_weeks(
    weekly: Weekly, policy: PurchasePolicy, fleet: FleetBaseline, count: int
) -> tuple[PurchaseWeek, ...]:
    """Return up to `count` windows, the oldest first; the last one is the running window."""
    counts, weeks = newest_first(weekly, fleet), []
    for window in map(fleet.window, reversed(range(min(count, WINDOWS_KEPT + 1)))):
        mean, size = expectation(counts, window, policy, fleet.median_rate)
        observed = sum(counts[window.ends : window.starts])
        threshold = alert_threshold(mean, size, policy.alert_minimum, policy.alert_probability)
        weeks.append(PurchaseWeek(fleet.newest_week - window.ends, observed, mean, threshold))
    return tuple(weeks)
