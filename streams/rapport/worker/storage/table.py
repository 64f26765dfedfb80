"""The ledger's table: Faust recovers it, and its changelog comes in chunks, as the inputs do.

Faust's own recovery handles record after record, at 70 us each. Here a message of the changelog is
a chunk of records, which goes into the local store in one write. What a stranger wrote over a page
is not taken for the page: it is told to whoever owns the partition then.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import faust
import rocksdb
from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException
from faust.tables.manager import TableManager

from rapport.kafka.record_batch import iter_records
from rapport.worker.faust_ext.consumer import BatchSchema
from rapport.worker.storage.fencing import ForeignRange, epoch_of, safe_offset
from rapport.worker.storage.rocksdb_store import EPOCH_KEY, OPTIONS, LedgerStore, error_text
from rapport_schemas.wire.errors import RapportError

CHUNKS_AT_ONCE: Final = 2
"""Chunks that Faust gathers before they are stored: it gives 1 another meaning."""


class ChangelogError(RapportError):
    """The changelog cannot be read, or not be stored."""


def _unreadable(place: TopicPartition, error: Exception) -> ChangelogError:
    return ChangelogError(
        f"the changelog {place.topic}, partition {place.partition}, cannot be recovered: "
        f"{error_text(error)}; a worker that starts again tries again"
    )


class LedgerTable(faust.Table):  # type: ignore[misc] # Faust ships no types
    """Pages by key, per partition; `Changelog` reads and writes them, Faust recovers them."""

    data: LedgerStore
    _giving_up: Any = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._foreign_ranges: list[ForeignRange] = []
        """Where strangers wrote, as recovery saw it."""

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
            options=dict(OPTIONS),
            driver="python-rocksdb",
        )

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Store chunks of the changelog, and how far they reach."""
        for event in batch:
            place, chunk = event.message.tp, event.value
            try:
                self._recover(place, iter_records(chunk), chunk.next_offset)
            except (CorruptRecordException, rocksdb.errors.Error) as error:
                # Faust would log it and wait for ever.
                self._giving_up = asyncio.ensure_future(self.app.crash(_unreadable(place, error)))
                return

    def _recover(self, place: TopicPartition, records: Iterable[Any], following: int) -> None:
        """Store records of the changelog, the last of them before the offset `following`."""
        newest, pages = self.data.epoch(place.partition), []
        for record in records:
            term = epoch_of(record.headers)
            if term < newest:
                self._skip_foreign(place.partition, record.offset)
                continue
            newest = term
            pages.append((record.key, record.value))
        last_offset = safe_offset(following, place.partition, self._foreign_ranges)
        self.store(place, pages, last_offset, newest)

    def _skip_foreign(self, partition: int, offset: int) -> None:
        last = (
            self._foreign_ranges[-1]
            if self._foreign_ranges
            else ForeignRange(partition, offset, offset)
        )
        if last.partition == partition and last.end == offset:
            self._foreign_ranges[-1:] = [last._replace(end=offset + 1)]
        else:
            self._foreign_ranges.append(ForeignRange(partition, offset, offset + 1))

    def take_foreign_ranges(self) -> list[ForeignRange]:
        """Return where strangers wrote, as recovery has seen it since the last time."""
        found, self._foreign_ranges = self._foreign_ranges, []
        return found

    def store(
        self,
        place: TopicPartition,
        pages: Iterable[tuple[bytes, bytes | None]],
        last_offset: int,
        term: int,
    ) -> None:
        """Store pages that the changelog has, in a term of its owners, up to `last_offset`."""
        writes = rocksdb.WriteBatch()
        for key, value in pages:
            if value is None:
                writes.delete(key)
            else:
                writes.put(key, value)
        # In the same write: the store never says that it holds what it does not.
        writes.put(self.data.offset_key, b"%d" % last_offset)
        writes.put(EPOCH_KEY, b"%d" % term)
        self.data._db_for_partition(place.partition).write(writes)  # noqa: SLF001 # skips a codec lookup per page

    def owned(self) -> list[int]:
        """Return the partitions whose pages this worker keeps scores of, in order."""
        topic = self.changelog_topic_name
        return sorted(
            tp.partition for tp in self.app.assignor.assigned_actives() if tp.topic == topic
        )

    async def read(self) -> list[tuple[bytes, bytes]]:
        """Return every key and value of the partitions that are owned now.

        Does not return when a damaged store is met: the partition is being recovered anew, and
        Faust ends this call to begin another.
        """
        found: list[tuple[bytes, bytes]] = []
        for partition in self.owned():
            try:
                found += self.data.items(partition)
            except rocksdb.errors.Error as error:
                self.rebuild(partition, error)
                await asyncio.Event().wait()
        return found

    def rebuild(self, partition: int, error: Exception) -> None:
        """Discard a partition's damaged store, and have Faust recover it from the changelog."""
        self.data.discard_damaged(partition, error)
        recovery = self.app.tables.recovery
        recovery.active_offsets[TopicPartition(self.changelog_topic_name, partition)] = None
        recovery.signal_recovery_start.set()


class LedgerTables(TableManager):  # type: ignore[misc] # Faust ships no types
    """Faust's manager of tables, which begins at once: every table is there before it starts."""

    async def on_start(self) -> None:
        """Register the tables and start recovery. Faust's own sleeps for a second before."""
        await self._update_channels()
        await self.recovery.start()


def page_table(app: Any, name: str, partitions: int) -> LedgerTable:
    """Return a table of pages of an app, whose changelog travels in the lane."""
    table: LedgerTable = app.Table(
        name,
        partitions=partitions,
        key_type=bytes,
        value_type=bytes,
        schema=BatchSchema(),
        recovery_buffer_size=CHUNKS_AT_ONCE,
    )
    return table
