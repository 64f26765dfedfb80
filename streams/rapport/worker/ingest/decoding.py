"""Decodes chunks into ledger entries, grouped by client and day: the stateless part of ingest.

An event that leaves an entry at the desk stands by itself, with its posting. Decoding runs in the
worker or in decoder processes. The ledger does not depend on order, so chunks may be decoded in
parallel.
"""

from array import array
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.events.decoder import decode_event
from rapport.domain.events.facts import FindSignals, WithdrawalPosting
from rapport.domain.ledger.page import Entry, Posting
from rapport.kafka.record_batch import (
    Chunk,
    Record,
    UnreadableRecord,
    iter_records,
    original_record,
)
from rapport.worker.ingest.internal_errors import internal_error
from rapport_schemas.wire.rejection import Rejected

REJECTED_BYTES_MAX: Final = 1024 * 1024
"""Of the rejected records that a decoder returns with a chunk."""
OBJECT_BYTES: Final = 100
"""About the memory of a record or a header beside its content."""


@dataclass(slots=True)
class EntryGroup:
    """The entries of a chunk for one page of one client, as its publisher names it."""

    client: str
    page_day: int
    entities: "array[int]" = field(default_factory=lambda: array("Q"))
    entries: list[Entry] = field(default_factory=list)
    offsets: "array[int]" = field(default_factory=lambda: array("q"))
    seconds: "array[int]" = field(default_factory=lambda: array("q"))
    """The events' own times, whole seconds since 1970-01-01 UTC."""
    has_moved_entries: bool = False
    """Whether an entry belongs to another day than the page's own."""
    are_withdrawals: bool = False
    """Whether each entry is for the page of `page_day` and for the page of the entry's own day."""


class DeskRecord(NamedTuple):
    """An event that leaves an entry at the desk, and perhaps a posting in the ledger."""

    entry: DeskEntry
    page_day: int
    post: Posting | None
    offset: int
    seconds: int
    """The event's own time, whole seconds since 1970-01-01 UTC."""

    @property
    def client(self) -> str:
        """The client, as the publisher names it."""
        return self.entry.client

    @property
    def offsets(self) -> tuple[int, ...]:
        """The offset, as those of a group."""
        return (self.offset,)


def group_of(record: DeskRecord) -> EntryGroup | None:
    """Return what a record posts into the ledger, as a group of one event; None for nothing."""
    post, page_day = record.post, record.page_day
    if post is None:
        return None
    is_moved = post.day != page_day
    return EntryGroup(
        record.client,
        page_day,
        array("Q", [post.entity]),
        [post[1:]],
        array("q", [record.offset]),
        array("q", [record.seconds]),
        is_moved,
        is_moved and isinstance(post, WithdrawalPosting),
    )


class Decoded(NamedTuple):
    """A decoded chunk."""

    groups: list[EntryGroup]
    rejected: list[tuple[int, Rejected]]
    """(offset, reason) of the rejected records."""
    records: int
    """Records in the chunk."""
    rejected_records: dict[int, Record]
    """Offset -> rejected record, up to `REJECTED_BYTES_MAX`; the others must be read again."""
    desk: tuple[DeskRecord, ...] = ()


class _Rejections:
    """The rejected records of a chunk, with their content up to a bound."""

    def __init__(self) -> None:
        self.reasons: list[tuple[int, Rejected]] = []
        self.records: dict[int, Record] = {}
        self._room_bytes = REJECTED_BYTES_MAX

    def add(self, record: Any, rejected: Rejected) -> None:
        self.reasons.append((record.offset, rejected))
        if self._room_bytes > 0:
            sent = original_record(record)
            self._room_bytes -= _size_bytes(sent)
            if self._room_bytes >= 0:
                self.records[sent.offset] = sent


def _size_bytes(record: Record) -> int:
    parts = (("", record.key), ("", record.value), *record.headers)
    return sum(OBJECT_BYTES + len(name) + len(content or b"") for name, content in parts)


def decode(chunk: Chunk, find_signals: FindSignals, calendar: Calendar = UTC_CALENDAR) -> Decoded:
    """Return a decoded chunk; no record, whatever it holds, stops the next one."""
    pages: dict[tuple[str, int], EntryGroup] = {}
    withdrawals: dict[tuple[str, int], EntryGroup] = {}
    shared: dict[Entry, Entry] = {}
    rejections = _Rejections()
    desk, records = list[DeskRecord](), 0
    for record in iter_records(chunk):
        records += 1
        if isinstance(record, UnreadableRecord):
            rejections.add(record, record.rejected)
            continue
        try:
            client, page_day, post, seconds, recorded = decode_event(
                record.value, record.headers, find_signals, calendar
            )
        except Rejected as error:
            rejections.add(record, error)
            continue
        except Exception as error:  # noqa: BLE001 # a poison pill never drops its chunk
            rejections.add(record, internal_error(error))
            continue
        if recorded is not None:
            desk.append(DeskRecord(recorded, page_day, post, record.offset, seconds))
            continue
        if post is None:
            continue
        entry: Entry = post[1:]
        is_moved = entry[1] != page_day
        groups = withdrawals if is_moved and isinstance(post, WithdrawalPosting) else pages
        group = groups.get((client, page_day))
        if group is None:
            group = groups[client, page_day] = EntryGroup(client, page_day)
        group.entities.append(post[0])
        # Equal entries share one object: it is sent once, kept once, and compared by identity.
        group.entries.append(shared.setdefault(entry, entry))
        group.offsets.append(record.offset)
        group.seconds.append(seconds)
        if is_moved:
            group.has_moved_entries, group.are_withdrawals = True, groups is withdrawals
    every = [*pages.values(), *withdrawals.values()]
    return Decoded(every, rejections.reasons, records, rejections.records, tuple(desk))
