"""Outside purchases at closed weeks of the past, looked at only where somebody asks."""

from rapport.streams.core.policy_purchases import PurchasePolicy
from rapport.streams.core.population import Population, Weekly
from rapport.streams.core.rise import Forecast, forecast, newest_first


class Looks:
    """A client's windows of purchases as they stand at each closed week; 1 is the last one."""

    def __init__(self, weekly: Weekly, policy: PurchasePolicy, people: Population) -> None:
        self._weekly, self._policy, self._people = weekly, policy, people
        self._counts: list[int] | None = None
        self._made: dict[int, Forecast] = {}
        self.known = people.clients > 0
        """Whether anybody's purchases are known: without a feed, calm says nothing."""

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
        newest = self._people.newest_week - weeks_ago
        return sum(self._weekly.get(newest - back, 0) for back in range(self._policy.window_weeks))

    def _look(self, weeks_ago: int) -> Forecast:
        made = self._made.get(weeks_ago)
        if made is None:
            look, rate = self._people.look(weeks_ago), self._people.median_rate
            if self._counts is None:
                self._counts = newest_first(self._weekly, self._people)
            made = self._made[weeks_ago] = forecast(self._counts, look, self._policy, rate)
        return made
