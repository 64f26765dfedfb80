"""What readers may ask of a running worker beside what it shows to all."""

from typing import Any, Protocol

from rapport.web.fleet_snapshot import SnapshotPair
from rapport_schemas.wire.errors import RapportError


class UnknownClientError(RapportError):
    """The client is not known to this worker."""


class Queries(Protocol):
    """Questions that the worker answers on its own loop."""

    async def ask(self, client: str, since: str | None, lang: str) -> dict[str, Any]:
        """Return why a client's scores are what they are.

        Raises `NotHereError` for an unknown client, and `RapportError` for what else it cannot
        answer.
        """

    async def ask_fleet(self, lang: str) -> dict[str, Any]:
        """Return what to do first, and what the fleet says of IT."""

    async def ask_snapshots(self, client: str, since_days: int) -> SnapshotPair:
        """Return a client now and some days before; raises `RapportError` when it cannot."""
