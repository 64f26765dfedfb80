"""The ledger's table: Faust recovers it, and its changelog is read in chunks, as the inputs are.

Private API of faust-streaming, verified with version 0.15.3.

Faust's own recovery handles one record at a time, at 70 us each. Here a message of the changelog is
a chunk of records, which the local store takes in one write. A record of a zombie writer is
skipped, and reported as a foreign range to the partition's owner.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import faust
from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery

from rapport.domain.calendar import UTC_NAME
from rapport.kafka.record_batch import iter_records
from rapport.runtime.private_api import require
from rapport.worker.faust_ext.consumer import BatchSchema
from rapport.worker.storage.fencing import ForeignRange, safe_offset, writer_epoch_of, zone_of
from rapport.worker.storage.ledger_zone import mark_store
from rapport.worker.storage.rocksdb_store import LedgerStore
from rapport.worker.storage.store_errors import StoreDamagedError, StoreError
from rapport_schemas.wire.errors import RapportError

CHUNKS_AT_ONCE: Final = 2
"""Chunks that Faust gathers before they are stored; 1 has another meaning in Faust."""
require(faust.Table, "_new_store", "apply_changelog_batch", library="faust-streaming")
require(TableManager, "_update_channels", library="faust-streaming")
require(
    Recovery,
    *("active_offsets", "active_highwaters", "signal_recovery_start"),
    library="faust-streaming",
)


class ChangelogError(RapportError):
    """The changelog cannot be read, or not be stored."""


class LedgerTable(faust.Table):  # type: ignore[misc] # Faust ships no types
    """Pages by key, per partition; `Changelog` reads and writes them, Faust recovers them."""

    data: LedgerStore
    zone: str = UTC_NAME
    """The zone whose days the pages have."""
    _crash: Any = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._foreign_ranges: list[ForeignRange] = []
        """The foreign ranges that recovery met."""
        self.other_days: dict[tuple[int, bytes], str] = {}
        """Partition and key of the pages with the days of another zone, which recovery met."""

    def _new_store(self) -> LedgerStore:
        return LedgerStore(
            self.app.conf.store,
            self.app,
            self,
            table_name=self.name,
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
            driver="rocksdict",
        )

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Store chunks of the changelog, and the offset that they reach."""
        for event in batch:
            tp, chunk = event.message.tp, event.value
            try:
                self._recover(tp, iter_records(chunk), chunk.next_offset)
            except (CorruptRecordException, StoreError) as error:
                # Faust would log an error that is raised here, and wait for ever.
                self._crash = asyncio.ensure_future(self.app.crash(recovery_error(tp, error)))
                return

    def _recover(self, tp: TopicPartition, records: Iterable[Any], next_offset: int) -> None:
        """Store records of the changelog that end before `next_offset`."""
        newest, pages = self.data.writer_epoch(tp.partition), []
        for record in records:
            epoch = writer_epoch_of(record.headers)
            if epoch < newest:
                self._skip_foreign(tp.partition, record.offset)
                continue
            newest = epoch
            pages.append((record.key, record.value))
            self._note_zone(tp.partition, record)
        last_offset = safe_offset(next_offset, tp.partition, self._foreign_ranges)
        self.store(tp, pages, last_offset, newest)

    def _note_zone(self, partition: int, record: Any) -> None:
        """Note a page with other days; a rebuild of the ledger removes it further on."""
        zone = self.zone if record.value is None else zone_of(record.headers)
        if zone != self.zone:
            if not self.other_days:
                mark_store(self.app.conf.datadir, None)
            self.other_days[partition, record.key] = zone
        elif self.other_days:
            self.other_days.pop((partition, record.key), None)

    def _skip_foreign(self, partition: int, offset: int) -> None:
        """Add an offset to the newest foreign range, or to a new one."""
        ranges = self._foreign_ranges
        if ranges and (ranges[-1].partition, ranges[-1].end) == (partition, offset):
            ranges[-1] = ranges[-1]._replace(end=offset + 1)
        else:
            ranges.append(ForeignRange(partition, offset, offset + 1))

    def take_foreign_ranges(self) -> list[ForeignRange]:
        """Return the foreign ranges that recovery has met since the last call."""
        ranges, self._foreign_ranges = self._foreign_ranges, []
        return ranges

    def store(
        self,
        tp: TopicPartition,
        pages: Iterable[tuple[bytes, bytes | None]],
        last_offset: int,
        epoch: int,
    ) -> None:
        """Store pages that the changelog holds up to `last_offset`, and their writer epoch."""
        self.data.write(tp.partition, pages, last_offset, epoch)

    def owned(self) -> list[int]:
        """Return the partitions whose scores this worker computes, in order."""
        topic = self.changelog_topic_name
        return sorted(
            tp.partition for tp in self.app.assignor.assigned_actives() if tp.topic == topic
        )

    def remaining_records(self) -> int:
        """Return how many records of the changelogs the recovery has yet to read.

        It may be called in any thread, once partitions have been assigned.
        """
        recovery = self.app.tables.recovery
        offsets, ends = recovery.active_offsets.copy(), recovery.active_highwaters.copy()
        reached = {tp: -1 if offset is None else offset for tp, offset in offsets.items()}
        known = (tp for tp, end in ends.items() if end is not None and tp in reached)
        return sum(max(0, ends[tp] - reached[tp]) for tp in known)

    async def read(self) -> list[tuple[bytes, bytes]]:
        """Return every key and value of the owned partitions.

        Does not return when a store is damaged: Faust recovers its partition again, and cancels
        this call.
        """
        items: list[tuple[bytes, bytes]] = []
        for partition in self.owned():
            try:
                items += self.data.items(partition)
            except StoreDamagedError as error:
                self.rebuild(partition, error)
                await asyncio.Event().wait()
        return items

    def rebuild(self, partition: int, error: StoreDamagedError) -> None:
        """Discard a partition's damaged store, and let Faust recover it from the changelog."""
        self.data.discard_damaged(partition, error)
        recovery = self.app.tables.recovery
        recovery.active_offsets[TopicPartition(self.changelog_topic_name, partition)] = None
        recovery.signal_recovery_start.set()


def recovery_error(tp: TopicPartition, error: Exception) -> RapportError:
    """Return why a changelog cannot be recovered, with what to do."""
    if isinstance(error, StoreError):
        return error
    return ChangelogError(
        f"the changelog {tp.topic}, partition {tp.partition}, cannot be recovered: {error}; "
        "a worker that starts again tries again"
    )


class LedgerTables(TableManager):  # type: ignore[misc] # Faust ships no types
    """Faust's table manager without its delay: every table exists before it starts."""

    async def on_start(self) -> None:
        """Register the tables and start recovery; Faust's own sleeps for a second before."""
        await self._update_channels()
        await self.recovery.start()


def page_table(app: Any, name: str, partitions: int) -> LedgerTable:
    """Return a table of pages of an app, whose changelog is read in chunks."""
    table: LedgerTable = app.Table(
        name,
        partitions=partitions,
        key_type=bytes,
        value_type=bytes,
        schema=BatchSchema(),
        recovery_buffer_size=CHUNKS_AT_ONCE,
    )
    return table
