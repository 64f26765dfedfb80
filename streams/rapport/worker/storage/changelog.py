"""Writes pages to the changelog first and to the local store after, many at a time.

Faust's own tables send each key by itself, and may leave the local store ahead of the changelog
after a crash. Here the store holds a page only when Kafka has acknowledged it. Offsets that a
zombie writer took in between are a foreign range; until it is repaired, the store does not claim to
reach beyond it.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from typing import Any

from aiokafka import TopicPartition

from rapport.domain.calendar import UTC_NAME
from rapport.worker.storage.fencing import ForeignRange, headers_of, safe_offset

SendBatches = Callable[..., Awaitable[list[tuple[int, int]]]]
"""Sends (partition, values, headers); returns (first offset, records) of each batch, in order."""


class Changelog:
    """Reads a table from its local store, and writes it through its changelog topic."""

    def __init__(self, send: SendBatches, table: Any, zone: str = UTC_NAME) -> None:
        self._send, self._table = send, table
        self.zone = zone
        """The zone whose days the pages have."""
        self._next_offsets: dict[int, int] = {}
        """Partition -> the offset that the next record written here should get."""
        self._foreign_ranges: list[ForeignRange] = []
        self._epochs: dict[int, int] = {}
        """Partition -> the epoch in which this worker writes to it."""

    @property
    def owned(self) -> frozenset[int]:
        """The partitions that are written here."""
        return frozenset(self._next_offsets)

    def take_over(self, next_offsets: Mapping[int, int], generation: int) -> None:
        """Start with the partitions that are owned now, and the end of each of them."""
        self._next_offsets = dict(next_offsets)
        ranges = self._table.take_foreign_ranges()
        self._foreign_ranges = [one for one in ranges if one.partition in next_offsets]
        self.begin_epoch(next_offsets, generation)

    def begin_epoch(self, partitions: Collection[int], generation: int) -> None:
        """Begin a new epoch of each partition, higher than every earlier owner's.

        `generation`: the consumer group's, which also counts owners that wrote nothing.
        """
        newest = self._table.data.writer_epoch
        self._epochs = {one: max(generation, newest(one) + 1) for one in partitions}

    def note_end(self, partition: int, end: int) -> None:
        """Note that a partition ends at `end`, while no write of this worker is in flight."""
        next_offset = self._next_offsets.get(partition)
        if next_offset is not None and next_offset < end:
            self._foreign_ranges.append(ForeignRange(partition, next_offset, end))
            self._next_offsets[partition] = end

    @property
    def foreign_ranges(self) -> tuple[ForeignRange, ...]:
        """The foreign ranges that are not repaired yet."""
        return tuple(self._foreign_ranges)

    def repaired(self, ranges: Collection[ForeignRange]) -> None:
        """Note that every page that these ranges overwrote is written again."""
        repaired_ids = set(map(id, ranges))
        self._foreign_ranges = [one for one in self._foreign_ranges if id(one) not in repaired_ids]

    @property
    def topic(self) -> str:
        """The name of the changelog's topic."""
        name: str = self._table.changelog_topic_name
        return name

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Return a value of a partition that this worker owns, or None."""
        value: bytes | None = self._table.data.value(partition, key)
        return value

    def items(self, partition: int, first: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield what is stored of a partition from a key on; raises `StoreDamagedError`."""
        items: Iterator[tuple[bytes, bytes]] = self._table.data.items(partition, first)
        return items

    async def write(self, partition: int, values: Mapping[bytes, bytes | None]) -> None:
        """Store pages, and delete those of None; returns when the changelog has them.

        Raises `KafkaError`.
        """
        if not values:
            return
        tp = TopicPartition(self._table.changelog_topic_name, partition)
        spans = await self._send(tp, values, headers_of(self._epochs[partition], self.zone))
        for first, count in spans:
            self.note_end(partition, first)
            if partition in self._next_offsets:
                self._next_offsets[partition] = first + count
        first, count = spans[-1]
        last_offset = safe_offset(first + count, partition, self._foreign_ranges)
        self._table.store(tp, values.items(), last_offset, self._epochs[partition])
