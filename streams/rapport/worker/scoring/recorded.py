"""What people recorded of the owned clients, read from the desk for their verdicts."""

from collections.abc import Collection

from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.follow_up import FollowUp, follow_up
from rapport.worker.assignment import Assignment
from rapport.worker.storage.desk_store import DeskStore


class RecordedReader:
    """Reads each owned client once after a rebalance, and again when an entry of it was written."""

    def __init__(self, desk: DeskStore, assignment: Assignment) -> None:
        self._desk, self._assignment = desk, assignment
        self._read: set[str] = set()
        self._epoch = assignment.epoch()

    async def of_client(self, client: str) -> list[DeskEntry]:
        """Return what was recorded of a client."""
        return await self._desk.of_client(self._assignment.partition_of(client), client)

    async def changed(self, clients: Collection[str]) -> dict[str, FollowUp]:
        """Return what was recorded of some owned clients, where it may have changed."""
        if not self._epoch.is_current():
            self._epoch, self._read = self._assignment.epoch(), set()
        self._read -= self._desk.take_changed()
        found = {}
        for client in [one for one in clients if one not in self._read]:
            found[client] = follow_up(await self.of_client(client))
            if not self._epoch.is_current():
                return {}
        self._read |= found.keys()
        return found
