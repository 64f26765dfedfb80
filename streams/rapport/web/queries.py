"""Queries to a running worker beyond its snapshots: explanations, the fleet, an earlier day."""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.overdue import Overdue
from rapport.web.fleet_snapshot import SnapshotPair
from rapport_schemas.wire.errors import RapportError

Sight = Collection[str] | None
"""Owners whose clients an answer may be about; None for all."""


class UnknownClientError(RapportError):
    """The client is not known to this worker."""


class Queries(Protocol):
    """Queries that the worker answers on its own event loop."""

    async def ask(
        self, client: str, since: str | None, lang: str, sight: Sight = None
    ) -> dict[str, Any]:
        """Return the explanation of a client's scores.

        Raises `UnknownClientError` for an unknown client, and `RapportError` for other invalid
        queries.
        """

    async def ask_fleet(self, lang: str, sight: Sight = None) -> dict[str, Any]:
        """Return what most clients have in common, and IT's own activity over all clients."""

    async def ask_digest(
        self, since: str, owners: Sequence[str], lang: str, sight: Sight = None
    ) -> dict[str, Any]:
        """Return what changed for the clients of some owners, in words.

        Raises `UnknownClientError` for an owner without clients, and `RapportError` for other
        invalid queries.
        """

    async def ask_snapshots(self, client: str, since_days: int) -> SnapshotPair:
        """Return a client now and some days before; raises `RapportError` for an unknown client."""

    async def ask_desk(self, client: str) -> tuple[str, list[DeskEntry]]:
        """Return the id of a client, and what was recorded of it.

        Raises `UnknownClientError` for an unknown client.
        """

    async def ask_overdue(self, clients: Collection[str]) -> list[Overdue]:
        """Return what is overdue of some clients, by their ids; what waits longest first."""
