"""How an event lies in the spool: mark, length, checksum, payload; and how it is found again.

A reader that meets bytes which are no frame looks for the next mark that starts an intact one, so
that damage costs no more than what it hit.
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple
from zlib import crc32

from rapport.streams.shell.publishing.outgoing import Outgoing

MARK: Final = b"\xf5RS\x01"
"""Starts every frame; its last byte is the version of the format."""
_HEAD: Final = struct.Struct(">4sII")
_FIXED_PARTS: Final = 4


class Piece(NamedTuple):
    """A part of a segment: an intact frame with its payload, or bytes that are none."""

    start: int
    end: int
    payload: bytes | None


def pack(event: Outgoing) -> bytes:
    """Return the frame of an event."""
    parts = [event.event_id.encode(), event.topic.encode(), event.key, event.value]
    for name, content in event.headers:
        parts += (name.encode(), content)
    lengths = _lengths(len(parts)).pack(len(parts), *map(len, parts))
    payload = lengths + b"".join(parts)
    return _HEAD.pack(MARK, len(payload), crc32(payload, len(payload))) + payload


def unpack(payload: bytes) -> Outgoing:
    """Return the event of an intact frame's payload.

    >>> event = Outgoing("1", "tickets", b"finance", b"{}", [("ce_id", b"1")])
    >>> (piece,) = scan(pack(event))
    >>> unpack(piece.payload) == event
    True
    """
    (count,) = struct.unpack_from(">H", payload)
    layout = _lengths(count)
    parts, at = [], layout.size
    for length in layout.unpack_from(payload)[1:]:
        parts.append(payload[at : at + length])
        at += length
    names, contents = parts[_FIXED_PARTS::2], parts[_FIXED_PARTS + 1 :: 2]
    headers = [(name.decode(), content) for name, content in zip(names, contents, strict=True)]
    return Outgoing(parts[0].decode(), parts[1].decode(), parts[2], parts[3], headers)


def scan(buffer: bytes) -> Iterator[Piece]:
    """Yield every intact frame, and every run of bytes between them that is none.

    >>> event = Outgoing("1", "tickets", b"finance", b"{}", [])
    >>> frame = pack(event)
    >>> [(piece.end - piece.start, piece.payload is None) for piece in scan(frame + b"??" + frame)]
    [(47, False), (2, True), (47, False)]
    """
    at = 0
    while at < len(buffer):
        end = _intact_end(buffer, at)
        if end:
            yield Piece(at, end, buffer[at + _HEAD.size : end])
        else:
            end = _next_intact(buffer, at + 1)
            yield Piece(at, end, None)
        at = end


def _intact_end(buffer: bytes, start: int) -> int:
    """Return where the intact frame at `start` ends, or 0 when there is none."""
    first = start + _HEAD.size
    if first > len(buffer):
        return 0
    mark, length, checksum = _HEAD.unpack_from(buffer, start)
    end: int = first + length
    if mark != MARK or end > len(buffer):
        return 0
    return end if crc32(buffer[first:end], length) == checksum else 0


def _next_intact(buffer: bytes, start: int) -> int:
    found = buffer.find(MARK, start)
    while found >= 0:
        if _intact_end(buffer, found):
            return found
        found = buffer.find(MARK, found + 1)
    return len(buffer)


@lru_cache(maxsize=64)
def _lengths(count: int) -> struct.Struct:
    return struct.Struct(f">H{count}I")
