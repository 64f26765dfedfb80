"""The channel with a spool: events are durable on disk before they are sent to Kafka."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from rapport.publish.event_record import EventRecord
from rapport.publish.kafka.sender import KafkaSender
from rapport.publish.receipts import PublishError, Receipt
from rapport.publish.spool.forwarder import Forwarder
from rapport.publish.spool.spool import OpenSpool, Spool


class SpooledChannel:
    """Appends events to the spool; a thread forwards them. Starts without a broker."""

    def __init__(
        self, spool: Spool, bootstrap: str, options: Mapping[str, Any], *, block_seconds: float
    ) -> None:
        sender = KafkaSender(bootstrap, options)
        self._spool = OpenSpool(spool, block_seconds=block_seconds)
        self._forwarder = Forwarder(self._spool, sender)
        self._sender = sender
        self._forked = self._closed = False
        self._forwarder.start()

    @property
    def quarantined(self) -> int:
        """Files `quarantine-…` in the spool: damaged bytes, and events that Kafka rejected."""
        return self._spool.quarantine.count

    def take(self, events: Sequence[EventRecord]) -> list[Receipt]:
        """Return when the events are durable; raises `PublishError` when they cannot be."""
        self._refuse_unusable()
        self._spool.append(events)
        return [Receipt(event.event_id, event.topic) for event in events]

    def flush(self, deadline: float) -> int:
        """Wait until `deadline`; return how many events Kafka has not acknowledged."""
        self._refuse_unusable()
        with self._forwarder.settled:
            while self._spool.pending and (seconds := deadline - time.monotonic()) > 0:
                self._forwarder.settled.wait(seconds)
        return self._spool.pending

    def close(self, deadline: float) -> None:
        """Forward until `deadline`; the rest stays on disk for the next process that opens it."""
        if self._closed or self._forked:
            return
        self.flush(deadline)
        self._closed = True
        self._forwarder.end()
        self._spool.close()

    def after_fork(self) -> None:
        """In a forked child: leave the spool to the parent, whose thread forwards it."""
        self._forked = True
        self._spool.abandon()
        self._sender.forget()

    def _refuse_unusable(self) -> None:
        if self._forked:
            raise PublishError(
                f"this process was forked, and the spool {self._spool.directory} is its parent's; "
                "make a publisher after the fork, with a spool directory of its own"
            )
        if self._closed:
            raise PublishError("the publisher is closed; nothing was published")
