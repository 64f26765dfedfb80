"""Appends to the segments of a spool; group commit: one sync of the disk serves many threads."""

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
    """Appends to the newest segment; each process starts a new one.

    A write that a kill cut short is therefore the last of its segment.
    """

    def __init__(self, directory: Path, last_segment: int) -> None:
        self._directory = directory
        self._sizes = segment_sizes(directory)
        self._last_segment = max([last_segment, *self._sizes])
        self._descriptor = -1
        self._written = self._synced = 0
        self._broken = ""
        self._lock = threading.Lock()
        self._commit = threading.Condition()
        self._committing = False
        for number in [number for number, size in self._sizes.items() if not size]:
            self.delete(number)

    def sizes(self) -> dict[int, int]:
        """Return {number: bytes written} of the segments, oldest first."""
        with self._lock:
            return dict(self._sizes)

    def write(self, data: bytes) -> int:
        """Write all of `data` or nothing; return the ticket for `sync`."""
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
        """Return when everything written up to `ticket` is durable; without one, everything.

        Group commit: one thread syncs for all that have written by then; the others wait for it.
        """
        ticket = self._written if ticket is None else ticket
        with self._commit:
            while self._committing and self._synced < ticket:
                self._commit.wait()
            if self._synced >= ticket:
                return
            self._committing = True
        with self._lock:
            written, descriptor = self._written, self._descriptor
        with self._group_commit():
            self._sync(descriptor)
            self._synced = written

    def roll_when_full(self) -> None:
        """Close the segment when it has reached its size; the next write starts a new one."""
        if not self._is_full():
            return
        with self._commit:
            while self._committing:
                self._commit.wait()
            self._committing = True
        with self._group_commit(), self._lock:
            if self._is_full():
                self._sync(self._descriptor)
                self._synced = self._written
                self._close()

    def delete(self, number: int) -> None:
        """Delete a segment whose events Kafka has; the segment being written stays."""
        with self._lock:
            if number == self._last_segment and self._descriptor >= 0:
                return
            segment_path(self._directory, number).unlink(missing_ok=True)
            self._sizes.pop(number, None)

    def abandon(self) -> None:
        """Close without a sync and without a lock, for a forked child."""
        self._close()

    def _is_full(self) -> bool:
        return self._descriptor >= 0 and self._sizes[self._last_segment] >= SEGMENT_BYTES

    @contextmanager
    def _group_commit(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._commit:
                self._committing = False
                self._commit.notify_all()

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
            # The kernel may have dropped the dirty pages: a later successful sync proves nothing.
            self._broken = f"the spool {self._directory} cannot be synced: {error.strerror}"
            raise PublishError(self._broken) from error
