"""Chunks of a partition as Kafka sent them: whole record batches, still packed.

The worker hands chunks on as they are; only a decoder unpacks them, in a process of its own.
"""

import struct
from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords

HEADER: Final = struct.Struct(">qiibIhiqq")
"""base offset, length, leader epoch, magic, CRC, attributes, last offset delta, two times (ms)."""
LENGTH_STARTS_AFTER_BYTES: Final = 12
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


class Record(NamedTuple):
    """A record with its origin, for what is set aside or sent on."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def chunks(raw: bytes, first_offset: int, records_max: int) -> Iterator[Chunk]:
    """Yield the complete record batches of a fetched partition, about `records_max` at a time."""
    start = end = 0
    count, newest, following = 0, 0, first_offset
    while end + HEADER.size <= len(raw):
        base, length, _, magic, _, _, last, _, at = HEADER.unpack_from(raw, end)
        if magic != MAGIC:
            raise CorruptRecordException(f"record batch of format {magic}; only {MAGIC} is read")
        if end + LENGTH_STARTS_AFTER_BYTES + length > len(raw):
            break
        end += LENGTH_STARTS_AFTER_BYTES + length
        following = max(following, base + last + 1)
        count, newest = count + last + 1, max(newest, at)
        if count >= records_max:
            yield Chunk(raw[start:end], first_offset, following, count, newest)
            start, count, newest, first_offset = end, 0, 0, following
    if end > start:
        yield Chunk(raw[start:end], first_offset, following, count, newest)


def unpacked(chunk: Chunk) -> Iterator[Any]:
    """Yield the records of a chunk; raises `CorruptRecordException` where bytes were damaged."""
    batches = MemoryRecords(chunk.raw)
    while batches.has_next():
        batch = batches.next_batch()
        if not batch.validate_crc():
            raise CorruptRecordException("a record batch does not match its checksum")
        if batch.is_control_batch:
            continue
        for record in batch:
            if chunk.first_offset <= record.offset < chunk.next_offset:
                yield record


def records_at(
    topic: str, partition: int, chunk: Chunk, offsets: Collection[int]
) -> Iterator[Record]:
    """Yield the records of a chunk that are at `offsets`, with their origin."""
    for record in unpacked(chunk):
        if record.offset in offsets:
            headers = tuple(record.headers)
            yield Record(topic, partition, record.offset, record.key, record.value, headers)
