"""Repairs values that a zombie worker overwrote in the changelog of a table.

A worker that was paused past its session does not know that its partitions were reassigned; some of
its values may still reach the changelog, over newer ones. The owner detects them as offsets that it
did not write, and recovery detects them by their writer epoch. A page of the ledger and an entry of
the desk are join semilattices: the foreign value is joined into the owner's, which is written
again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from rapport.domain.ledger.page import CountChange
from rapport.kafka.topic_reader import TopicReader, TopicReadError, open_reader
from rapport.worker.ingest.writer import Writer
from rapport.worker.storage.changelog import Changelog
from rapport.worker.storage.fencing import ForeignRange, zone_of
from rapport.worker.storage.pages import PageStore
from rapport.worker.storage.tables import Storage

log = logging.getLogger(__name__)
CHECK_SECONDS: Final = 5.0
AddChanges = Callable[[str, Iterable[CountChange]], None]
JoinStored = Callable[[int, bytes, bytes | None], None]
"""Joins a stored value, given its partition and key, into what the owner has; None for none."""


class RepairedTable(NamedTuple):
    """A table whose changelog is checked."""

    changelog: Changelog
    join_stored: JoinStored


def repaired_tables(storage: Storage, add_changes: AddChanges) -> tuple[RepairedTable, ...]:
    """Return the tables whose values are joined: the ledger and the desk."""
    join_page = partial(_join_page, storage.pages, add_changes)
    return (
        RepairedTable(storage.changelog, join_page),
        RepairedTable(storage.desk_changelog, storage.desk.join_stored),
    )


def _join_page(
    pages: PageStore, add_changes: AddChanges, partition: int, key: bytes, value: bytes | None
) -> None:
    add_changes(*pages.join_stored(partition, key, value))


class ZombieWriteRepair:
    """Checks changelogs of the owned partitions for foreign records, and repairs their values."""

    def __init__(
        self, kafka: Mapping[str, Any], writer: Writer, tables: Sequence[RepairedTable]
    ) -> None:
        self.repaired = 0
        """Foreign records whose values were repaired."""
        self._kafka, self._writer, self._tables = dict(kafka), writer, tables

    async def follow(self) -> None:
        """Check for ever; retry when Kafka does not answer."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._check()
            except (KafkaError, OSError, TopicReadError) as error:
                log.warning("cannot check the changelog (%s); trying again", error)

    async def _check(self) -> None:
        topics = [table.changelog.topic for table in self._tables]
        async with open_reader(self._kafka, *topics) as reader:
            async with self._writer.paused():
                for table in self._tables:
                    await _note_ends(reader, table.changelog)
                found = [
                    (table, ranges)
                    for table in self._tables
                    if (ranges := table.changelog.foreign_ranges)
                ]
            for table, ranges in found:
                for one in ranges:
                    await self._repair(reader, table, one)
            if found:
                await self._writer.write_now()
            for table, ranges in found:
                table.changelog.repaired(ranges)

    async def _repair(self, reader: TopicReader, table: RepairedTable, span: ForeignRange) -> None:
        changelog = table.changelog
        log.warning(
            "%d records that a zombie writer wrote to the changelog %s are repaired",
            *(span.end - span.start, changelog.topic),
        )
        tp = TopicPartition(changelog.topic, span.partition)
        async for _, record in reader.read({tp: (span.start, span.end)}):
            if span.partition in changelog.owned:
                has_own_days = zone_of(record.headers) == changelog.zone
                value = record.value if has_own_days else None
                table.join_stored(span.partition, record.key, value)
                self.repaired += 1


async def _note_ends(reader: TopicReader, changelog: Changelog) -> None:
    tps = [TopicPartition(changelog.topic, one) for one in changelog.owned]
    ends = await reader.ends(tps) if tps else {}
    for tp, end in ends.items():
        changelog.note_end(tp.partition, end)
