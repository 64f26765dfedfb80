"""Repairs pages that a zombie worker overwrote in the changelog.

A worker that was paused past its session does not know that its partitions were reassigned; some of
its pages may still reach the changelog, over newer ones. The owner detects them as offsets that it
did not write, and recovery detects them by their writer epoch. A page is a join semilattice: the
foreign page is joined into the owner's page, which is written again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from rapport.domain.ledger.page import CountChange
from rapport.kafka.topic_reader import TopicReader, TopicReadError, open_reader
from rapport.worker.ingest.writer import Writer
from rapport.worker.storage.changelog import Changelog
from rapport.worker.storage.fencing import ForeignRange, zone_of
from rapport.worker.storage.pages import PageStore
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

log = logging.getLogger(__name__)
CHECK_SECONDS: Final = 5.0
AddChanges = Callable[[str, Iterable[CountChange]], None]


class ZombieWriteRepair:
    """Checks the changelog of the owned partitions for foreign records, and repairs their pages."""

    def __init__(
        self,
        kafka: Mapping[str, Any],
        changelog: Changelog,
        writer: Writer,
        pages: PageStore,
        add_changes: AddChanges,
    ) -> None:
        self.repaired = 0
        """Foreign records whose pages were repaired."""
        self._kafka, self._changelog, self._writer = dict(kafka), changelog, writer
        self._pages, self._add_changes = pages, add_changes

    async def follow(self) -> None:
        """Check for ever; retry when Kafka does not answer."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._check()
            except (KafkaError, OSError, TopicReadError) as error:
                log.warning("cannot check the changelog (%s); trying again", error)

    async def _check(self) -> None:
        async with open_reader(self._kafka, CHANGELOG_TOPIC) as reader:
            async with self._writer.paused():
                tps = [TopicPartition(CHANGELOG_TOPIC, one) for one in self._changelog.owned]
                ends = await reader.ends(tps) if tps else {}
                for tp, end in ends.items():
                    self._changelog.note_end(tp.partition, end)
                ranges = self._changelog.foreign_ranges
            for one in ranges:
                await self._repair(reader, one)
            if ranges:
                await self._writer.write_now()
                self._changelog.repaired(ranges)

    async def _repair(self, reader: TopicReader, span: ForeignRange) -> None:
        log.warning(
            "%d records that a zombie writer wrote to the changelog are repaired",
            span.end - span.start,
        )
        tp = TopicPartition(CHANGELOG_TOPIC, span.partition)
        async for _, record in reader.read({tp: (span.start, span.end)}):
            if span.partition in self._changelog.owned:
                has_own_days = zone_of(record.headers) == self._changelog.zone
                value = record.value if has_own_days else None
                client, changes = self._pages.join_stored(span.partition, record.key, value)
                self._add_changes(client, changes)
                self.repaired += 1
