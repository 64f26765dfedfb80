"""A client's outside purchases in the running week and at closed ones, each looked at once."""

from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.baseline import WINDOWS_MAX, FleetBaseline, Weekly
from rapport.domain.procurement.rise_detector import (
    Forecast,
    Rise,
    forecast,
    newest_first,
    replay_states,
)


class Windows:
    """A client's windows of purchases: 0 is the running week's, 1 that of the last closed one."""

    def __init__(self, weekly: Weekly, policy: PurchasePolicy, people: FleetBaseline) -> None:
        self._policy, self._people = policy, people
        self._counts = newest_first(weekly, people)
        self._made: dict[int, Forecast] = {}
        self.known = people.clients > 0
        """Whether anybody's purchases are known: without a feed, calm says nothing."""

    def rise(self) -> Rise:
        """Return whether outside purchases rise."""
        closed = map(self._look, range(1, WINDOWS_MAX + 1))
        return Rise(self.now(), replay_states(closed, self._policy))

    def now(self) -> Forecast:
        """Return the running week's window."""
        return self._look(0)

    def alerts(self, weeks_ago: int) -> bool:
        """Return whether the window that closed then was an alert."""
        if self._observed(weeks_ago) < self._policy.alert_minimum:
            return False
        return self._look(weeks_ago).probability < self._policy.alert_probability

    def ratio(self, weeks_ago: int) -> float:
        """Return observed over expected purchases in the window that closed then."""
        observed = self._observed(weeks_ago)
        return observed / self._look(weeks_ago).expected if observed else 0.0

    def _observed(self, weeks_ago: int) -> int:
        return sum(self._counts[weeks_ago : weeks_ago + self._policy.window_weeks])

    def _look(self, weeks_ago: int) -> Forecast:
        made = self._made.get(weeks_ago)
        if made is None:
            look, rate = self._people.look(weeks_ago), self._people.median_rate
            made = self._made[weeks_ago] = forecast(self._counts, look, self._policy, rate)
        return made
