"""Lets Ctrl-C end an import between two events, never within one."""

import signal
from datetime import datetime
from types import FrameType
from typing import Any, Final

from pydantic import BaseModel

from rapport.importers.sync.importer import EventSink

BLOCKED_SECONDS: Final = 1.0
"""A publish that takes longer waits for Kafka: an interrupt may end it."""


class InterruptibleSink:
    """A sink that is interrupted between two events by SIGINT and SIGTERM.

    An exception that comes while the Kafka client appends a record leaves a batch whose count is
    wrong. The broker refuses it as INVALID_RECORD, with all its events.
    """

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self._is_publishing = self._is_interrupted = False

    def install(self) -> None:
        """Handle the signals, in the main thread; a signal that is ignored stays so."""
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        signal.signal(signal.SIGALRM, self._on_signal)

    def publish(self, data: BaseModel, *, id: str | None, time: datetime | None) -> Any:  # noqa: A002 # CloudEvents' own name
        """Publish an event; raises `KeyboardInterrupt` after it when a signal came meanwhile."""
        self._is_publishing = True
        try:
            receipt = self._sink.publish(data, id=id, time=time)
        finally:
            self._is_publishing = False
            if self._is_interrupted:
                signal.setitimer(signal.ITIMER_REAL, 0)
        if self._is_interrupted:
            raise KeyboardInterrupt
        return receipt

    def flush(self, timeout_seconds: float) -> int:
        """Wait for the acknowledgements, and return the number of events without one."""
        return self._sink.flush(timeout_seconds)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._is_publishing or self._is_interrupted:
            raise KeyboardInterrupt
        self._is_interrupted = True
        signal.setitimer(signal.ITIMER_REAL, BLOCKED_SECONDS)
