"""Kafka's default partitioner: the partition of a key."""

from functools import lru_cache
from typing import Final

from kafka.partitioner.default import murmur2

KEYS_REMEMBERED: Final = 65_536


@lru_cache(maxsize=KEYS_REMEMBERED)
def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key, by the murmur2 hash as in Kafka's Java client.

    >>> partition_of(b"finance", 8), partition_of(b"law", 8)
    (1, 0)
    """
    return (int(murmur2(key)) & 0x7FFFFFFF) % partitions
