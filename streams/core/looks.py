"""Outside purchases at closed weeks of the past, looked at only where somebody asks."""

from rapport.streams.core.policy_purchases import PurchasePolicy
from rapport.streams.core.population import Population, Weekly, look_at
from rapport.streams.core.rise import Forecast, forecast, newest_first


class Looks:
    """A client's windows of purchases as they stand at each closed week; 1 is the last one."""

    def __init__(self, weekly: Weekly, policy: PurchasePolicy, people: Population) -> None:
        self._counts, self._policy, self._people = newest_first(weekly, people), policy, people
        self._made: dict[int, Forecast] = {}
        self.known = bool(weekly) or any(share != 1 for share in people.exposure)
        """Whether anybody's purchases are known: without a feed, calm says nothing."""

    def alerts(self, weeks_ago: int) -> bool:
        """Return whether the window that closed then was an alert."""
        seen = self._look(weeks_ago)
        enough = seen.observed >= self._policy.alert_minimum
        return enough and seen.probability < self._policy.alert_probability

    def ratio(self, weeks_ago: int) -> float:
        """Return observed over expected purchases in the window that closed then."""
        seen = self._look(weeks_ago)
        return seen.observed / seen.expected if seen.observed else 0.0

    def _look(self, weeks_ago: int) -> Forecast:
        made = self._made.get(weeks_ago)
        if made is None:
            look = look_at(self._people, weeks_ago, self._policy)
            rate = self._people.median_rate
            made = self._made[weeks_ago] = forecast(self._counts, look, self._policy, rate)
        return made
