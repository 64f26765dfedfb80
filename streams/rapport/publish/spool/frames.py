"""Frames of the spool: magic number, length, checksum, payload.

Resynchronisation: after damaged bytes the reader looks for the next magic number that starts an
intact frame, so only the damaged frames are lost.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple
from zlib import crc32

from rapport.publish.event_record import EventRecord

MAGIC: Final = b"\xf5RS\x01"
"""Starts every frame; its last byte is the version of the format."""
_HEAD: Final = struct.Struct(">4sII")
_LENGTHS: Final = struct.Struct(">HHH")
"""Bytes of the id, the topic and the key; the rest is the record."""


class FrameOrGap(NamedTuple):
    """A part of a segment: an intact frame with its payload, or a gap of damaged bytes."""

    start: int
    end: int
    payload: bytes | None


def pack(event: EventRecord) -> bytes:
    """Return the frame of an event."""
    event_id, topic = event.event_id.encode(), event.topic.encode()
    lengths = _LENGTHS.pack(len(event_id), len(topic), len(event.key))
    payload = b"".join((lengths, event_id, topic, event.key, event.record))
    return _HEAD.pack(MAGIC, len(payload), crc32(payload, len(payload))) + payload


def unpack(payload: bytes) -> EventRecord:
    """Return the event of an intact frame's payload.

    >>> event = EventRecord("1", "tickets", b"finance", b"the record")
    >>> (part,) = scan(pack(event))
    >>> unpack(part.payload) == event
    True
    """
    id_length, topic_length, key_length = _LENGTHS.unpack_from(payload)
    topic_at = _LENGTHS.size + id_length
    key_at = topic_at + topic_length
    record_at = key_at + key_length
    return EventRecord(
        payload[_LENGTHS.size : topic_at].decode(),
        payload[topic_at:key_at].decode(),
        payload[key_at:record_at],
        payload[record_at:],
    )


def scan(buffer: bytes) -> Iterator[FrameOrGap]:
    """Yield every intact frame, and every gap between them.

    >>> event = EventRecord("1", "tickets", b"finance", b"{}")
    >>> frame = pack(event)
    >>> [(part.end - part.start, part.payload is None) for part in scan(frame + b"??" + frame)]
    [(35, False), (2, True), (35, False)]
    """
    at = 0
    while at < len(buffer):
        end = _intact_end(buffer, at)
        if end:
            yield FrameOrGap(at, end, buffer[at + _HEAD.size : end])
        else:
            end = _next_intact(buffer, at + 1)
            yield FrameOrGap(at, end, None)
        at = end


def _intact_end(buffer: bytes, start: int) -> int:
    """Return the end of the intact frame at `start`; 0 when there is none."""
    first = start + _HEAD.size
    if first > len(buffer):
        return 0
    magic, length, checksum = _HEAD.unpack_from(buffer, start)
    end: int = first + length
    if magic != MAGIC or end > len(buffer):
        return 0
    return end if crc32(buffer[first:end], length) == checksum else 0


def _next_intact(buffer: bytes, start: int) -> int:
    position = buffer.find(MAGIC, start)
    while position >= 0:
        if _intact_end(buffer, position):
            return position
        position = buffer.find(MAGIC, position + 1)
    return len(buffer)
