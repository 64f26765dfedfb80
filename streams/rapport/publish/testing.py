"""Test double for services: validates as `Publisher` does, and records the events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.publish.base import EventPublisher
from rapport.publish.event_record import EventRecord
from rapport.publish.receipts import WAIT_SECONDS, Receipt


@dataclass(frozen=True, slots=True)
class Published:
    """One event that was published to a `RecordingPublisher`."""

    data: Any
    """The event's model."""
    event_id: str
    topic: str
    time: datetime
    """When the event happened."""


class RecordingPublisher(EventPublisher):
    """Replaces `Publisher` in the tests of a service: no broker, no thread, no disk.

    >>> from rapport_schemas.relationship import PromiseSettled
    >>> with RecordingPublisher(source="urn:example:crm") as publisher:
    ...     receipt = publisher.publish(PromiseSettled(client="finance", kept=True), id="p-1")
    >>> receipt.done, publisher.published[0].event_id, publisher.published[0].data.kept
    (True, 'p-1', True)
    """

    def __init__(self, *, source: str = "urn:test") -> None:
        super().__init__(source)
        self.published: list[Published] = []
        """Every event so far, in the order of publishing."""

    def flush(self, timeout_seconds: float = WAIT_SECONDS) -> int:  # noqa: ARG002 # as in `Publisher`
        """Return 0: nothing is undelivered."""
        return 0

    def close(self, timeout_seconds: float | None = None) -> None:
        """Do nothing: the published events stay readable."""

    def _take(
        self, events: Sequence[EventRecord], data: Sequence[Any], at: datetime
    ) -> list[Receipt]:
        for event, one in zip(events, data, strict=True):
            self.published.append(Published(one, event.event_id, event.topic, at))
        return [Receipt(event.event_id, event.topic) for event in events]
