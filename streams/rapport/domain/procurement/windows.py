"""The windows of one client's purchases: forecast, state and alert threshold per closed week.

A window is the weeks up to and including a closed one. The last closed window is the one that every
surface shows; the running week is in none, because a part of it is still to come.
"""

from typing import Final, NamedTuple

from rapport.domain.calendar import week_of
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.baseline import WINDOWS_KEPT, WINDOWS_MAX, FleetBaseline, Weekly
from rapport.domain.procurement.rise_detector import (
    Forecast,
    Rise,
    alert_threshold,
    forecast,
    newest_first,
    replay_forecast,
    replay_states,
)

UNKNOWN: Final = "unknown"
"""The state while the history is too short to judge."""


class Windows:
    """A client's windows by age: 1 is that of the last closed week, 2 the one before it."""

    def __init__(
        self, weekly: Weekly, first_day: int | None, policy: PurchasePolicy, fleet: FleetBaseline
    ) -> None:
        self._policy, self._fleet = policy, fleet
        self._counts = newest_first(weekly, fleet)
        self._judged = judged_windows(first_day, policy, fleet.newest_week)
        self._forecasts: dict[int, Forecast] = {}
        self._latest: Forecast | None = None
        self.has_feed = fleet.clients > 0
        """Whether any client has purchases: without a feed, a quiet window proves nothing."""

    def rise(self) -> Rise:
        """Return the last closed window, and the state after it."""
        if not self._judged:
            return Rise(self.latest(), UNKNOWN)
        closed = map(self._forecast, range(1, min(self._judged, WINDOWS_MAX) + 1))
        return Rise(self.latest(), *replay_states(closed, self._policy))

    def latest(self) -> Forecast:
        """Return the forecast of the last closed window."""
        if self._latest is None:
            fleet = self._fleet
            window, rate = fleet.window(1), fleet.median_rate
            self._latest = forecast(self._counts, window, self._policy, rate)
        return self._latest

    def alerts(self, weeks_ago: int) -> bool:
        """Return whether the window that closed `weeks_ago` was an alert."""
        if weeks_ago > self._judged or self._observed(weeks_ago) < self._policy.alert_minimum:
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
        if cached is None and weeks_ago == 1 and self.latest().is_above:
            # Above its expectation, the last window is forecast in the same way for every use.
            cached = self._forecasts[1] = self.latest()
        if cached is None:
            window, rate = self._fleet.window(weeks_ago), self._fleet.median_rate
            cached = replay_forecast(self._counts, window, self._policy, rate)
            self._forecasts[weeks_ago] = cached
        return cached


def judged_windows(first_day: int | None, policy: PurchasePolicy, newest_week: int) -> int:
    """Return the number of windows with enough weeks of the client's purchases to be judged.

    `newest_week` is the running one. The weeks are counted from that of the first purchase of any
    kind; no purchase at all is no history.
    """
    if first_day is None:
        return 0
    return max(0, newest_week - week_of(first_day) - policy.history_weeks_minimum + 1)


class PurchaseWeek(NamedTuple):
    """The window that ends with a closed week, from the data of today."""

    week: int
    observed: int
    expected: float
    alert_threshold: int
    """The least number of purchases that would be an alert."""
    is_judged: bool
    """Whether the client's history was long enough by then."""

    @property
    def is_alert(self) -> bool:
        """Whether the window by itself is an alert."""
        return self.is_judged and self.observed >= self.alert_threshold


def purchase_weeks(
    weekly: Weekly, first_day: int | None, policy: PurchasePolicy, fleet: FleetBaseline, count: int
) -> tuple[PurchaseWeek, ...]:
    """Return up to `count` closed windows, the oldest first."""
    counts, weeks = newest_first(weekly, fleet), []
    judged = judged_windows(first_day, policy, fleet.newest_week)
    for ends in reversed(range(1, min(count, WINDOWS_KEPT) + 1)):
        seen = forecast(counts, fleet.window(ends), policy, fleet.median_rate)
        minimum, probability = policy.alert_minimum, policy.alert_probability
        threshold = alert_threshold(seen.expected, seen.size, minimum, probability)
        week = fleet.newest_week - ends
        weeks.append(PurchaseWeek(week, seen.observed, seen.expected, threshold, ends <= judged))
    return tuple(weeks)
