"""The durable spool: events on disk until Kafka has them, bounded, owned by one process."""

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
from rapport.publish.spool.segments import (
    Position,
    read_cursor,
    read_segment,
    write_cursor,
)
from rapport.runtime.directory_lock import lock_directory
from rapport_schemas.wire.errors import RapportError

BYTES_MAX: Final = 256 * 1024 * 1024
BYTES_LEAST: Final = 32 * 1024 * 1024
CURSOR_SECONDS: Final = 1.0
SYNC_SECONDS: Final = 1.0
_REMEDY: Final = "give every process that publishes a spool directory of its own"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spool:
    """Where events wait on disk for Kafka, and how: `Publisher(…, spool=Spool("/var/spool/x"))`."""

    directory: str | Path
    """Belongs to one process at a time; made when it is not there, readable by its owner only."""
    bytes_max: int = BYTES_MAX
    """How much it may hold, in bytes; at least 32 MiB."""
    fsync: Literal["always", "each-second"] = "always"
    """`always`: a receipt survives a power cut. `each-second`: a receipt survives the death of the
    process, and a power cut about a second later (ten, while no broker answers); faster where one
    thread publishes event by event."""


class Spooled(NamedTuple):
    """An event read back from the spool, and where it ends; None where bytes were damaged."""

    end: Position
    event: EventRecord | None
    size: int


class OpenSpool:
    """A spool in use: appends events and gives them back in order; safe for threads."""

    def __init__(self, spool: Spool, *, block_seconds: float) -> None:
        if spool.bytes_max < BYTES_LEAST:
            raise PublishError(f"a spool of {spool.bytes_max} bytes; at least {BYTES_LEAST}")
        self.directory = Path(spool.directory)
        self.grown = threading.Event()
        """Set when there is more to read."""
        self._owned = _locked(self.directory)
        self._bytes_max, self._fsync = spool.bytes_max, spool.fsync
        self._block_seconds = block_seconds
        self._confirmed = read_cursor(self.directory)
        self._cursor_saved = self._synced = time.monotonic()
        self._appender = Appender(self.directory, self._confirmed.segment)
        self.aside = Quarantine(self.directory)
        self._room = threading.Condition()
        self._delete_confirmed()
        events = (piece for _, piece in self._pieces(self._confirmed) if piece.payload is not None)
        self._pending = sum(1 for _ in events)

    @property
    def confirmed(self) -> Position:
        """Up to where Kafka has everything."""
        return self._confirmed

    @property
    def pending(self) -> int:
        """How many events Kafka has not acknowledged."""
        return self._pending

    def append(self, events: Sequence[EventRecord]) -> None:
        """Return when the events are durable; raises `PublishError` when they cannot be.

        A full spool is waited for, for as long as the publisher's `block_seconds`.
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
        """Make durable whatever was written so far."""
        self._synced = time.monotonic()
        self._appender.sync()

    def read(self, after: Position) -> Iterator[Spooled]:
        """Yield the events after a position that are written by now; damaged bytes are kept."""
        for number, piece in self._pieces(after):
            if piece.payload is None:
                self._keep_damaged(number, piece)
            event = None if piece.payload is None else unpack(piece.payload)
            yield Spooled(Position(number, piece.end), event, piece.end - piece.start)

    def confirm(self, position: Position, count: int) -> None:
        """Remember that Kafka has `count` more events, the last up to `position`; frees room."""
        with self._room:
            self._confirmed = position
            self._pending -= count
            if self._delete_confirmed():
                self._room.notify_all()
        if time.monotonic() - self._cursor_saved > CURSOR_SECONDS:
            self._save_cursor()

    def refuse(self, event: EventRecord, reason: Exception) -> None:
        """Keep an event that Kafka will never take, whole, beside the spool."""
        frame = pack(event)
        kept = self.aside.keep(f"refused-{sha256(frame).hexdigest()[:16]}", frame)
        log.error("Kafka refuses event %s for good: %s; kept in %s", event.event_id, reason, kept)

    def close(self) -> None:
        """Sync, remember the position, and let another process have the directory."""
        self._appender.sync()
        self._save_cursor()
        self._appender.abandon()
        self._delete_confirmed()
        self._owned.close()

    def abandon(self) -> None:
        """Close the files and no more, as in a forked child, whose parent goes on with them."""
        self._appender.abandon()
        self._owned.close()

    def _pieces(self, after: Position) -> Iterator[tuple[int, FrameOrGap]]:
        for number, size in self._appender.sizes().items():
            start = after.offset if number == after.segment else 0
            if number < after.segment or start >= size:
                continue
            for piece in scan(read_segment(self.directory, number, start, size)):
                yield number, FrameOrGap(start + piece.start, start + piece.end, piece.payload)

    def _await_room(self, size: int) -> None:
        deadline = time.monotonic() + self._block_seconds
        while (used := self._used_bytes()) + size > self._bytes_max:
            if not self._room.wait(max(0.0, deadline - time.monotonic())):
                raise PublishError(
                    f"the spool {self.directory} is full: {used} of {self._bytes_max} bytes, "
                    f"{self._pending} events that Kafka has not taken; is the broker away? "
                    "nothing was published"
                )

    def _used_bytes(self) -> int:
        return sum(self._appender.sizes().values()) + self.aside.bytes

    def _delete_confirmed(self) -> bool:
        segment, offset = self._confirmed
        gone = [
            number
            for number, size in self._appender.sizes().items()
            if number < segment or (number == segment and offset >= size)
        ]
        for number in gone:
            self._appender.delete(number)
        return bool(gone)

    def _save_cursor(self) -> None:
        self._cursor_saved = time.monotonic()
        write_cursor(self.directory, self._confirmed)

    def _keep_damaged(self, number: int, piece: FrameOrGap) -> None:
        data = read_segment(self.directory, number, piece.start, piece.end)
        kept = self.aside.keep(f"damaged-{number}-{piece.start}", data)
        log.error(
            "%d bytes of spool segment %d, from byte %d, are no whole event: damage on the disk, "
            "or at its end a write that was cut short and had no receipt; kept in %s",
            len(data),
            number,
            piece.start,
            kept,
        )


def _locked(directory: Path) -> IO[str]:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return lock_directory(directory, remedy=_REMEDY)
    except (RapportError, OSError) as error:
        raise PublishError(f"the spool cannot be used: {error}") from error
