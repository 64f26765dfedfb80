"""Bounded decompression: a few kilobytes may hold gigabytes (a decompression bomb).

Private API of cramjam, verified with version 2.14.0: the message of a full output buffer.
"""

import mmap
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import cramjam

DECOMPRESSED_BYTES_MAX: Final = 64 * 1024 * 1024
"""Of one record batch. Producers cap a batch near 1 MiB, and JSON shrinks 5 to 20 times."""
USUAL_RATIO: Final = 16
LIKELY_BYTES_MAX: Final = 1024 * 1024
GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
_GZIP_FRAME: Final = 31
_XERIAL: Final = b"\x82SNAPPY\x00"
_XERIAL_HEADER_BYTES: Final = 16
_FULL: Final = "failed to write whole buffer"
"""Cramjam's message when the output buffer is full."""


class DecompressionError(Exception):
    """The bytes are not valid for their codec."""


def decompressed(codec: int, packed: bytes) -> tuple[bytes, bool]:
    """Return what `packed` holds, up to `DECOMPRESSED_BYTES_MAX`, and whether that is all of it.

    Raises `DecompressionError` where the bytes are not of that codec.
    """
    inflate = _INFLATE.get(codec)
    if inflate is None:
        raise DecompressionError(f"no codec has the number {codec}")
    try:
        return inflate(packed)
    except (zlib.error, cramjam.DecompressionError, struct.error) as error:
        raise DecompressionError(str(error)) from None


def _gzip(packed: bytes) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    room = DECOMPRESSED_BYTES_MAX
    while packed:
        member = zlib.decompressobj(_GZIP_FRAME)
        parts.append(member.decompress(packed, room))
        room -= len(parts[-1])
        if not member.eof:
            if not room:
                return b"".join(parts), False
            raise DecompressionError("the gzip stream ends early")
        packed = member.unused_data
    return b"".join(parts), True


def _snappy(packed: bytes) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    room = DECOMPRESSED_BYTES_MAX
    for block in _snappy_blocks(packed):
        room -= cramjam.snappy.decompress_raw_len(block)
        if room < 0:
            return b"".join(parts), False
        parts.append(bytes(cramjam.snappy.decompress_raw(block)))
    return b"".join(parts), True


def _snappy_blocks(packed: bytes) -> Iterator[bytes]:
    """Yield the blocks of a stream as Java writes it, or the one block that others write."""
    if not packed.startswith(_XERIAL):
        yield packed
        return
    at = _XERIAL_HEADER_BYTES
    while at < len(packed):
        (size,) = struct.unpack_from(">I", packed, at)
        yield packed[at + 4 : at + 4 + size]
        at += 4 + size


def _into(decompress_into: Callable[[bytes, Any], int]) -> Callable[[bytes], tuple[bytes, bool]]:
    def inflate(packed: bytes) -> tuple[bytes, bool]:
        likely = bytearray(min(len(packed) * USUAL_RATIO, LIKELY_BYTES_MAX))
        try:
            return bytes(memoryview(likely)[: decompress_into(packed, likely)]), True
        except cramjam.DecompressionError as error:
            if _FULL not in str(error):
                raise
        # Of a mapping only the pages that are written cost memory and time.
        with mmap.mmap(-1, DECOMPRESSED_BYTES_MAX, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as room:
            try:
                return room[: decompress_into(packed, room)], True
            except cramjam.DecompressionError as error:
                if _FULL not in str(error):
                    raise
                return room[:], False

    return inflate


_INFLATE: Final[dict[int, Callable[[bytes], tuple[bytes, bool]]]] = {
    GZIP: _gzip,
    SNAPPY: _snappy,
    LZ4: _into(cramjam.lz4.decompress_into),
    ZSTD: _into(cramjam.zstd.decompress_into),
}
