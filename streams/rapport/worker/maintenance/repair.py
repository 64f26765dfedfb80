"""Joins what another worker wrote over this worker's pages, so that it takes nothing away.

A worker that was frozen for longer than its session does not know, when it wakes, that its
partitions have moved; some of its pages may still reach the changelog, over newer ones. Offsets
give it away: records that this worker did not write lie between its own. So do terms, where they
were met by recovery. A page is a join semilattice, so the foreign page is joined into the own one,
and the own one is written again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from rapport.domain.ledger.page import Change
from rapport.kafka.topic_reader import TopicReader, TopicReadError, open_reader
from rapport.worker.ingest.writer import Writer
from rapport.worker.storage.changelog import Changelog
from rapport.worker.storage.fencing import ForeignRange
from rapport.worker.storage.pages import PageStore
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

log = logging.getLogger(__name__)
CHECK_SECONDS: Final = 5.0
Add = Callable[[str, Iterable[Change]], None]


class ZombieWriteRepair:
    """Looks for foreign records in the changelog of the partitions that this worker owns."""

    def __init__(
        self,
        kafka: Mapping[str, Any],
        changelog: Changelog,
        writer: Writer,
        pages: PageStore,
        add: Add,
    ) -> None:
        self.repaired = 0
        """Foreign pages that were joined."""
        self._kafka = dict(kafka)
        self._changelog, self._writer, self._pages, self._add = changelog, writer, pages, add

    async def follow(self) -> None:
        """Look now and then; a broker that does not answer is asked again. Never returns."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._check()
            except (KafkaError, OSError, TopicReadError) as error:
                log.warning("cannot look at the changelog (%s); looking again", error)

    async def _check(self) -> None:
        async with open_reader(self._kafka, CHANGELOG_TOPIC) as reader:
            async with self._writer.paused():
                places = [TopicPartition(CHANGELOG_TOPIC, one) for one in self._changelog.owned]
                ends = await reader.ends(places) if places else {}
                for place, end in ends.items():
                    self._changelog.note_end(place.partition, end)
                foreign_ranges = self._changelog.foreign_ranges
            for gap in foreign_ranges:
                await self._repair(reader, gap)
            if foreign_ranges:
                await self._writer.write_now()
                self._changelog.repaired(foreign_ranges)

    async def _repair(self, reader: TopicReader, gap: ForeignRange) -> None:
        log.warning("%d foreign records in the changelog are joined", gap.end - gap.start)
        place = TopicPartition(CHANGELOG_TOPIC, gap.partition)
        async for _, record in reader.read({place: (gap.start, gap.end)}):
            if gap.partition in self._changelog.owned:
                self._join(gap.partition, record.key, record.value)

    def _join(self, partition: int, key: bytes, value: bytes | None) -> None:
        client, changes = self._pages.join_stored(partition, key, value)
        self._add(client, changes)
        self.repaired += 1
