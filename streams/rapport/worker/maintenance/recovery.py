"""Ledger recovery: reads the stored ledger into measures, before new events are consumed.

RocksDB keeps keys in order, so the pages of a client are adjacent. Every page is read, which finds
damage; the rollup cache has the measures of what did not change since the last start.
"""

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from typing import Final

from rapport.domain.ledger.rollup import Amounts, add_amounts
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.storage.rollup_cache import RollupCache, page_groups
from rapport.worker.storage.store_errors import StoreDamagedError
from rapport.worker.storage.table import LedgerTable
from rapport.worker.storage.tables import Storage

SLICE_SECONDS: Final = 0.02
"""How long reading may hold the loop before heartbeats and scrapes run."""


class LedgerRecovery:
    """Gives the scorer the measures of each client's pages."""

    def __init__(self, table: LedgerTable, scorer: Scorer) -> None:
        self._table, self._scorer = table, scorer
        self.pages = self.recounted_pages = 0
        """Pages of the last recovery, and how many of them were not in the rollup cache."""

        self._goes_on = False

    def begin(self) -> None:
        """Note that Faust recovers the local store now; `read` follows."""
        self.pages = self.recounted_pages = 0
        self._goes_on = True

    def samples(self) -> Iterator[Sample]:
        """Yield what a recovery has yet to read of the changelog, and what was read of pages."""
        remaining = self._table.remaining_records() if self._goes_on else 0
        yield Sample(pipeline.RECOVERY_REMAINING, (), remaining)
        yield Sample(pipeline.RECOVERY_PAGES, (), self.pages)

    async def read(self) -> None:
        """Read every page of the owned partitions.

        Does not return when a store is damaged: Faust recovers its partition again, and cancels
        this call.
        """
        self.pages = self.recounted_pages = 0
        clients: dict[bytes, Amounts] = {}
        for partition in self._table.owned():
            try:
                await self._read(partition, clients)
            except StoreDamagedError as error:
                self._table.rebuild(partition, error)
                await asyncio.Event().wait()
        for name, amounts in clients.items():
            self._scorer.restore(name.decode(), amounts)
            await asyncio.sleep(0)
        self._goes_on = False

    async def _read(self, partition: int, clients: dict[bytes, Amounts]) -> None:
        store = self._table.data
        cache = await asyncio.to_thread(RollupCache, store.rollup_path(partition))
        started = time.perf_counter()
        for client, pages in page_groups(store.items(partition), partial(store.value, partition)):
            self.pages += len(pages)
            add_amounts(clients.setdefault(client, {}), cache.amounts(pages))
            if time.perf_counter() - started > SLICE_SECONDS:
                await asyncio.sleep(0)
                started = time.perf_counter()
        self.recounted_pages += cache.recounted_pages
        await asyncio.to_thread(cache.save)


async def check_desk(storage: Storage) -> None:
    """Read every entry of the desk that is owned here, which finds damage and newer versions.

    Does not return when a store is damaged, as `LedgerRecovery.read`.
    """
    for partition in storage.recorded.owned():
        try:
            for _ in storage.desk.slices(partition):
                await asyncio.sleep(0)
        except StoreDamagedError as error:
            storage.recorded.rebuild(partition, error)
            await asyncio.Event().wait()
