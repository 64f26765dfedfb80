"""Page store: the ledger's pages in a key-value table, split in halves when they grow."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from math import inf
from typing import Final, Protocol

from rapport.domain.ledger.page import (
    SPLIT_ENTRIES,
    CountChange,
    Entry,
    Outcome,
    Page,
    decode,
    encode,
)

SPLIT_MARK: Final = b"\xc1split"
"""The value of a page that is split in two halves; no MessagePack value begins with 0xc1."""
WHOLE_PAGE: Final = b"|0|0"
"""The end of the key of a whole page: depth 0, no hash bits."""
DEPTH_MAX: Final = 20
CACHED_ENTRIES_MAX: Final = 1_000_000
PageId = tuple[int, str, int]
"""Partition, client and day of a whole page."""


class PageTable(Protocol):
    """The key-value table below the pages."""

    def get(self, partition: int, key: bytes, /) -> bytes | None:
        """Return the value of a key in a partition's store, or None."""


class Leaf:
    """A page in memory: its client, its day, and the low bits of the hashes that it holds."""

    __slots__ = ("bits", "client", "day", "depth", "halves", "page", "parent", "partition")

    def __init__(
        self, partition: int, client: str, day: int, parent: "Leaf | None" = None, bits: int = 0
    ) -> None:
        self.partition, self.client, self.day = partition, client, day
        self.bits, self.parent = bits, parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.page = Page()
        self.halves: tuple[Leaf, Leaf] | None = None

    def split(self) -> tuple["Leaf", "Leaf"]:
        """Return two empty halves, which the next bit of the hash selects."""
        self.halves = (
            Leaf(self.partition, self.client, self.day, self, self.bits),
            Leaf(self.partition, self.client, self.day, self, self.bits | 1 << self.depth),
        )
        return self.halves

    def ancestors(self) -> Iterator["Leaf"]:
        """Yield the split pages above this one."""
        parent = self.parent
        while parent is not None:
            yield parent
            parent = parent.parent

    def leaves(self) -> Iterator["Leaf"]:
        """Yield the pages that hold the entries of this page."""
        if self.halves is None:
            yield self
        for half in self.halves or ():
            yield from half.leaves()

    @property
    def key(self) -> bytes:
        """The key of this page in the table."""
        return f"{self.client}|{self.day}|{self.depth}|{self.bits}".encode()


