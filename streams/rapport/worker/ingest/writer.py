"""Writer: group commit of the routed chunks, whose events are acknowledged only afterwards.

A page that many chunks touch is written once for all of them. No chunk is acknowledged before its
pages and its entries of the desk are in their changelogs, so a crash replays it.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

from aiokafka.errors import KafkaError

from rapport.kafka.record_batch import Chunk
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport.worker.ingest.router import RoutingResult
from rapport.worker.storage.changelog import Changelog
from rapport.worker.storage.desk_store import DeskStore
from rapport.worker.storage.pages import Leaf, PageStore

log = logging.getLogger(__name__)
TICK_SECONDS: Final = 0.05
GATHER_TICKS: Final = 10
"""How long chunks gather, while more come, before their pages are written."""
UNWRITTEN_RECORDS_MAX: Final = 200_000
"""Bounds memory, and what a crash replays."""
SLICE_PAGES: Final = 100
"""Pages that are encoded before other tasks run."""
WRITE: Final = "write"
REMOVED_AT_ONCE: Final = 1000
"""Pages that are removed before other tasks run."""
RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class RoutedChunk:
    """A chunk that is joined into the pages, but not yet in the changelog."""

    event: Any
    chunk: Chunk
    result: RoutingResult


class Writer:
    """Writes pages and side outputs, then acknowledges the chunks in the order of arrival."""

    def __init__(
        self,
        pages: PageStore,
        changelog: Changelog,
        desk: DeskStore,
        send_side_outputs: Callable[[RoutedChunk], Awaitable[None]],
        chunk_done: Callable[[RoutedChunk], None],
    ) -> None:
        self.pages_written = self.pages_removed = self._records_written = 0
        self.desk_entries_written = 0
        self._write_seconds = 0.0
        self._pages, self._changelog, self._desk = pages, changelog, desk
        self._send_side_outputs, self._chunk_done = send_side_outputs, chunk_done
        self._waiting: list[RoutedChunk] = []
        self._records = 0
        self._wake, self._room = asyncio.Event(), asyncio.Event()
        self._writing = asyncio.Lock()
        self._room.set()

    async def add(self, routed: RoutedChunk) -> None:
        """Queue a chunk; returns when there is room for another."""
        self._waiting.append(routed)
        self._records += routed.chunk.records_max
        self._wake.set()
        if self._records > UNWRITTEN_RECORDS_MAX:
            self._room.clear()
        await self._room.wait()

    def samples(self) -> Iterator[Sample]:
        """Yield how many pages were written and removed, and the records behind them."""
        yield Sample(pipeline.PAGES_WRITTEN, (), self.pages_written)
        yield Sample(pipeline.PAGES_REMOVED, (), self.pages_removed)
        yield Sample(pipeline.DESK_ENTRIES_WRITTEN, (), self.desk_entries_written)
        yield Sample(pipeline.STAGE_RECORDS, (WRITE,), self._records_written)
        yield Sample(pipeline.STAGE_SECONDS, (WRITE,), self._write_seconds)

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._wake.wait()
            await self._gather()
            await self.write_now()

    async def _gather(self) -> None:
        """Let chunks gather, until there are enough or no more come."""
        for _ in range(GATHER_TICKS):
            before = len(self._waiting)
            await asyncio.sleep(TICK_SECONDS)
            if len(self._waiting) == before or self._records > UNWRITTEN_RECORDS_MAX:
                return

    async def write_now(self) -> None:
        """Write every touched page; returns when Kafka has them."""
        async with self._writing:
            await self._write()

    def wake(self) -> None:
        """Write soon: a page is to be written or removed without a chunk."""
        self._wake.set()

    def paused(self) -> asyncio.Lock:
        """Return the lock during which nothing is written."""
        return self._writing

    async def drop(self) -> None:
        """Drop what is not written: the next owner of the partitions replays it."""
        async with self._writing:
            self._take()
            self._pages.forget()
            self._desk.forget()

    def _take(self) -> list[RoutedChunk]:
        taken, self._waiting, self._records = self._waiting, [], 0
        self._wake.clear()
        self._room.set()
        return taken

    async def _write(self) -> None:
        started = time.perf_counter()
        taken, leaves = self._take(), self._pages.take_touched()
        removals, recorded = self._pages.take_removals(), self._desk.take_joined()
        values = await self._encode(leaves)
        await asyncio.gather(*(self._write_partition(*item) for item in values.items()))
        await asyncio.gather(*(self._write_desk(*item) for item in recorded.items()))
        self._desk.written()
        await asyncio.gather(*(self._remove(*item) for item in removals.items()))
        for routed in taken:
            await self._send_side_outputs(routed)
            routed.event.ack()
            self._chunk_done(routed)
            self._records_written += routed.chunk.records_max
        self._pages.trim()
        self._write_seconds += time.perf_counter() - started

    async def _encode(self, leaves: list[Leaf]) -> dict[int, dict[bytes, bytes]]:
        values: dict[int, dict[bytes, bytes]] = {}
        remaining: Iterator[Leaf] = iter(leaves)
        while some := list(islice(remaining, SLICE_PAGES)):
            for partition, encoded in self._pages.encode_pages(some).items():
                values.setdefault(partition, {}).update(encoded)
            await asyncio.sleep(0)
        return values

    async def _write_partition(self, partition: int, values: dict[bytes, bytes]) -> None:
        await retry_until_acked(lambda: self._changelog.write(partition, values))
        self.pages_written += len(values)

    async def _write_desk(self, partition: int, values: dict[bytes, bytes | None]) -> None:
        await retry_until_acked(lambda: self._desk.write(partition, values))
        self.desk_entries_written += len(values)

    async def _remove(self, partition: int, keys: dict[bytes, None]) -> None:
        remaining: Iterator[bytes] = iter(keys)
        while some := list(islice(remaining, REMOVED_AT_ONCE)):
            tombstones: dict[bytes, None] = dict.fromkeys(some)
            await retry_until_acked(partial(self._changelog.write, partition, tombstones))
            self.pages_removed += len(tombstones)


async def retry_until_acked(work: Callable[[], Awaitable[object]]) -> None:
    """Do `work`; while Kafka does not answer, wait and try again."""
    while True:
        try:
            await work()
        except KafkaError as error:
            log.warning("Kafka did not answer (%s); trying again", error)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return
