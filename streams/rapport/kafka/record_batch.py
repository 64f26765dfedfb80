"""Reads one record batch of Kafka's format 2, whatever its records hold.

aiokafka's own reader is quick, but a header name that is not UTF-8 ends it for every record that
follows, and it inflates without a bound. Where it gives up, the rest is read here, byte by byte.
"""

import struct
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch

from rapport.kafka.decompression import DECOMPRESSED_BYTES_MAX, DecompressionError, decompressed
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
"""An event takes 200 bytes at least: more records than this are not all events."""
BAD_NAME: Final = Rejected("not-cloudevent", "headers", "the name of a header is not UTF-8")
UNREADABLE: Final = Rejected(
    "unreadable", "", "from here on the record batch cannot be read; its checksum is right"
)
TOO_BIG: Final = Rejected(
    "too-big",
    "",
    f"its record batch inflates to over {DECOMPRESSED_BYTES_MAX >> 20} MiB or {BATCH_RECORDS_MAX} "
    "records; from here on it was not read",
)


class PlainRecord(NamedTuple):
    """A record that was read here: what the library's records have, as far as it is used."""

    offset: int
    timestamp: int
    """Milliseconds since 1970-01-01 UTC."""
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class UnreadableRecord(NamedTuple):
    """A record, or the rest of a batch, that cannot be taken, and why."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    rejected: Rejected


def batch_records(raw: bytes) -> Iterator[Any]:
    """Yield the records of one batch; one that cannot be read is a `Misread`.

    Raises `CorruptRecordException` where the checksum is wrong: another copy may be whole.
    """
    batch = DefaultRecordBatch(raw)
    if not batch.validate_crc():
        raise CorruptRecordException("a record batch does not match its checksum")
    if batch.is_control_batch:
        return
    whole = True
    if raw[ATTRIBUTES_AT + 1] & CODEC_BITS:
        try:
            plain, whole = _unpacked(raw)
        except DecompressionError:
            yield UnreadableRecord(batch.base_offset, None, raw, [], UNREADABLE)
            return
        batch, raw = DefaultRecordBatch(plain), plain
    yield from _records(batch, raw, UNREADABLE if whole else TOO_BIG)


def _unpacked(raw: bytes) -> tuple[bytes, bool]:
    """Return the batch without its compression."""
    codec = raw[ATTRIBUTES_AT + 1] & CODEC_BITS
    content, whole = decompressed(codec, raw[BATCH_HEADER.size :])
    head = bytearray(raw[: BATCH_HEADER.size])
    head[ATTRIBUTES_AT + 1] &= ~CODEC_BITS
    return bytes(head) + content, whole


def _records(batch: Any, raw: bytes, rest: Rejected) -> Iterator[Any]:
    count = 0
    try:
        for record in islice(batch, BATCH_RECORDS_MAX):
            count += 1  # what is read last says how many there were
            yield record
    except (CorruptRecordException, UnicodeDecodeError):
        yield from _carefully(raw, count, rest)
        return
    if count == BATCH_RECORDS_MAX:
        yield from _rest(raw, count)


def _rest(raw: bytes, count: int) -> Iterator[UnreadableRecord]:
    base, *_, there = BATCH_HEADER.unpack_from(raw)
    if there > count:
        yield UnreadableRecord(base + count, None, None, [], TOO_BIG)


def _carefully(
    raw: bytes, skipped: int, rest: Rejected
) -> Iterator[PlainRecord | UnreadableRecord]:
    """Yield the records after the first `skipped`; what cannot be read ends with a `Misread`."""
    base, *_, there = BATCH_HEADER.unpack_from(raw)
    at, offset = BATCH_HEADER.size, base - 1
    for number in range(min(there, BATCH_RECORDS_MAX)):
        try:
            record, following = _record(raw, at, base)
        except (IndexError, ValueError):
            yield UnreadableRecord(offset + 1, None, raw[at:], [], rest)
            return
        at, offset = following, record.offset
        if number >= skipped:
            yield record
    if there > BATCH_RECORDS_MAX:
        yield UnreadableRecord(offset + 1, None, raw[at:], [], TOO_BIG)


def _record(raw: bytes, at: int, base: int) -> tuple[PlainRecord | UnreadableRecord, int]:
    """Return the record at `at` and where the next begins; raises where bytes are missing."""
    length, at = _varint(raw, at)
    end = at + length
    if length < 0 or end > len(raw):
        raise ValueError("the record is longer than its batch")
    at += 1  # attributes: none are in use
    later, at = _varint(raw, at)
    delta, at = _varint(raw, at)
    key, at = _bytes(raw, at, end)
    value, at = _bytes(raw, at, end)
    count, at = _varint(raw, at)
    headers: list[tuple[str, bytes | None]] = []
    named = True
    for _ in range(count):
        name, at = _bytes(raw, at, end)
        content, at = _bytes(raw, at, end)
        text = (name or b"").decode(errors="backslashreplace")
        named = named and text.encode() == name
        headers.append((text, content))
    if named:
        return PlainRecord(base + delta, _first_time(raw) + later, key, value, headers), end
    return UnreadableRecord(base + delta, key, value, headers, BAD_NAME), end


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
    """Return a zigzag number of Kafka's and where the next begins."""
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


