"""Reads the recovered ledger into measures, a slice at a time, before new events flow.

RocksDB keeps keys in order, so the pages of a client come one after the other.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

import rocksdb

from rapport.streams.core.recounting import Amounts, count_page
from rapport.streams.shell.ledger_table import LedgerTable
from rapport.streams.shell.monitor import Monitor
from rapport.streams.shell.pages import counts

SLICE_PAGES: Final = 1_000
SLICE_SECONDS: Final = 0.02
"""How long reading may hold the loop before heartbeats and scrapes get their turn."""


class Restoring:
    """Gives the monitor what each client's pages count for."""

    def __init__(self, table: LedgerTable, monitor: Monitor) -> None:
        self._table, self._monitor = table, monitor
        self.pages = 0
        """How many were read the last time."""

    async def read(self) -> None:
        """Read every page of the partitions that are owned now.

        Does not return when a damaged store is met: the partition is being recovered anew, and
        Faust ends this call to begin another.
        """
        self.pages = 0
        clients: dict[bytes, Amounts] = {}
        for partition in self._table.owned():
            try:
                await self._read(partition, clients)
            except rocksdb.errors.Error as error:
                self._table.rebuild(partition, error)
                await asyncio.Event().wait()
        for name, amounts in clients.items():
            self._monitor.restore(name.decode(), amounts)
            await asyncio.sleep(0)

    async def _read(self, partition: int, clients: dict[bytes, Amounts]) -> None:
        items = self._table.data.items(partition)
        get = self._table.data._db_for_partition(partition).get  # noqa: SLF001 # Faust's own asks every partition
        started = time.perf_counter()
        while some := list(islice(items, SLICE_PAGES)):
            self.pages += len(some)
            count_pages(some, get, clients)
            if time.perf_counter() - started > SLICE_SECONDS:
                await asyncio.sleep(0)
                started = time.perf_counter()


def count_pages(
    items: Iterable[tuple[bytes, bytes]],
    get: Callable[[bytes], bytes | None],
    clients: dict[bytes, Amounts],
) -> None:
    """Add what stored pages count for to the amounts of their clients.

    The id of a client is a slug: no bar is in it.
    """
    name, amounts = b"", Amounts()
    for key, value in items:
        if counts(key, value, get):
            if not (name and key.startswith(name)):
                client = key.rsplit(b"|", 3)[0]
                amounts = clients.setdefault(client, {})
                name = client + b"|"
            count_page(value, amounts)
