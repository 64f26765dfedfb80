"""The thread that takes events from the spool to Kafka, in order, and says which have arrived."""

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
"""How long events gather, so that they are read and sent in batches."""
IDLE_SECONDS: Final = 1.0
BACKOFF_SECONDS_MIN: Final = 0.1
BACKOFF_SECONDS_MAX: Final = 5.0
END_SECONDS_MAX: Final = 1.0
NOTHING_TO_SEND: Final = Future().success(None)
"""Stands for damaged bytes, which are passed over."""
REFUSALS: Final = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)
log = logging.getLogger(__name__)


class _Sent(NamedTuple):
    end: Position
    size: int
    event: EventRecord | None
    future: Any


class Forwarder(threading.Thread):
    """Sends what the spool holds; on any trouble it connects anew and sends again from there.

    What Kafka had already then comes twice, with the same id and source: readers see one event.
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
        """Notified when Kafka has taken events."""

    def run(self) -> None:
        """Forward until `end`."""
        while not self._ending.is_set():
            try:
                self._forward()
            except Exception as error:  # noqa: BLE001 # the events stay, so the thread must too
                self._begin_again(error)
        self._sender.drop()

    def end(self) -> None:
        """Stop; what is in flight stays in the spool.

        A thread that is connecting ends when it has given up, and touches the spool no more.
        """
        self._ending.set()
        self._spool.grown.set()
        self.join(END_SECONDS_MAX)

    def _forward(self) -> None:
        self._settle()
        self._spool.grown.clear()
        moved = self._send_more()
        if self._sent and not moved:
            with contextlib.suppress(KafkaError):  # seen when it settles
                self._sent[0].future.get(timeout=GATHER_SECONDS)
        elif not moved:
            self._spool.sync()
            self._spool.grown.wait(IDLE_SECONDS)
            self._ending.wait(GATHER_SECONDS)

    def _send_more(self) -> bool:
        # After trouble one event goes ahead alone, so that a refused one shows which it is.
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
        settled, end, trouble = 0, self._spool.confirmed, None
        while self._sent and self._sent[0].future.is_done and trouble is None:
            sent = self._sent[0]
            error = sent.future.exception
            # Only of an event that went alone is it certain that it is the one.
            refused = isinstance(error, REFUSALS) and self._backoff_seconds > 0
            if error is not None and not refused:
                trouble = error
                continue
            if error is not None and sent.event is not None:
                self._spool.refuse(sent.event, error)
            self._sent.popleft()
            self._bytes -= sent.size
            end, settled = sent.end, settled + (sent.event is not None)
        if end != self._spool.confirmed:
            self._backoff_seconds = 0.0
            self._spool.confirm(end, settled)
            with self.settled:
                self.settled.notify_all()
        if trouble is not None:
            raise trouble

    def _begin_again(self, error: Exception) -> None:
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
