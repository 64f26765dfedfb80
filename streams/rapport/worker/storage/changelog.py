"""Writes pages to the changelog first and to the local store after, many at a time.

Faust's own path sends each key by itself and may leave the local store ahead of the changelog after
a crash. Here a page is in the local store only when Kafka has acknowledged it. What a stranger
wrote in between is a gap; until its pages are repaired, the store does not say that it reaches
beyond.
"""

from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import TopicPartition

from rapport.worker.storage.fencing import ForeignRange, headers_of, safe_offset


class Changelog:
    """The ledger's table: reads from its local store, writes through its changelog topic."""

    def __init__(self, app: Any, table: Any) -> None:
        self._app = app
        self._table = table
        self._following: dict[int, int] = {}
        """Partition -> the offset that the next record written here should get."""
        self._foreign_ranges: list[ForeignRange] = []
        self._epochs: dict[int, int] = {}
        """Partition -> the term in which this worker writes to it."""

    @property
    def owned(self) -> frozenset[int]:
        """The partitions that are written here."""
        return frozenset(self._following)

    def take_over(self, following: Mapping[int, int], generation: int) -> None:
        """Begin anew with the partitions that are owned now, and where each of them ends."""
        self._following = dict(following)
        self._foreign_ranges = [
            gap for gap in self._table.take_foreign_ranges() if gap.partition in following
        ]
        self.begin_epoch(following, generation)

    def begin_epoch(self, partitions: Collection[int], generation: int) -> None:
        """Write in a new term of each partition: later than all that was written, or owned, before.

        `generation`: the group's, which tells owners apart that wrote nothing.
        """
        term = self._table.data.epoch
        self._epochs = {one: max(generation, term(one) + 1) for one in partitions}

    def note_end(self, partition: int, end: int) -> None:
        """Note that a partition ends at `end`, while nothing of this worker's is on its way."""
        following = self._following.get(partition)
        if following is not None and following < end:
            self._foreign_ranges.append(ForeignRange(partition, following, end))
            self._following[partition] = end

    @property
    def foreign_ranges(self) -> tuple[ForeignRange, ...]:
        """Where strangers wrote, and what they wrote over is not written again yet."""
        return tuple(self._foreign_ranges)

    def repaired(self, foreign_ranges: Collection[ForeignRange]) -> None:
        """Note that all that strangers wrote over in some `foreign_ranges` is written again."""
        done = set(map(id, foreign_ranges))
        self._foreign_ranges = [gap for gap in self._foreign_ranges if id(gap) not in done]

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Return a page of a partition that this worker owns, or None."""
        value: bytes | None = self._table.data.value(partition, key)
        return value

    async def write(self, partition: int, values: Mapping[bytes, bytes | None]) -> None:
        """Store pages, and delete those of None; returns when the changelog has it.

        Raises `KafkaError`.
        """
        if not values:
            return
        spans = await self._send(partition, values)
        for first, count in spans:
            self.note_end(partition, first)
            if partition in self._following:
                self._following[partition] = first + count
        first, count = spans[-1]
        last_offset = safe_offset(first + count, partition, self._foreign_ranges)
        place = TopicPartition(self._table.changelog_topic_name, partition)
        self._table.store(place, values.items(), last_offset, self._epochs[partition])

    async def _send(
        self, partition: int, values: Mapping[bytes, bytes | None]
    ) -> list[tuple[int, int]]:
        """Send record batches that are filled here: the producer's own cost is per record.

        Returns (first offset, records) of each batch, in order.
        """
        topic, headers = self._table.changelog_topic_name, headers_of(self._epochs[partition])
        producer = self._app.producer._ensure_producer()  # noqa: SLF001 # Faust hands on single records only
        sent: list[tuple[int, Any]] = []
        batch, count = producer.create_batch(), 0
        for key, value in values.items():
            if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                sent.append((count, await producer.send_batch(batch, topic, partition=partition)))
                batch, count = producer.create_batch(), 0
                batch.append(key=key, value=value, timestamp=None, headers=headers)
            count += 1
        sent.append((count, await producer.send_batch(batch, topic, partition=partition)))
        return [((await future).offset, length) for length, future in sent]
