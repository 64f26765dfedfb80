"""Encodes records in Kafka's record format 2, for batches and for the spool."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_TABLE_SIZE: Final = 4096


def _encoded_varint(value: int) -> bytes:
    zigzag, out = value << 1 if value >= 0 else ~(value << 1), bytearray()
    while zigzag > 0x7F:  # noqa: PLR2004 # seven bits go into a byte
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    out.append(zigzag)
    return bytes(out)


_VARINTS: Final = [_encoded_varint(value) for value in range(_TABLE_SIZE)]


def varint(value: int) -> bytes:
    r"""Return a number as a Kafka varint (zigzag, seven bits a byte).

    >>> varint(0), varint(300), varint(-1)
    (b'\x00', b'\xd8\x04', b'\x01')
    """
    return _VARINTS[value] if 0 <= value < _TABLE_SIZE else _encoded_varint(value)


def encoded_record(key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Return the part of a record that does not depend on its position in a batch."""
    parts = [varint(len(key)), key, varint(len(value)), value, varint(len(headers))]
    for name, content in headers:
        parts += (_header_name(name), varint(len(content)), content)
    return b"".join(parts)


@lru_cache(maxsize=64)
def _header_name(name: str) -> bytes:
    encoded = name.encode()
    return varint(len(encoded)) + encoded
