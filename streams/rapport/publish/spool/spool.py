"""The spool: events on disk until Kafka has them, limited in size, owned by one process."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final, Literal, NamedTuple

from rapport.publish.event_record import EventRecord
from rapport.publish.receipts import PublishError
from rapport.publish.spool.appender import Appender
from rapport.publish.spool.frames import FrameOrGap, pack, scan, unpack
from rapport.publish.spool.quarantine import Quarantine
from rapport.publish.spool.segments import Position, read_cursor, read_segment, write_cursor
from rapport.runtime.directory_lock import lock_directory
from rapport_schemas.wire.errors import RapportError

BYTES_MAX: Final = 256 * 1024 * 1024
BYTES_MIN: Final = 32 * 1024 * 1024
CURSOR_SECONDS: Final = 1.0
SYNC_SECONDS: Final = 1.0
_REMEDY: Final = "give every process that publishes a spool directory of its own"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spool:
    """Settings of a spool: `Publisher(…, spool=Spool("/var/spool/x"))`."""

    directory: str | Path
    """Used by one process at a time; created when missing, readable by its owner only."""
    bytes_max: int = BYTES_MAX
    """How many bytes it may hold; at least 32 MiB."""
    fsync: Literal["always", "each-second"] = "always"
    """`always`: a receipt survives a power cut. `each-second`: a receipt survives the death of the
    process, and a power cut a second later (ten, while no broker answers); faster when one thread
    publishes event by event."""


class Spooled(NamedTuple):
    """An event read from the spool, and where it ends; None for damaged bytes."""

    end: Position
    event: EventRecord | None
    size: int


class OpenSpool:
    """An open spool: appends events, and reads them in order; safe for threads."""

    def __init__(self, spool: Spool, *, block_seconds: float) -> None:
        if spool.bytes_max < BYTES_MIN:
            raise PublishError(f"a spool of {spool.bytes_max} bytes; at least {BYTES_MIN}")
        self.directory = Path(spool.directory)
        self.grown = threading.Event()
        """Set when there is more to read."""
        self._owned = _locked(self.directory)
        self._bytes_max, self._fsync = spool.bytes_max, spool.fsync
        self._block_seconds = block_seconds
        self._confirmed = read_cursor(self.directory)
        self._cursor_saved = self._synced = time.monotonic()
        self._appender = Appender(self.directory, self._confirmed.segment)
        self.quarantine = Quarantine(self.directory)
        self._room = threading.Condition()
        self._delete_confirmed()
        self._pending = sum(part.payload is not None for _, part in self._parts(self._confirmed))

    @property
    def confirmed(self) -> Position:
        """The position up to which Kafka has every event."""
        return self._confirmed

    @property
    def pending(self) -> int:
        """How many events Kafka has not acknowledged."""
        return self._pending

    def append(self, events: Sequence[EventRecord]) -> None:
        """Return when the events are durable; raises `PublishError` when they cannot be.

        Waits up to `block_seconds` while the spool is full.
        """
        data = b"".join(map(pack, events))
        self._appender.roll_when_full()
        with self._room:
            self._await_room(len(data))
            ticket = self._appender.write(data)
            self._pending += len(events)
        if not self.grown.is_set():
            self.grown.set()
        if self._fsync == "always":
            self._appender.sync(ticket)
        elif time.monotonic() - self._synced >= SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Make everything written so far durable."""
        self._synced = time.monotonic()
        self._appender.sync()

    def read(self, after: Position) -> Iterator[Spooled]:
        """Yield the events written after a position; damaged bytes go to the quarantine."""
        for number, part in self._parts(after):
            if part.payload is None:
                self._quarantine_damage(number, part)
            event = None if part.payload is None else unpack(part.payload)
            yield Spooled(Position(number, part.end), event, part.end - part.start)

    def confirm(self, position: Position, count: int) -> None:
        """Record that Kafka has `count` more events, up to `position`; frees space."""
        with self._room:
            self._confirmed = position
            self._pending -= count
            if self._delete_confirmed():
                self._room.notify_all()
        if time.monotonic() - self._cursor_saved > CURSOR_SECONDS:
            self._save_cursor()

    def reject(self, event: EventRecord, reason: Exception) -> None:
        """Quarantine an event that Kafka rejects permanently."""
        frame = pack(event)
        path = self.quarantine.add(f"refused-{sha256(frame).hexdigest()[:16]}", frame)
        log.error("Kafka rejects event %s: %s; kept in %s", event.event_id, reason, path)

    def close(self) -> None:
        """Sync, write the cursor, and unlock the directory."""
        self._appender.sync()
        self._save_cursor()
        self._appender.abandon()
        self._delete_confirmed()
        self._owned.close()

    def abandon(self) -> None:
        """Close the files only, for a forked child: its parent continues to write them."""
        self._appender.abandon()
        self._owned.close()

    def _parts(self, after: Position) -> Iterator[tuple[int, FrameOrGap]]:
        for number, size in self._appender.sizes().items():
            start = after.offset if number == after.segment else 0
            if number < after.segment or start >= size:
                continue
            for part in scan(read_segment(self.directory, number, start, size)):
                yield number, FrameOrGap(start + part.start, start + part.end, part.payload)

    def _await_room(self, size: int) -> None:
        deadline = time.monotonic() + self._block_seconds
        while (used := self._used_bytes()) + size > self._bytes_max:
            if not self._room.wait(max(0.0, deadline - time.monotonic())):
                raise PublishError(
                    f"the spool {self.directory} is full: {used} of {self._bytes_max} bytes, "
                    f"{self._pending} events not acknowledged by Kafka; is the broker running? "
                    "nothing was published"
                )

    def _used_bytes(self) -> int:
        return sum(self._appender.sizes().values()) + self.quarantine.bytes

    def _delete_confirmed(self) -> bool:
        segment, offset = self._confirmed
        confirmed = [
            number
            for number, size in self._appender.sizes().items()
            if number < segment or (number == segment and offset >= size)
        ]
        for number in confirmed:
            self._appender.delete(number)
        return bool(confirmed)

    def _save_cursor(self) -> None:
        self._cursor_saved = time.monotonic()
        write_cursor(self.directory, self._confirmed)

    def _quarantine_damage(self, number: int, gap: FrameOrGap) -> None:
        data = read_segment(self.directory, number, gap.start, gap.end)
        path = self.quarantine.add(f"damaged-{number}-{gap.start}", data)
        log.error(
            "%d bytes of spool segment %d, from byte %d, are not a complete event: disk damage, or "
            "at its end an interrupted write, which had no receipt; kept in %s",
            len(data),
            number,
            gap.start,
            path,
        )


def _locked(directory: Path) -> IO[str]:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return lock_directory(directory, remedy=_REMEDY)
    except (RapportError, OSError) as error:
        raise PublishError(f"the spool cannot be used: {error}") from error
