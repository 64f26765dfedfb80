"""Record batches of Kafka's format 2: splits a fetch into chunks, and reads their records.

Private API of aiokafka, verified with version 0.14.0.

The worker passes on chunks of whole, compressed batches; only a decoder reads them. aiokafka's own
reader is fast, but a header name that is not UTF-8 stops it for every later record of the batch,
and it decompresses without a bound. Where it stops, this module reads on, byte by byte.

The isolation level is read committed: a chunk holds no control batch and no batch of an aborted
transaction, and its offsets pass over them.
"""

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch

from rapport.kafka.decompression import DECOMPRESSED_BYTES_MAX, DecompressionError, decompressed
from rapport.kafka.transactions import TRANSACTION_BITS, AbortedTransactions, CommittedFilter
from rapport.runtime.private_api import require
from rapport_schemas.wire.rejection import Rejected

BATCH_HEADER: Final = struct.Struct(">qiibIhiqqqhii")
"""base offset, length, leader epoch, magic, CRC, attributes, last offset delta, first and greatest
time (ms), producer id and epoch, base sequence, number of records."""
FIRST_TIME: Final = 7
ATTRIBUTES_AT: Final = 21
CODEC_BITS: Final = 0x07
CONTINUES: Final = 0x80
VARINT_BITS_MAX: Final = 63
BATCH_RECORDS_MAX: Final = 400_000
"""An event has at least 200 bytes: a batch with more records does not hold events only."""
UNREADABLE: Final = Rejected(
    "unreadable", "", "from here on the record batch cannot be read; its checksum is right"
)
TOO_BIG: Final = Rejected(
    "too-big",
    "",
    f"its record batch inflates to over {DECOMPRESSED_BYTES_MAX >> 20} MiB or {BATCH_RECORDS_MAX} "
    "records; from here on it was not read",
)
HEADER: Final = struct.Struct(">qiibIhiqq")
"""The part of `BATCH_HEADER` up to the greatest time."""
LENGTH_STARTS_AFTER_BYTES: Final = 12
SHORTEST_BYTES: Final = BATCH_HEADER.size - LENGTH_STARTS_AFTER_BYTES
MAGIC: Final = 2


require(DefaultRecordBatch, "validate_crc", "is_control_batch", "base_offset", library="aiokafka")


class Chunk(NamedTuple):
    """Some record batches of one partition."""

    raw: bytes
    """The batches with committed records; empty when the offsets hold none."""
    first_offset: int
    """Records before it are not part of the chunk; its first batch may hold some."""
    next_offset: int
    records_max: int
    """The most records that it can have; compaction may have removed some."""
    newest_milliseconds: int
    """The greatest record time: of arrival or of creation, by the topic's configuration. 0 without
    records."""
    compressed: bool = False
    """Whether a batch is compressed: then its length says little about its records."""


class Record(NamedTuple):
    """A record as its producer sent it, for a dead letter or a forwarded event."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    whole: bool = True
    """Whether every part could be read."""


class PlainRecord(NamedTuple):
    """A record that this module read; it has the used attributes of aiokafka's records."""

    offset: int
    timestamp: int
    """Milliseconds since 1970-01-01 UTC."""
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    """A name that is not UTF-8 has its other bytes as `\\xff`: it is none of CloudEvents'."""
    whole: bool
    """Whether every name is UTF-8."""


