"""Cache of client inputs per day; an entry is valid until the client's measures change."""

from collections import OrderedDict
from typing import Final

from rapport.domain.procurement.client_inputs import ClientInputs

DAYS_MAX: Final = 3
"""Today, and the days that it is compared with."""


class ClientInputsCache:
    """LRU cache: the inputs of all clients, for the days that were used last."""

    def __init__(self) -> None:
        self._days: OrderedDict[int, dict[str, ClientInputs]] = OrderedDict()

    def of(self, day: int) -> dict[str, ClientInputs]:
        """Return the cached inputs of a day, for the caller to fill."""
        inputs = self._days.setdefault(day, {})
        self._days.move_to_end(day)
        while len(self._days) > DAYS_MAX:
            self._days.popitem(last=False)
        return inputs

    def drop(self, client: str) -> None:
        """Drop the inputs of a client, of every day."""
        for inputs in self._days.values():
            inputs.pop(client, None)

    def clear(self) -> None:
        """Drop everything; a caller that is filling a day fills a detached one."""
        self._days.clear()
