"""Chunks of a partition as Kafka sent them: whole record batches, still packed.

The worker hands chunks on as they are; only a decoder unpacks them, in a process of its own.
"""

import struct
from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

from aiokafka.errors import CorruptRecordException

from rapport.kafka.record_batch import BATCH_HEADER, CODEC_BITS, UnreadableRecord, batch_records

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


def chunks(raw: bytes, first_offset: int, records_max: int) -> Iterator[Chunk]:
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


def unpacked(chunk: Chunk) -> Iterator[Any]:
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


def as_sent(record: Any) -> Record:
    """Return an unpacked record as it was sent."""
    parts = record.offset, record.key, record.value, tuple(record.headers)
    return Record(*parts, whole=not isinstance(record, UnreadableRecord))


def records_at(chunk: Chunk, offsets: Collection[int]) -> Iterator[Record]:
    """Yield the records of a chunk that are at `offsets`."""
    for record in unpacked(chunk):
        if record.offset in offsets:
            yield as_sent(record)
