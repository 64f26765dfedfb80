"""Desk store: what people recorded of each client, one key per client and entity.

Entries that are joined wait in memory until they are written; everything else is in the table.
"""

import asyncio
from collections.abc import Iterator, Mapping
from heapq import nlargest
from itertools import chain, islice
from math import inf
from typing import Final

from rapport.domain.desk.entries import DeskEntry, last_day
from rapport.domain.desk.stored import decode_entry, encode_entry, join_entries
from rapport.domain.ledger.page import Outcome
from rapport.worker.storage.changelog import Changelog

SLICE_ENTRIES: Final = 200
"""Entries that are read before other tasks run."""
ENTRIES_MAX: Final = 2_000
"""Entries of one client that are shown."""


class DeskStore:
    """Entries over a table: `join` them, then `write` what `take_joined` returns."""

    def __init__(self, table: Changelog) -> None:
        self._table = table
        self._joined: dict[int, dict[bytes, DeskEntry | None]] = {}
        """Partition -> key -> the entry to write; None to remove it."""
        self._taken: dict[int, dict[bytes, DeskEntry | None]] = {}
        """What is being written."""
        self._changed: set[str] = set()
        """Clients of which an entry was written since `take_changed`."""
        self.first_day = -inf
        """Entries of earlier days are removed, and not created again."""

    def join(self, partition: int, entry: DeskEntry) -> Outcome:
        """Join an entry of a client by its own id.

        A duplicate is written again too, as a duplicate writes its page of the ledger again.
        """
        key = key_of(entry.client, entry.entity)
        outcome, kept = join_entries(self._present(partition, key), entry)
        self._joined.setdefault(partition, {})[key] = kept
        return outcome

    def join_stored(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Join what a zombie writer stored, and write the result over it.

        An entry that is past its retention is removed again.
        """
        present = self._present(partition, key)
        found = None if value is None else decode_entry(*_identity(key), value)
        if present is None and (found is None or last_day(found) < self.first_day):
            self._joined.setdefault(partition, {})[key] = None
        elif found is not None:
            self.join(partition, found)
        else:
            self._joined.setdefault(partition, {})[key] = present

    def expire(self, partition: int, key: bytes, first_day: int) -> None:
        """Remove an entry if no day of it is `first_day` or later."""
        present = self._present(partition, key)
        if present is not None and last_day(present) < first_day:
            self._joined.setdefault(partition, {})[key] = None

    def waits(self) -> bool:
        """Return whether anything is not written yet."""
        return bool(self._joined or self._taken)

    def take_joined(self) -> dict[int, dict[bytes, bytes | None]]:
        """Return partition -> key -> the value to write, None to remove it; then call `written`."""
        self._taken, self._joined = self._joined, {}
        return {
            partition: {
                key: None if entry is None else encode_entry(entry)
                for key, entry in entries.items()
            }
            for partition, entries in self._taken.items()
        }

    async def write(self, partition: int, values: Mapping[bytes, bytes | None]) -> None:
        """Write values of `take_joined`; raises `KafkaError`."""
        await self._table.write(partition, values)

    def written(self) -> None:
        """Note that everything that was taken is in the table."""
        keys = chain.from_iterable(self._taken.values())
        self._changed.update(_identity(key)[0] for key in keys)
        self._taken = {}

    def take_changed(self) -> set[str]:
        """Return the clients of which an entry was written since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    def forget(self) -> None:
        """Drop what is not written; the table keeps what was stored."""
        self._joined, self._taken = {}, {}

    def read(
        self, partition: int, first: bytes = b"", prefix: bytes = b""
    ) -> tuple[list[DeskEntry], bytes | None]:
        """Return some stored entries from a key on, and the key to continue at.

        Ends at the first key without `prefix`; raises `StoreDamagedError`.
        """
        found: list[DeskEntry] = []
        for key, value in islice(self._table.items(partition, first), SLICE_ENTRIES):
            if not key.startswith(prefix):
                return found, None
            found.append(decode_entry(*_identity(key), value))
            first = key + b"\0"
        return found, first if len(found) == SLICE_ENTRIES else None

    def slices(self, partition: int, prefix: bytes = b"") -> Iterator[list[DeskEntry]]:
        """Yield the stored entries whose key has a prefix, some at a time.

        No iterator of the store is kept in between: a store that moves must be closed.
        """
        first: bytes | None = prefix
        while first is not None:
            found, first = self.read(partition, first, prefix)
            yield found

    async def of_client(self, partition: int, client: str) -> list[DeskEntry]:
        """Return the newest `ENTRIES_MAX` entries of a client, in no order."""
        newest: list[DeskEntry] = []
        for entries in self.slices(partition, prefix_of(client)):
            newest += entries
            if len(newest) > ENTRIES_MAX:
                newest = nlargest(ENTRIES_MAX, newest, key=lambda entry: entry.day)
            await asyncio.sleep(0)
        return newest

    def _present(self, partition: int, key: bytes) -> DeskEntry | None:
        for entries in (self._joined, self._taken):
            waiting = entries.get(partition, {})
            if key in waiting:
                return waiting[key]
        value = self._table.get(partition, key)
        return None if value is None else decode_entry(*_identity(key), value)


def key_of(client: str, entity: int) -> bytes:
    """Return the key of an entry.

    >>> key_of("finance", 255)
    b'finance|00000000000000ff'
    """
    return b"%b%016x" % (prefix_of(client), entity)


def prefix_of(client: str) -> bytes:
    """Return the beginning of the keys of a client's entries."""
    return f"{client}|".encode()


def _identity(key: bytes) -> tuple[str, int]:
    client, _, digits = key.decode().rpartition("|")
    return client, int(digits, 16)
