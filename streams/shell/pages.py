"""The ledger's pages in a key-value table: found, split when they grow, written once a batch."""

from collections.abc import Iterator
from typing import Final, Protocol

from rapport.streams.core.ledger import (
    SPLIT_ENTRIES,
    Change,
    Outcome,
    Page,
    Posting,
    decode,
    encode,
    stored_changes,
)

SPLIT_MARK: Final = b"\xc1split"
"""The value of a page whose entries moved to its two halves; 0xc1 begins no MessagePack value."""
DEPTH_MAX: Final = 20
CACHED_PAGES_MAX: Final = 50_000


class Table(Protocol):
    """What pages need of a key-value table."""

    def get(self, key: bytes, /) -> bytes | None:
        """Return the value of a key, or None."""


class Leaf:
    """A page in memory and its place: client, day, and the low bits of the hashes it holds."""

    __slots__ = ("bits", "client", "day", "depth", "halves", "page", "parent")

    def __init__(self, client: str, day: int, parent: "Leaf | None" = None, bits: int = 0) -> None:
        self.client, self.day, self.bits, self.parent = client, day, bits, parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.page = Page()
        self.halves: tuple[Leaf, Leaf] | None = None

    def split(self) -> tuple["Leaf", "Leaf"]:
        """Return two empty halves, told apart by the next bit of the hash."""
        self.halves = (
            Leaf(self.client, self.day, self, self.bits),
            Leaf(self.client, self.day, self, self.bits | 1 << self.depth),
        )
        return self.halves

    @property
    def key(self) -> bytes:
        """The key of this page in the table."""
        return f"{self.client}|{self.day}|{self.depth}|{self.bits}".encode()


class PageStore:
    """Pages over a table: `apply` postings, then `drain` what they touched, and store it."""

    def __init__(self, table: Table, split_entries: int = SPLIT_ENTRIES) -> None:
        self._table = table
        self._split_entries = split_entries
        self._roots: dict[tuple[str, int], Leaf] = {}
        self._touched: dict[int, Leaf] = {}
        self._loaded_pages = 0

    def apply(self, client: str, page_day: int, posting: Posting, changes: list[Change]) -> Outcome:
        """Join `posting` into its page; a page is touched even by a duplicate.

        A redelivered event must rewrite its page: after a crash the local store may hold a write
        that the changelog never got.
        """
        leaf = self._roots.get((client, page_day))
        if leaf is None:
            leaf = self._roots[client, page_day] = self._load(Leaf(client, page_day))
        while leaf.halves is not None:
            leaf = leaf.halves[posting.entity >> leaf.depth & 1]
        self._touched[id(leaf)] = leaf
        return leaf.page.apply(posting, changes)

    def drain(self) -> dict[bytes, bytes]:
        """Return every touched page once, as key -> value, for the caller to store."""
        values: dict[bytes, bytes] = {}
        for leaf in self._touched.values():
            self._write(leaf, values)
        values.update((leaf.key, SPLIT_MARK) for leaf in self._ancestors())
        self._touched.clear()
        return values

    def trim(self) -> None:
        """Bound the memory; call it when what was drained is stored."""
        if self._loaded_pages > CACHED_PAGES_MAX and not self._touched:
            self.forget()

    def forget(self) -> None:
        """Drop every page from memory; what was written is in the table."""
        self._touched.clear()
        self._roots.clear()
        self._loaded_pages = 0

    def _ancestors(self) -> Iterator[Leaf]:
        # A mark is rewritten with its halves, for the reason that a duplicate rewrites its page.
        for leaf in self._touched.values():
            parent = leaf.parent
            while parent is not None:
                yield parent
                parent = parent.parent

    def _load(self, leaf: Leaf) -> Leaf:
        self._loaded_pages += 1
        value = self._table.get(leaf.key)
        if value == SPLIT_MARK:
            for half in leaf.split():
                self._load(half)
        elif value is not None:
            leaf.page = decode(value)
        return leaf

    def _write(self, leaf: Leaf, values: dict[bytes, bytes]) -> None:
        entries = leaf.page.entries
        if len(entries) <= self._split_entries or leaf.depth >= DEPTH_MAX:
            values[leaf.key] = encode(leaf.page, leaf.day)
            return
        halves = leaf.split()
        for entity, entry in entries.items():
            halves[entity >> leaf.depth & 1].page.entries[entity] = entry
        leaf.page = Page()
        self._loaded_pages += 2
        for half in halves:
            self._write(half, values)
        values[leaf.key] = SPLIT_MARK


def stored(key: bytes, value: bytes) -> tuple[str, Iterator[Change]]:
    """Return the client of a stored page and what the page counts for."""
    client = key.split(b"|", 1)[0].decode()
    return client, iter(()) if value == SPLIT_MARK else stored_changes(value)
