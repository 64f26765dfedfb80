"""Reads the recovered ledger into measures, a stretch at a time, before new events flow.

RocksDB keeps keys in order, so the pages of a client come one after the other. Every page is read,
which finds what is damaged; only what changed since the last start is counted.
"""

import asyncio
import time
from typing import Final

import rocksdb

from rapport.domain.ledger.rollup import Amounts, add_amounts
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.storage.rollup_cache import RollupCache, page_groups
from rapport.worker.storage.table import LedgerTable

SLICE_SECONDS: Final = 0.02
"""How long reading may hold the loop before heartbeats and scrapes get their turn."""


class LedgerRecovery:
    """Gives the scorer what each client's pages count for."""

    def __init__(self, table: LedgerTable, scorer: Scorer) -> None:
        self._table, self._scorer = table, scorer
        self.pages = self.recounted_pages = 0
        """How many pages there were the last time, and how many of them had to be counted."""

    async def read(self) -> None:
        """Read every page of the partitions that are owned now.

        Does not return when a damaged store is met: the partition is being recovered anew, and
        Faust ends this call to begin another.
        """
        self.pages = self.recounted_pages = 0
        clients: dict[bytes, Amounts] = {}
        for partition in self._table.owned():
            try:
                await self._read(partition, clients)
            except rocksdb.errors.Error as error:
                self._table.rebuild(partition, error)
                await asyncio.Event().wait()
        for name, amounts in clients.items():
            self._scorer.restore(name.decode(), amounts)
            await asyncio.sleep(0)

    async def _read(self, partition: int, clients: dict[bytes, Amounts]) -> None:
        counted = await asyncio.to_thread(RollupCache, self._table.data.rollup_path(partition))
        items = self._table.data.items(partition)
        get = self._table.data._db_for_partition(partition).get  # noqa: SLF001 # Faust's own asks every partition
        started = time.perf_counter()
        for client, pages in page_groups(items, get):
            self.pages += len(pages)
            add_amounts(clients.setdefault(client, {}), counted.amounts(pages))
            if time.perf_counter() - started > SLICE_SECONDS:
                await asyncio.sleep(0)
                started = time.perf_counter()
        self.recounted_pages += counted.recounted_pages
        await asyncio.to_thread(counted.keep)
