"""The interface of every publisher, `Publisher` and `RecordingPublisher`; for type hints too."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from pydantic import BaseModel

from rapport.publish.event_record import EventIds, EventRecord, event_record, from_json_values
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

    def __exit__(self, *_: object) -> None:
        self.close()

    def publish(
        self,
        data: BaseModel,
        *,
        id: str | None = None,  # noqa: A002 # CloudEvents' own name
        time: datetime | None = None,
        recorded_by: str | None = None,
    ) -> Receipt:
        """Publish an event and return its receipt; `time` is when it happened, with its time zone.

        Without `id`, a purchase gets an id made of its purchase id and revision, so that publishing
        it twice changes nothing; any other event gets a new id. Give an id when the service may
        publish the same event again, for example after a crash. `recorded_by` is the login of the
        person who recorded the event, where one did; it is kept in one header and nowhere else.
        Raises `PublishError`, with the path of what is wrong; then nothing was published.
        """
        event_id = self._ids.of(data) if id is None else id
        at = datetime.now(UTC) if time is None else time
        event = event_record(data, event_id, self.source, at, recorded_by)
        return self._take((event,), (data,), at)[0]

    def publish_many(
        self, events: Iterable[BaseModel], *, time: datetime | None = None
    ) -> list[Receipt]:
        """Publish several events; with a spool they share one sync of the disk.

        All are validated before the first is published: after `PublishError` none was published.
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
        """Publish an event from JSON values; raises `PublishError` with the path of an error."""
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
        """Accept events and return their receipts; `data` holds the model of each."""
