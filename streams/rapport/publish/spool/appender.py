"""Appends to the spool's segments, and syncs for several threads at once."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rapport.publish.receipts import PublishError
from rapport.publish.spool.segments import (
    append,
    create_segment,
    segment_path,
    segment_sizes,
    sync_file,
)

SEGMENT_BYTES: Final = 8 * 1024 * 1024


class Appender:
    """Writes at the end of the newest segment; a new process begins a new one.

    So what a kill left unfinished stays at the end of a segment, where nothing follows it.
    """

    def __init__(self, directory: Path, last_segment: int) -> None:
        self._directory = directory
        self._sizes = segment_sizes(directory)
        self._last_segment = max([last_segment, *self._sizes])
        self._descriptor = -1
        self._written = self._synced = 0
        self._broken = ""
        self._lock = threading.Lock()
        self._turn = threading.Condition()
        self._syncing = False
        for number in [number for number, size in self._sizes.items() if not size]:
            self.delete(number)

    def sizes(self) -> dict[int, int]:
        """Return {number: bytes} of the segments, oldest first, as far as they are written."""
        with self._lock:
            return dict(self._sizes)

    def write(self, data: bytes) -> int:
        """Write `data` whole or not at all; return the ticket to sync it with."""
        with self._lock:
            if self._broken:
                raise PublishError(self._broken)
            try:
                if self._descriptor < 0:
                    self._descriptor = create_segment(self._directory, self._last_segment + 1)
                    self._last_segment += 1
                    self._sizes[self._last_segment] = 0
                append(self._descriptor, data)
            except OSError as error:
                raise PublishError(
                    f"cannot write to the spool {self._directory}: {error.strerror}; "
                    "nothing was published"
                ) from error
            self._sizes[self._last_segment] += len(data)
            self._written += len(data)
            return self._written

    def sync(self, ticket: int | None = None) -> None:
        """Return when what was written up to `ticket` (all of it, without one) is durable.

        One thread syncs at a time, for all that have written by then; the others wait for it.
        """
        wanted = self._written if ticket is None else ticket
        with self._turn:
            while self._syncing and self._synced < wanted:
                self._turn.wait()
            if self._synced >= wanted:
                return
            self._syncing = True
        with self._lock:
            written, descriptor = self._written, self._descriptor
        with self._ending_turn():
            self._sync(descriptor)
            self._synced = written

    def roll_when_full(self) -> None:
        """Let the next write begin a new segment when this one has reached its size."""
        if not self._is_full():
            return
        with self._turn:
            while self._syncing:
                self._turn.wait()
            self._syncing = True
        with self._ending_turn(), self._lock:
            if self._is_full():
                self._sync(self._descriptor)
                self._synced = self._written
                self._close()

    def delete(self, number: int) -> None:
        """Remove a segment that Kafka has whole; the one that is written to stays."""
        with self._lock:
            if number == self._last_segment and self._descriptor >= 0:
                return
            segment_path(self._directory, number).unlink(missing_ok=True)
            self._sizes.pop(number, None)

    def abandon(self) -> None:
        """Close without a sync and without a lock, as in a forked child."""
        self._close()

    def _is_full(self) -> bool:
        return self._descriptor >= 0 and self._sizes[self._last_segment] >= SEGMENT_BYTES

    @contextmanager
    def _ending_turn(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._turn:
                self._syncing = False
                self._turn.notify_all()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _sync(self, descriptor: int) -> None:
        if self._broken:
            raise PublishError(self._broken)
        try:
            sync_file(descriptor)
        except OSError as error:
            # The system may have dropped the pages: that a second try succeeds proves nothing.
            self._broken = f"the spool {self._directory} cannot be synced: {error.strerror}"
            raise PublishError(self._broken) from error