class PageStore:
    """Pages over a table: `join` entries, then store the pages of `take_touched`."""

    def __init__(self, table: PageTable, split_entries: int = SPLIT_ENTRIES) -> None:
        self._table = table
        self._split_entries = split_entries
        self._roots: dict[tuple[str, int], Leaf] = {}
        self._touched: dict[int, Leaf] = {}
        self._removed: dict[int, dict[bytes, None]] = {}
        """Partition -> keys of pages that are to be removed, in order."""
        self._late: dict[PageId, set[bytes]] = {}
        """Page -> keys that a zombie writer wrote after the page was removed."""
        self._cached_entries = 0
        self.first_day = -inf
        """Pages of earlier days are removed, and not created again."""

    def join(
        self,
        page_id: PageId,
        rows: tuple[Sequence[int], Sequence[Entry]],
        changes: list[CountChange],
        counts: Counter[Outcome],
    ) -> list[int]:
        """Join (entities, entries) into a page.

        Appends the changes to `changes`, counts the outcomes in `counts`, and returns the rows in
        conflict. A duplicate touches its page too: after a crash the local store may hold a write
        that the changelog never got, so a redelivered event must rewrite its page.
        """
        leaf = self._root(page_id)
        conflicts: list[int] = []
        fresh: list[Entry] = []
        pages = self._pages_of(leaf, rows[0])
        for row, (entity, entry, page) in enumerate(zip(*rows, pages, strict=True)):
            entries = page.entries
            if entity not in entries:
                entries[entity] = entry
                fresh.append(entry)
                continue
            outcome = page.join(entity, entry, changes)
            counts[outcome] += 1
            if outcome is Outcome.CONFLICT:
                conflicts.append(row)
        counts[Outcome.APPLIED] += len(fresh)
        self._cached_entries += len(fresh)
        if fresh:
            changes.append(CountChange(fresh, 1))
        return conflicts

    def _root(self, page_id: PageId) -> Leaf:
        """Return the whole page of a client and day, split or not."""
        leaf = self._roots.get(page_id[1:])
        if leaf is None:
            leaf = self._roots[page_id[1:]] = self._load(Leaf(*page_id))
        return leaf

    def _pages_of(self, leaf: Leaf, entities: Sequence[int]) -> Iterable[Page]:
        """Return the page of each entity, and mark it as touched."""
        if leaf.halves is None:
            self._touched[id(leaf)] = leaf
            return repeat(leaf.page, len(entities))
        return [self._page_below(leaf, entity) for entity in entities]

    def _page_below(self, leaf: Leaf, entity: int) -> Page:
        while leaf.halves is not None:
            leaf = leaf.halves[entity >> leaf.depth & 1]
        self._touched[id(leaf)] = leaf
        return leaf.page

    def join_stored(
        self, partition: int, key: bytes, value: bytes | None
    ) -> tuple[str, list[CountChange]]:
        """Join a page that a zombie writer stored; return its client and the changes.

        The page is written again even without changes, to replace the foreign value. A page older
        than the horizon is removed again.
        """
        client, digits, _, _ = key.decode().rsplit("|", 3)
        page_id, changes = (partition, client, int(digits)), list[CountChange]()
        if page_id[2] < self.first_day:
            if value is not None:
                self._late.setdefault(page_id, set()).add(key)
            return client, changes
        if value is not None and value != SPLIT_MARK:
            entries = decode(value).entries
            self.join(page_id, (list(entries), list(entries.values())), changes, Counter())
        leaves = self._root(page_id).leaves()
        self._touched.update((id(leaf), leaf) for leaf in leaves if leaf.page.entries)
        return client, changes

    def remove(self, page_id: PageId, keys: Iterable[bytes]) -> None:
        """Remove a client's day, as these keys, with the next write.

        The key of the whole page comes first: without it none of its halves is live. The pages must
        not wait to be written: `touches` says whether they do.
        """
        self._removed.setdefault(page_id[0], {}).update(dict.fromkeys(keys))
        self._roots.pop(page_id[1:], None)

    def touches(self, first_day: int) -> bool:
        """Return whether a page before a day waits to be written, or any page to be removed."""
        return bool(self._removed) or any(leaf.day < first_day for leaf in self._touched.values())

    def take_late(self) -> dict[PageId, set[bytes]]:
        """Return page -> keys that a zombie writer wrote after the page was removed; clear them."""
        late, self._late = self._late, {}
        return late

    def removals(self) -> int:
        """Return how many pages wait to be removed."""
        return sum(map(len, self._removed.values()))

    def take_removals(self) -> dict[int, dict[bytes, None]]:
        """Return partition -> keys to remove, and clear them."""
        removed, self._removed = self._removed, {}
        return removed

    def take_touched(self) -> list[Leaf]:
        """Return the touched pages, and clear them; `encode_pages` gives their values."""
        leaves = list(self._touched.values())
        self._touched.clear()
        return leaves

    def encode_pages(self, leaves: Iterable[Leaf]) -> dict[int, dict[bytes, bytes]]:
        """Return partition -> key -> value of pages, for the caller to store."""
        values: dict[int, dict[bytes, bytes]] = {}
        for leaf in leaves:
            stored_here = values.setdefault(leaf.partition, {})
            self._write(leaf, stored_here)
            # A mark is rewritten with its halves, as a duplicate rewrites its page.
            stored_here.update((above.key, SPLIT_MARK) for above in leaf.ancestors())
        return values

    def trim(self) -> None:
        """Bound the memory; call it when every page that was taken is stored."""
        if self._cached_entries > CACHED_ENTRIES_MAX:
            waiting = {(leaf.client, leaf.day) for leaf in self._touched.values()}
            self._roots = {key: self._roots[key] for key in waiting}
            self._cached_entries = 0

    def forget(self) -> None:
        """Drop every page from memory; the table keeps what was stored."""
        self._touched.clear()
        self._removed.clear()
        self._late.clear()
        self._roots.clear()
        self._cached_entries = 0

    def _load(self, leaf: Leaf) -> Leaf:
        value = self._table.get(leaf.partition, leaf.key)
        if value == SPLIT_MARK:
            for half in leaf.split():
                self._load(half)
        elif value is not None:
            leaf.page = decode(value)
            self._cached_entries += len(leaf.page.entries)
        return leaf

    def _write(self, leaf: Leaf, values: dict[bytes, bytes]) -> None:
        entries = leaf.page.entries
        if leaf.halves is None and (len(entries) <= self._split_entries or leaf.depth >= DEPTH_MAX):
            values[leaf.key] = encode(leaf.page, leaf.day)
            return
        if leaf.halves is None:
            halves = leaf.split()
            for entity, entry in entries.items():
                halves[entity >> leaf.depth & 1].page.entries[entity] = entry
            leaf.page = Page()
        # The mark goes last: until it is written, the whole page is live.
        for half in leaf.halves or ():
            self._write(half, values)
        values[leaf.key] = SPLIT_MARK


def is_live_page(key: bytes, value: bytes, get: Callable[[bytes], bytes | None]) -> bool:
    """Return whether a stored page is live; `get` reads another page of its partition.

    A split mark holds nothing. A half is not live while a page above it is not marked as split: the
    worker ended between the two writes. Either the page above still holds the half's entries, or it
    is removed and the half is next.
    """
    if value == SPLIT_MARK:
        return False
    if key.endswith(WHOLE_PAGE):
        return True
    client, day, depth, digits = key.rsplit(b"|", 3)
    bits = int(digits)
    for level in reversed(range(int(depth))):
        bits &= ~(1 << level)
        if get(b"%b|%b|%d|%d" % (client, day, level, bits)) != SPLIT_MARK:
            return False
    return True
