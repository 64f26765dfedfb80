"""The channel without a spool: events wait in memory until Kafka acknowledges them."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from kafka.errors import KafkaError

from rapport.publish.event_record import EventRecord
from rapport.publish.kafka.in_flight import EVENT_OVERHEAD_BYTES, InFlight
from rapport.publish.kafka.sender import KafkaSender
from rapport.publish.receipts import PublishError, Receipt


class DirectChannel:
    """Sends events at once; at most `queue_bytes_max` bytes await an acknowledgement."""

    def __init__(
        self,
        sender: KafkaSender,
        *,
        on_full: Literal["block", "raise"],
        block_seconds: float,
        queue_bytes_max: int,
    ) -> None:
        self._sender = sender
        self._block_seconds = block_seconds if on_full == "block" else 0.0
        self._queue_bytes_max = queue_bytes_max
        self._window = InFlight(queue_bytes_max)
        self._closed = False

    def take(self, events: Sequence[EventRecord]) -> list[Receipt]:
        """Send events; raises `PublishError` when the queue stays full or Kafka is unreachable."""
        if self._closed:
            raise PublishError("the publisher is closed; nothing was published")
        return [self._sent(event) for event in events]

    def offer(self, event: EventRecord) -> Receipt | None:
        """Send an event, or return None when there is no room for it or no connection."""
        size = _size(event)
        try:
            return self._send(event, size) if self._window.reserve(size) else None
        except PublishError:
            return None

    def flush(self, deadline: float) -> int:
        """Wait until `deadline`; return how many events Kafka has not acknowledged."""
        return self._window.await_all(deadline)

    def close(self, deadline: float) -> None:
        """Close; raises `PublishError` when events were not acknowledged."""
        if self._closed:
            return
        self._closed = True
        unsent = self.flush(deadline)
        self._sender.close(max(0.0, deadline - time.monotonic()))
        if unsent:
            why = self._window.last_error or "no answer in time"
            raise PublishError(
                f"{unsent} events did not reach Kafka at {self._sender.bootstrap}: {why}; "
                "give the publisher a spool, and they wait on disk instead"
            )

    def after_fork(self) -> None:
        """Start over in a forked child: the parent sends the events in flight."""
        self._sender.forget()
        self._window = InFlight(self._queue_bytes_max)

    def _sent(self, event: EventRecord) -> Receipt:
        size = _size(event)
        if not self._window.await_room(size, time.monotonic() + self._block_seconds):
            raise PublishError(
                f"the queue is full: {self._queue_bytes_max} bytes wait for Kafka at "
                f"{self._sender.bootstrap}, and event {event.event_id} was not taken"
            )
        return self._send(event, size)

    def _send(self, event: EventRecord, size: int) -> Receipt:
        try:
            future = self._sender.send(event)
        except KafkaError as error:
            self._window.cancel(size)
            raise PublishError(
                f"event {event.event_id} was not taken: {error}; does topic {event.topic!r} exist? "
                "`rapport topics` makes it"
            ) from error
        except PublishError:
            self._window.cancel(size)
            raise
        self._window.add(future, size)
        return Receipt(event.event_id, event.topic, future)


def _size(event: EventRecord) -> int:
    return len(event.record) + EVENT_OVERHEAD_BYTES


def direct_channel(bootstrap: str, options: Mapping[str, Any], **bounds: Any) -> DirectChannel:
    """Return a channel that is connected; raises `PublishError` when no broker answers."""
    sender = KafkaSender(bootstrap, options)
    sender.connect()
    return DirectChannel(sender, **bounds)
