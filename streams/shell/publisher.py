"""The Python SDK: other services publish events with it. It installs no Faust.

>>> from rapport.schemas.relationship import PromiseSettled
>>> with RecordingPublisher(source="urn:example:crm") as publisher:
...     receipt = publisher.publish(PromiseSettled(client="finance", kept=True))
>>> receipt.done, publisher.published[0].data.kept
(True, True)
"""

import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError
from pydantic import BaseModel, ValidationError

from rapport.schemas.envelope import write_binary
from rapport.schemas.errors import RapportError
from rapport.schemas.registry import CONTRACT_OF_MODEL, CONTRACTS, rejected

FLUSH_SECONDS: Final = 30.0
BUFFER_SECONDS_MAX: Final = 60


class PublishError(RapportError):
    """An event was not taken; nothing was published."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What `publish` returns: done when Kafka has acknowledged the event."""

    event_id: str
    topic: str
    _future: Any = None

    @property
    def done(self) -> bool:
        """Whether Kafka has the event."""
        return self._future is None or bool(self._future.succeeded())

    def wait(self, timeout_seconds: float = FLUSH_SECONDS) -> Self:
        """Return when Kafka has the event; raises `PublishError` when it does not get it."""
        if self._future is None:
            return self
        try:
            self._future.get(timeout=timeout_seconds)
        except KafkaError as error:
            raise PublishError(f"event {self.event_id} did not reach Kafka: {error}") from error
        return self


class Publisher:
    """Publishes events; a context manager that flushes on exit. Safe to share between threads.

    `source` names the publishing service (a URI, such as `urn:acme:servicedesk`); events are told
    apart by source and id. `security` goes to kafka-python as it is (TLS, SASL).
    """

    def __init__(self, bootstrap: str, *, source: str, **security: Any) -> None:
        if not source:
            raise PublishError("source is empty; name the publishing service, as urn:acme:desk")
        self._source = source
        self._security = security
        self._producer, self._pid = self._connected(bootstrap), os.getpid()
        self._bootstrap = bootstrap
        self._failed: list[str] = []

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
        of it, so that publishing twice changes nothing; any other gets a random one.
        """
        if os.getpid() != self._pid:
            self._producer, self._pid = self._connected(self._bootstrap), os.getpid()
        at = time or datetime.now(UTC)
        if at.tzinfo is None:
            raise PublishError(f"time {at} has no zone; use datetime.now(UTC) or another zone")
        event_id = id or natural_id(data) or str(uuid.uuid4())
        topic, key, value, headers = write_binary(
            data, event_id=event_id, source=self._source, time=at
        )
        try:
            future = self._producer.send(topic, value, key, headers)
        except KafkaError as error:
            raise PublishError(f"event {event_id} was not taken: {error}") from error
        future.add_errback(lambda _: self._failed.append(event_id))
        return Receipt(event_id, topic, future)

    def publish_raw(
        self,
        event_type: str,
        data: dict[str, Any],
        *,
        id: str | None = None,  # noqa: A002 # CloudEvents' own name
        time: datetime | None = None,
    ) -> Receipt:
        """Publish from a plain dictionary of JSON values; raises `PublishError` with the path."""
        contract = CONTRACTS.get(event_type)
        if contract is None:
            raise PublishError(f"no contract is called {event_type!r}; known: {sorted(CONTRACTS)}")
        return self.publish(from_json_values(event_type, data), id=id, time=time)

    def flush(self, timeout_seconds: float = FLUSH_SECONDS) -> int:
        """Wait for Kafka's acknowledgements; return how many events it did not get."""
        try:
            self._producer.flush(timeout=timeout_seconds)
        except KafkaError:
            return max(1, len(self._failed))
        return len(self._failed)

    def close(self) -> None:
        """Flush and close; raises `PublishError` when events were left behind."""
        left = self.flush()
        self._producer.close(timeout=FLUSH_SECONDS)
        if left:
            raise PublishError(f"{left} events did not reach Kafka at {self._bootstrap}")

    def _connected(self, bootstrap: str) -> Any:
        try:
            return _producer(bootstrap, self._security)
        except KafkaError as error:
            raise PublishError(
                f"no Kafka answers at {bootstrap}: {error}; is the broker running there?"
            ) from error


def _producer(bootstrap: str, security: dict[str, Any]) -> Any:
    return KafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        linger_ms=20,
        batch_size=256 * 1024,
        max_block_ms=BUFFER_SECONDS_MAX * 1000,
        **security,
    )


def natural_id(data: Any) -> str | None:
    """Return an id made of what identifies the fact itself, or None where nothing does."""
    if hasattr(data, "purchase_id"):
        kind = CONTRACT_OF_MODEL[type(data)].type.split(".")[-2]
        revision = data.revision
        return f"{data.purchase_id}/{revision}/{kind}"
    return None


def from_json_values(event_type: str, data: dict[str, Any]) -> BaseModel:
    """Return the model of plain JSON values; raises `PublishError` with the place of an error."""
    try:
        model: BaseModel = CONTRACTS[event_type].adapter.validate_python(data, strict=False)
    except ValidationError as error:
        raise PublishError(str(rejected(error))) from None
    return model


@dataclass(frozen=True, slots=True)
class Published:
    """One event that a recording publisher was given."""

    data: Any
    event_id: str
    time: datetime


class RecordingPublisher:
    """Stands in for `Publisher` in the tests of a service: validates, and keeps events."""

    def __init__(self, *, source: str) -> None:
        self.source = source
        self.published: list[Published] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def publish(
        self,
        data: BaseModel,
        *,
        id: str | None = None,  # noqa: A002 # CloudEvents' own name
        time: datetime | None = None,
    ) -> Receipt:
        """Keep the event and return a receipt that is done."""
        at = time or datetime.now(UTC)
        event_id = id or natural_id(data) or str(uuid.uuid4())
        topic, *_ = write_binary(data, event_id=event_id, source=self.source, time=at)
        self.published.append(Published(data, event_id, at))
        return Receipt(event_id, topic)

    def flush(self, timeout_seconds: float = FLUSH_SECONDS) -> int:  # noqa: ARG002 # as the real one
        """Return 0: nothing is left."""
        return 0