HEADER: Final = struct.Struct(">qiibIhiqq")
"""base offset, length, leader epoch, magic, CRC, attributes, last offset delta, two times (ms)."""
LENGTH_STARTS_AFTER_BYTES: Final = 12
SHORTEST_BYTES: Final = BATCH_HEADER.size - LENGTH_STARTS_AFTER_BYTES
MAGIC: Final = 2


class Chunk(NamedTuple):
    """Some record batches of one partition."""

    raw: bytes
    first_offset: int
    """Records before it were handled already; a batch may hold some."""
    next_offset: int
    records_max: int
    """How many records there may be; compaction may have taken some."""
    newest_milliseconds: int
    """When the newest record reached Kafka, or was made, as the topic says."""
    compressed: bool = False
    """Whether a batch is compressed: then its bytes do not say how much work it is."""


class Record(NamedTuple):
    """A record as it was sent, for what is set aside or sent on."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    whole: bool = True
    """Whether it could be read as it was written."""


def iter_chunks(raw: bytes, first_offset: int, records_max: int) -> Iterator[Chunk]:
    """Yield the complete record batches of a fetched partition, about `records_max` at a time."""
    start = end = 0
    count, newest, following, packed = 0, 0, first_offset, False
    while end + HEADER.size <= len(raw):
        base, length, _, magic, _, attributes, last, _, at = HEADER.unpack_from(raw, end)
        if magic != MAGIC:
            raise CorruptRecordException(f"record batch of format {magic}; only {MAGIC} is read")
        if length < SHORTEST_BYTES:
            raise CorruptRecordException(f"a record batch says that it has {length} bytes")
        if end + LENGTH_STARTS_AFTER_BYTES + length > len(raw):
            break
        end += LENGTH_STARTS_AFTER_BYTES + length
        following = max(following, base + last + 1)
        count, newest = count + last + 1, max(newest, at)
        packed = packed or bool(attributes & CODEC_BITS)
        if count >= records_max:
            yield Chunk(raw[start:end], first_offset, following, count, newest, packed)
            start, count, newest, first_offset, packed = end, 0, 0, following, False
    if end > start:
        yield Chunk(raw[start:end], first_offset, following, count, newest, packed)


def iter_records(chunk: Chunk) -> Iterator[Any]:
    """Yield the records of a chunk; one that cannot be read is a `Misread`, with the reason.

    Raises `CorruptRecordException` where bytes were damaged.
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
    """Return an unpacked record as it was sent."""
    parts = record.offset, record.key, record.value, tuple(record.headers)
    return Record(*parts, whole=not isinstance(record, UnreadableRecord))


def records_at(chunk: Chunk, offsets: Collection[int]) -> Iterator[Record]:
    """Yield the records of a chunk that are at `offsets`."""
    for record in iter_records(chunk):
        if record.offset in offsets:
            yield original_record(record)
