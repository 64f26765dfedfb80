"""What every publisher offers, the real one and the one for tests; type hints may name it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from pydantic import BaseModel

from rapport.publish.event_record import (
    EventIds,
    EventRecord,
    event_record,
    from_json_values,
)
from rapport.publish.receipts import WAIT_SECONDS, PublishError, Receipt


class EventPublisher(ABC):
    """Publishes events of the service that `source` names; a context manager, safe for threads.

    `source` is a URI, such as `urn:acme:servicedesk`; readers tell events apart by source and id.
    """

    def __init__(self, source: str) -> None:
        if not source:
            raise PublishError("source is empty; name the publishing service, as urn:acme:desk")
        self.source = source
        self._ids = EventIds()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def publish(
        self,
        data: BaseModel,
        *,
        id: str | None = None,  # noqa: A002 # CloudEvents' own name
        time: datetime | None = None,
    ) -> Receipt:
        """Publish an event and return its receipt; `time` is the event's own time, with its zone.

        Without `id`, an event with an id of its own (a purchase and its revision) gets one made
        of it, so that publishing twice changes nothing; any other gets a new one. A service that
        may publish the same event again, after a crash say, gives the id. Raises `PublishError`,
        with the path of what is wrong, and then nothing was published.
        """
        event_id = self._ids.of(data) if id is None else id
        at = datetime.now(UTC) if time is None else time
        event = event_record(data, event_id, self.source, at)
        return self._take((event,), (data,), at)[0]

    def publish_many(
        self, events: Iterable[BaseModel], *, time: datetime | None = None
    ) -> list[Receipt]:
        """Publish events that belong together; with a spool they share one sync of the disk.

        All are checked before the first is published: `PublishError` means that none was.
        """
        data, at = list(events), datetime.now(UTC) if time is None else time
        taken = [event_record(one, self._ids.of(one), self.source, at) for one in data]
        return self._take(taken, data, at)

    def publish_raw(
        self,
        event_type: str,
        data: dict[str, Any],
        *,
        id: str | None = None,  # noqa: A002 # CloudEvents' own name
        time: datetime | None = None,
    ) -> Receipt:
        """Publish from a plain dictionary of JSON values; raises `PublishError` with the path."""
        return self.publish(from_json_values(event_type, data), id=id, time=time)

    @abstractmethod
    def flush(self, timeout_seconds: float = WAIT_SECONDS) -> int:
        """Wait until Kafka has every event; return how many are undelivered."""

    @abstractmethod
    def close(self, timeout_seconds: float | None = None) -> None:
        """Flush and close; raises `PublishError` when events are lost by it."""

    @abstractmethod
    def _take(
        self, events: Sequence[EventRecord], data: Sequence[Any], at: datetime
    ) -> list[Receipt]:
        """Take events that were made of `data`, at one time, and return their receipts."""
