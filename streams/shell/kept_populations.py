"""The population at the ends of closed weeks, kept until what was bought in them changes."""

from collections.abc import Iterable

from rapport.streams.core.policy_purchases import PurchasePolicy
from rapport.streams.core.population import Population, Weekly, populations


class KeptPopulations:
    """What all clients bought as it stood at the ends of the last closed weeks.

    A purchase of the running week changes none of them, a late one all; then they are made anew.
    """

    def __init__(self) -> None:
        self._asked: tuple[range, PurchasePolicy | None] = (range(0), None)
        self._clients: list[Weekly] = []
        self._made: tuple[Population, ...] = ()

    def of(
        self, clients: Iterable[Weekly], weeks: range, policy: PurchasePolicy
    ) -> tuple[Population, ...]:
        """Return the populations of `weeks`, given the purchases of each client per week."""
        known, asked = list(clients), (weeks, policy)
        if asked != self._asked or not _alike(known, self._clients, weeks.stop):
            self._made = populations(known, weeks, policy)
        self._asked, self._clients = asked, known
        return self._made


def _alike(clients: list[Weekly], before: list[Weekly], stop: int) -> bool:
    """Return whether the same was bought in the weeks before `stop`."""
    return len(clients) == len(before) and all(
        now is was or _until(now, stop) == _until(was, stop)
        for now, was in zip(clients, before, strict=True)
    )


def _until(weekly: Weekly, stop: int) -> dict[int, int]:
    return {week: count for week, count in weekly.items() if week < stop}
