"""The thread that sends the events of a spool to Kafka, in order, and confirms them."""

import contextlib
import logging
import threading
from collections import deque
from typing import Any, Final, NamedTuple

from kafka.errors import (
    InvalidRecordError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from kafka.future import Future

from rapport.publish.event_record import EventRecord
from rapport.publish.kafka.sender import KafkaSender
from rapport.publish.receipts import PublishError
from rapport.publish.spool.segments import Position
from rapport.publish.spool.spool import OpenSpool

IN_FLIGHT_EVENTS_MAX: Final = 20_000
IN_FLIGHT_BYTES_MAX: Final = 16 * 1024 * 1024
GATHER_SECONDS: Final = 0.02
"""How long events are collected, so that they are read and sent in batches."""
IDLE_SECONDS: Final = 1.0
BACKOFF_SECONDS_MIN: Final = 0.1
BACKOFF_SECONDS_MAX: Final = 5.0
END_SECONDS_MAX: Final = 1.0
NOTHING_TO_SEND: Final = Future().success(None)
"""The future of damaged bytes, which are skipped."""
REJECTIONS: Final = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)
log = logging.getLogger(__name__)


class _Sent(NamedTuple):
    end: Position
    size: int
    event: EventRecord | None
    future: Any


class Forwarder(threading.Thread):
    """Sends the events of a spool; after an error it reconnects and resends what is unconfirmed.

    An event that Kafka already had is then written twice, with the same id and source: readers
    count it once.
    """

    def __init__(self, spool: OpenSpool, sender: KafkaSender) -> None:
        super().__init__(name="rapport-spool", daemon=True)
        self._spool, self._sender = spool, sender
        self._sent: deque[_Sent] = deque()
        self._bytes = 0
        self._position = spool.confirmed
        self._ending = threading.Event()
        self._backoff_seconds = 0.0
        self.settled = threading.Condition()
        """Notified when Kafka has acknowledged events."""

    def run(self) -> None:
        """Forward until `end`."""
        while not self._ending.is_set():
            try:
                self._forward()
            except Exception as error:  # noqa: BLE001 # the thread must outlive any error
                self._reconnect(error)
        self._sender.drop()

    def end(self) -> None:
        """Stop; events in flight stay in the spool.

        A thread that is connecting ends when that times out, and does not use the spool again.
        """
        self._ending.set()
        self._spool.grown.set()
        self.join(END_SECONDS_MAX)

    def _forward(self) -> None:
        self._settle()
        self._spool.grown.clear()
        moved = self._send_more()
        if self._sent and not moved:
            with contextlib.suppress(KafkaError):  # handled in `_settle`
                self._sent[0].future.get(timeout=GATHER_SECONDS)
        elif not moved:
            self._spool.sync()
            self._spool.grown.wait(IDLE_SECONDS)
            self._ending.wait(GATHER_SECONDS)

    def _send_more(self) -> bool:
        # After an error, one event is sent alone: a rejection then identifies the event.
        events_max = 1 if self._backoff_seconds else IN_FLIGHT_EVENTS_MAX
        before = self._position
        if len(self._sent) < events_max and self._bytes < IN_FLIGHT_BYTES_MAX:
            for end, event, size in self._spool.read(self._position):
                future = NOTHING_TO_SEND if event is None else self._sender.send(event)
                self._sent.append(_Sent(end, size, event, future))
                self._position, self._bytes = end, self._bytes + size
                full = len(self._sent) >= events_max or self._bytes >= IN_FLIGHT_BYTES_MAX
                if full or self._ending.is_set():
                    break
        return self._position != before

    def _settle(self) -> None:
        settled, end, failure = 0, self._spool.confirmed, None
        while self._sent and self._sent[0].future.is_done and failure is None:
            sent = self._sent[0]
            error = sent.future.exception
            # Only an event that was sent alone is certain to be the rejected one.
            rejected = isinstance(error, REJECTIONS) and self._backoff_seconds > 0
            if error is not None and not rejected:
                failure = error
                continue
            if error is not None and sent.event is not None:
                self._spool.reject(sent.event, error)
            self._sent.popleft()
            self._bytes -= sent.size
            end, settled = sent.end, settled + (sent.event is not None)
        if end != self._spool.confirmed:
            self._backoff_seconds = 0.0
            self._spool.confirm(end, settled)
            with self.settled:
                self.settled.notify_all()
        if failure is not None:
            raise failure

    def _reconnect(self, error: Exception) -> None:
        expected = isinstance(error, KafkaError | PublishError | OSError)
        log.warning(
            "%d events wait in the spool %s: %s", self._spool.pending, self._spool.directory, error,
            exc_info=None if expected else error,
        )  # fmt: skip
        self._sender.drop()
        self._sent.clear()
        self._bytes, self._position = 0, self._spool.confirmed
        doubled = max(BACKOFF_SECONDS_MIN, 2 * self._backoff_seconds)
        self._backoff_seconds = min(doubled, BACKOFF_SECONDS_MAX)
        self._ending.wait(self._backoff_seconds)
