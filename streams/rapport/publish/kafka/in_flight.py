"""The queue in memory: events sent and not acknowledged, bounded in bytes.

kafka-python 3 no longer bounds its own buffers.
"""

import contextlib
import threading
import time
from collections import deque
from typing import Any, Final

from kafka.errors import KafkaError

EVENT_OVERHEAD_BYTES: Final = 1_500
"""Memory that kafka-python uses per event besides its bytes: futures, batches."""
SETTLED_PER_CALL: Final = 4


class InFlight:
    """Futures of events in flight, in the order of sending; safe for threads."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._in_flight: deque[tuple[Any, int]] = deque()
        self._lock = threading.Lock()
        self.failed = 0
        self.last_error: BaseException | None = None

    def reserve(self, size: int) -> bool:
        """Reserve `size` bytes; False when they do not fit. An empty queue accepts any size."""
        with self._lock:
            self._settle(SETTLED_PER_CALL)
            if self._bytes and self._bytes + size > self._bytes_max:
                self._settle(len(self._in_flight))
                if self._bytes and self._bytes + size > self._bytes_max:
                    return False
            self._bytes += size
            return True

    def add(self, future: Any, size: int) -> None:
        """Add the future of an event whose bytes were reserved."""
        with self._lock:
            self._in_flight.append((future, size))

    def cancel(self, size: int) -> None:
        """Release the bytes reserved for an event that could not be sent."""
        with self._lock:
            self._bytes -= size

    def await_room(self, size: int, deadline: float) -> bool:
        """Reserve `size` bytes; False when there is no room before `deadline` (monotonic)."""
        while not self.reserve(size):
            if time.monotonic() >= deadline:
                return False
            self._await_oldest(deadline)
        return True

    def await_all(self, deadline: float) -> int:
        """Wait until nothing is in flight, or `deadline`; return how many are undelivered."""
        while self._settled() and time.monotonic() < deadline:
            self._await_oldest(deadline)
        return self._settled() + self.failed

    def _settled(self) -> int:
        with self._lock:
            self._settle(len(self._in_flight))
            return sum(not future.succeeded() for future, _ in self._in_flight)

    def _await_oldest(self, deadline: float) -> None:
        with self._lock:
            oldest = next((future for future, _ in self._in_flight if not future.is_done), None)
        seconds = max(0.0, deadline - time.monotonic())
        if oldest is None:
            time.sleep(min(seconds, 0.01))  # room is reserved by a thread that is still sending
            return
        with contextlib.suppress(KafkaError):  # counted when it is settled
            oldest.get(timeout=seconds)

    def _settle(self, count_max: int) -> None:
        in_flight = self._in_flight
        while count_max and in_flight and in_flight[0][0].is_done:
            future, size = in_flight.popleft()
            self._bytes -= size
            count_max -= 1
            if future.exception is not None:
                self.failed += 1
                self.last_error = future.exception
