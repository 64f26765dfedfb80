"""Writes pages to the changelog first and to the local store after, many at a time.

Faust's own path sends each key by itself and may leave the local store ahead of the changelog after
a crash. Here a page is in the local store only when Kafka has acknowledged it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from faust.types import TP


class Gap(NamedTuple):
    """Offsets of a changelog partition whose records this worker did not write."""

    partition: int
    start: int
    end: int


class Changelog:
    """The ledger's table: reads from its local store, writes through its changelog topic."""

    def __init__(self, app: Any, table: Any) -> None:
        self._app = app
        self._table = table
        self._following: dict[int, int] = {}
        """Partition -> the offset that the next record written here should get."""
        self._gaps: list[Gap] = []

    @property
    def owned(self) -> frozenset[int]:
        """The partitions that are written here."""
        return frozenset(self._following)

    def own(self, following: Mapping[int, int]) -> None:
        """Begin anew with the partitions that are owned now, and where each of them ends."""
        self._following = dict(following)
        self._gaps = []

    def seen(self, partition: int, end: int) -> None:
        """Note that a partition ends at `end`, while nothing of this worker's is on its way."""
        following = self._following.get(partition)
        if following is not None and following < end:
            self._gaps.append(Gap(partition, following, end))
            self._following[partition] = end

    def take_gaps(self) -> list[Gap]:
        """Return where foreign records were seen since the last time."""
        gaps, self._gaps = self._gaps, []
        return gaps

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Return a page of a partition that this worker owns, or None."""
        store = self._table.data._db_for_partition(partition)  # noqa: SLF001 # skips a codec lookup per page
        value: bytes | None = store.get(key)
        return value

    async def write(self, partition: int, values: Mapping[bytes, bytes | None]) -> None:
        """Store pages, and delete those of None; returns when the changelog has it.

        Raises `KafkaError`.
        """
        if not values:
            return
        spans = await self._sent(partition, values)
        first, count = spans[-1]
        place = TP(self._table.changelog_topic_name, partition)
        self._table.store(place, values.items(), first + count - 1)
        for first, count in spans:
            self.seen(partition, first)
            if partition in self._following:
                self._following[partition] = first + count

    async def _sent(
        self, partition: int, values: Mapping[bytes, bytes | None]
    ) -> list[tuple[int, int]]:
        """Send record batches that are filled here: the producer's own cost is per record.

        Returns (first offset, records) of each batch, in order.
        """
        topic = self._table.changelog_topic_name
        producer = self._app.producer._ensure_producer()  # noqa: SLF001 # Faust hands on single records only
        sent: list[tuple[int, Any]] = []
        batch, count = producer.create_batch(), 0
        for key, value in values.items():
            if batch.append(key=key, value=value, timestamp=None) is None:
                sent.append((count, await producer.send_batch(batch, topic, partition=partition)))
                batch, count = producer.create_batch(), 0
                batch.append(key=key, value=value, timestamp=None)
            count += 1
        sent.append((count, await producer.send_batch(batch, topic, partition=partition)))
        return [((await future).offset, length) for length, future in sent]