class UnreadableRecord(NamedTuple):
    """A record, or the remainder of a batch, that cannot be read, and the reason."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    rejected: Rejected


def iter_chunks(
    raw: bytes, first_offset: int, records_max: int, aborted: AbortedTransactions = ()
) -> Iterator[Chunk]:
    """Yield the complete record batches of a fetch in chunks of about `records_max` records.

    `aborted`: the aborted transactions of the fetch. What they wrote is in no chunk.
    """
    committed = CommittedFilter(aborted)
    gathered = _Gathered(first_offset)
    end = 0
    while end + HEADER.size <= len(raw):
        base, length, _, magic, _, attributes, last, _, at = HEADER.unpack_from(raw, end)
        if magic != MAGIC:
            raise CorruptRecordException(f"record batch of format {magic}; only {MAGIC} is read")
        if length < SHORTEST_BYTES:
            raise CorruptRecordException(f"a record batch says that it has {length} bytes")
        start, end = end, end + LENGTH_STARTS_AFTER_BYTES + length
        if end > len(raw):
            break
        gathered.next_offset = max(gathered.next_offset, base + last + 1)
        if attributes & TRANSACTION_BITS and committed.drops(raw[start:end]):
            gathered.drop(raw, start, end)
            continue
        gathered.records += last + 1
        gathered.newest = max(gathered.newest, at)
        gathered.compressed = gathered.compressed or bool(attributes & CODEC_BITS)
        gathered.end = end
        if gathered.records >= records_max:
            yield gathered.chunk(raw)
            gathered = _Gathered(gathered.next_offset, end, end)
    if gathered.end > gathered.begin:
        yield gathered.chunk(raw)


@dataclass(slots=True)
class _Gathered:
    """The batches of a fetch that become the next chunk."""

    first_offset: int
    begin: int = 0
    """Where the chunk begins in the fetch."""
    end: int = 0
    start: int = field(init=False)
    """Where the batches after the last dropped one begin."""
    next_offset: int = field(init=False)
    kept: list[bytes] = field(default_factory=list)
    """The batches before the last dropped one."""
    records: int = 0
    newest: int = 0
    compressed: bool = False

    def __post_init__(self) -> None:
        self.start, self.next_offset = self.begin, self.first_offset

    def drop(self, raw: bytes, start: int, end: int) -> None:
        """Leave the batch from `start` to `end` out."""
        self.kept.append(raw[self.start : start])
        self.start = self.end = end

    def chunk(self, raw: bytes) -> Chunk:
        """Return what was gathered."""
        content = b"".join([*self.kept, raw[self.start : self.end]])
        offsets = self.first_offset, self.next_offset
        return Chunk(content, *offsets, self.records, self.newest, self.compressed)


def iter_records(chunk: Chunk) -> Iterator[Any]:
    """Yield the records of a chunk; one that cannot be read is an `UnreadableRecord`.

    Raises `CorruptRecordException` for damaged bytes.
    """
    for raw in _batches(chunk.raw):
        for record in batch_records(raw):
            if chunk.first_offset <= record.offset < chunk.next_offset:
                yield record


def _batches(raw: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(raw):
        end = start + LENGTH_STARTS_AFTER_BYTES + HEADER.unpack_from(raw, start)[1]
        yield raw[start:end]
        start = end


def original_record(record: Any) -> Record:
    """Return a record as its producer sent it."""
    parts = record.offset, record.key, record.value, tuple(record.headers)
    whole = not isinstance(record, UnreadableRecord) and getattr(record, "whole", True)
    return Record(*parts, whole=whole)


def records_at(chunk: Chunk, offsets: Collection[int]) -> Iterator[Record]:
    """Yield the records of a chunk that are at `offsets`."""
    for record in iter_records(chunk):
        if record.offset in offsets:
            yield original_record(record)


def batch_records(raw: bytes) -> Iterator[Any]:
    """Yield the records of one batch; one that cannot be read is an `UnreadableRecord`.

    Raises `CorruptRecordException` for a wrong checksum: another fetch may be correct.
    """
    batch = DefaultRecordBatch(raw)
    if not batch.validate_crc():
        raise CorruptRecordException("a record batch does not match its checksum")
    if batch.is_control_batch:
        return
    whole = True
    if raw[ATTRIBUTES_AT + 1] & CODEC_BITS:
        try:
            plain, whole = _decompress(raw)
        except DecompressionError:
            yield UnreadableRecord(batch.base_offset, None, raw, [], UNREADABLE)
            return
        batch, raw = DefaultRecordBatch(plain), plain
    yield from _records(batch, raw, UNREADABLE if whole else TOO_BIG)


def _decompress(raw: bytes) -> tuple[bytes, bool]:
    """Return the batch without its compression, and whether that is all of it."""
    codec = raw[ATTRIBUTES_AT + 1] & CODEC_BITS
    content, whole = decompressed(codec, raw[BATCH_HEADER.size :])
    head = bytearray(raw[: BATCH_HEADER.size])
    head[ATTRIBUTES_AT + 1] &= ~CODEC_BITS
    return bytes(head) + content, whole


def _records(batch: Any, raw: bytes, remainder: Rejected) -> Iterator[Any]:
    count = 0
    try:
        for record in islice(batch, BATCH_RECORDS_MAX):
            count += 1
            yield record
    except (CorruptRecordException, UnicodeDecodeError):
        yield from _read_carefully(raw, count, remainder)
        return
    if count == BATCH_RECORDS_MAX:
        yield from _excess(raw, count)


def _excess(raw: bytes, count: int) -> Iterator[UnreadableRecord]:
    base, *_, total = BATCH_HEADER.unpack_from(raw)
    if total > count:
        yield UnreadableRecord(base + count, None, None, [], TOO_BIG)


def _read_carefully(
    raw: bytes, skipped: int, remainder: Rejected
) -> Iterator[PlainRecord | UnreadableRecord]:
    """Yield the records after the first `skipped`, up to one that cannot be read."""
    base, *_, total = BATCH_HEADER.unpack_from(raw)
    at, offset = BATCH_HEADER.size, base - 1
    for number in range(min(total, BATCH_RECORDS_MAX)):
        try:
            record, next_at = _record(raw, at, base)
        except (IndexError, ValueError):
            yield UnreadableRecord(offset + 1, None, raw[at:], [], remainder)
            return
        at, offset = next_at, record.offset
        if number >= skipped:
            yield record
    if total > BATCH_RECORDS_MAX:
        yield UnreadableRecord(offset + 1, None, raw[at:], [], TOO_BIG)


def _record(raw: bytes, at: int, base: int) -> tuple[PlainRecord, int]:
    """Return the record at `at`, and the position after it; raises when bytes are missing."""
    length, at = _varint(raw, at)
    end = at + length
    if length < 0 or end > len(raw):
        raise ValueError("the record is longer than its batch")
    at += 1  # attributes, unused in format 2
    time_delta, at = _varint(raw, at)
    offset_delta, at = _varint(raw, at)
    key, at = _bytes(raw, at, end)
    value, at = _bytes(raw, at, end)
    count, at = _varint(raw, at)
    headers: list[tuple[str, bytes | None]] = []
    names_are_text = True
    for _ in range(count):
        name, at = _bytes(raw, at, end)
        content, at = _bytes(raw, at, end)
        text = (name or b"").decode(errors="backslashreplace")
        names_are_text = names_are_text and text.encode() == name
        headers.append((text, content))
    at_milliseconds = _first_time(raw) + time_delta
    return PlainRecord(
        base + offset_delta, at_milliseconds, key, value, headers, names_are_text
    ), end


def _first_time(raw: bytes) -> int:
    first: int = BATCH_HEADER.unpack_from(raw)[FIRST_TIME]
    return first


def _bytes(raw: bytes, at: int, end: int) -> tuple[bytes | None, int]:
    length, at = _varint(raw, at)
    if length < 0:
        return None, at
    if at + length > end:
        raise ValueError("a part is longer than its record")
    return raw[at : at + length], at + length


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return a zigzag varint, and the position after it."""
    number = shift = 0
    while True:
        byte = raw[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < CONTINUES:
            return (number >> 1) ^ -(number & 1), at
        shift += 7
        if shift > VARINT_BITS_MAX:
            raise ValueError("a number is longer than 10 bytes")
