"""Writes what was folded, many chunks at a time, and only then acknowledges their events.

A page that many chunks touch is written once for all of them, as often as offsets are committed
anyway. Until its pages are in the changelog no chunk is acknowledged, so a crash replays it.
"""

import asyncio
import logging
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
from rapport.worker.storage.pages import Leaf, PageStore

log = logging.getLogger(__name__)
TICK_SECONDS: Final = 0.05
GATHER_TICKS: Final = 10
"""How long chunks gather, while more come, before their pages are written."""
UNWRITTEN_RECORDS_MAX: Final = 200_000
"""Bounds memory, and what a crash replays."""
SLICE_PAGES: Final = 100
"""Pages encoded before the loop may do something else."""
REMOVED_AT_ONCE: Final = 1000
"""Pages removed before the loop may do something else."""
RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class RoutedChunk:
    """A chunk that is in the pages, but not yet in the changelog."""

    event: Any
    chunk: Chunk
    batch: RoutingResult


class Writer:
    """Writes pages and what is set aside, then acknowledges, in the order of arrival."""

    def __init__(
        self,
        pages: PageStore,
        changelog: Changelog,
        set_aside: Callable[[RoutedChunk], Awaitable[None]],
        done: Callable[[RoutedChunk], None],
    ) -> None:
        self.pages_written = self.pages_removed = 0
        self._pages, self._changelog = pages, changelog
        self._set_aside, self._done = set_aside, done
        self._waiting: list[RoutedChunk] = []
        self._records = 0
        self._wake, self._room = asyncio.Event(), asyncio.Event()
        self._writing = asyncio.Lock()
        self._room.set()

    async def add(self, folded: RoutedChunk) -> None:
        """Take a chunk in hand; returns when there is room for another."""
        self._waiting.append(folded)
        self._records += folded.chunk.records_max
        self._wake.set()
        if self._records > UNWRITTEN_RECORDS_MAX:
            self._room.clear()
        await self._room.wait()

    def samples(self) -> Iterator[Sample]:
        """Return how many pages were written and removed so far."""
        yield Sample(pipeline.PAGES_WRITTEN, (), self.pages_written)
        yield Sample(pipeline.PAGES_REMOVED, (), self.pages_removed)

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
        """Write all that was touched; returns when Kafka has it."""
        async with self._writing:
            await self._write()

    def wake(self) -> None:
        """Write soon: a page was touched, or is to be removed, without a chunk."""
        self._wake.set()

    def paused(self) -> asyncio.Lock:
        """Return the lock that keeps anything from being written."""
        return self._writing

    async def drop(self) -> None:
        """Forget what is not written: its partitions move, and their next owner replays it."""
        async with self._writing:
            self._take()
            self._pages.forget()

    def _take(self) -> list[RoutedChunk]:
        taken, self._waiting, self._records = self._waiting, [], 0
        self._wake.clear()
        self._room.set()
        return taken

    async def _write(self) -> None:
        taken, leaves = self._take(), self._pages.take_touched()
        removed = self._pages.take_removals()
        values = await self._encoded(leaves)
        await asyncio.gather(*(self._write_partition(*item) for item in values.items()))
        await asyncio.gather(*(self._remove(*item) for item in removed.items()))
        for folded in taken:
            await self._set_aside(folded)
            folded.event.ack()
            self._done(folded)
        self._pages.trim()

    async def _encoded(self, leaves: list[Leaf]) -> dict[int, dict[bytes, bytes]]:
        values: dict[int, dict[bytes, bytes]] = {}
        rest: Iterator[Leaf] = iter(leaves)
        while some := list(islice(rest, SLICE_PAGES)):
            for partition, found in self._pages.encode_pages(some).items():
                values.setdefault(partition, {}).update(found)
            await asyncio.sleep(0)
        return values

    async def _write_partition(self, partition: int, values: dict[bytes, bytes]) -> None:
        await retry_until_acked(lambda: self._changelog.write(partition, values))
        self.pages_written += len(values)

    async def _remove(self, partition: int, keys: dict[bytes, None]) -> None:
        rest: Iterator[bytes] = iter(keys)
        while some := list(islice(rest, REMOVED_AT_ONCE)):
            gone: dict[bytes, None] = dict.fromkeys(some)
            await retry_until_acked(partial(self._changelog.write, partition, gone))
            self.pages_removed += len(gone)


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
