"""Figures of clients, kept per day until what they are made of changes."""

from collections import OrderedDict
from typing import Final

from rapport.domain.procurement.client_inputs import ClientInputs

DAYS_MAX: Final = 3
"""Today, and the days that somebody compares it with."""


class ClientInputsCache:
    """Figures by day and client; the days that were asked for last are kept."""

    def __init__(self) -> None:
        self._days: OrderedDict[int, dict[str, ClientInputs]] = OrderedDict()

    def of(self, day: int) -> dict[str, ClientInputs]:
        """Return what is kept of a day, to be filled by whoever asks."""
        kept = self._days.setdefault(day, {})
        self._days.move_to_end(day)
        while len(self._days) > DAYS_MAX:
            self._days.popitem(last=False)
        return kept

    def drop(self, client: str) -> None:
        """Forget a client's figures, of every day."""
        for kept in self._days.values():
            kept.pop(client, None)

    def clear(self) -> None:
        """Forget all; whoever fills a day at this moment does so for nobody."""
        self._days.clear()
