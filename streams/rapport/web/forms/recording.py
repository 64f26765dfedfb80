"""What the forms need of the worker that serves them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from rapport.domain.calendar import Calendar
from rapport.domain.clients.registry import Client
from rapport.domain.desk.entries import DeskEntry

Publish = Callable[[BaseModel, str, datetime, str], Awaitable[None]]
"""Publishes (event, id, time, who recorded it); returns when Kafka has it, else `RapportError`."""

ReadDesk = Callable[[str], Awaitable[list[DeskEntry] | None]]
"""Returns what was recorded of a client; None where this worker does not have it."""


async def read_nothing(_client: str) -> None:
    """Read as a worker does that has no client."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A worker's registry, days and publisher; every worker takes a form for every client."""

    find_client: Callable[[str], Client | None]
    horizon_days: Callable[[], int]
    """How many days back an event counts."""
    calendar: Calendar
    publish: Publish
    read_desk: ReadDesk = read_nothing
