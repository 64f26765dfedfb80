"""The ledger's pages in a key-value table: found, split when they grow, written, and removed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from math import inf
from typing import Final, Protocol

from rapport.domain.ledger.page import (
    SPLIT_ENTRIES,
    Change,
    Entry,
    Outcome,
    Page,
    decode,
    encode,
)

SPLIT_MARK: Final = b"\xc1split"
"""The value of a page whose entries moved to its two halves; 0xc1 begins no MessagePack value."""
WHOLE_PAGE: Final = b"|0|0"
"""How the key of a page ends that is no half of another."""
DEPTH_MAX: Final = 20
CACHED_ENTRIES_MAX: Final = 1_000_000


class Table(Protocol):
    """What pages need of a key-value table."""

    def get(self, partition: int, key: bytes, /) -> bytes | None:
        """Return the value of a key in a partition's store, or None."""


class Leaf:
    """A page in memory and its place: client, day, and the low bits of the hashes it holds."""

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
        """Return two empty halves, told apart by the next bit of the hash."""
        self.halves = (
            Leaf(self.partition, self.client, self.day, self, self.bits),
            Leaf(self.partition, self.client, self.day, self, self.bits | 1 << self.depth),
        )
        return self.halves

    def ancestors(self) -> Iterator["Leaf"]:
        """Yield the pages that were split on the way to this one."""
        parent = self.parent
        while parent is not None:
            yield parent
            parent = parent.parent

    def leaves(self) -> Iterator["Leaf"]:
        """Yield the pages that hold this one's entries."""
        if self.halves is None:
            yield self
        for half in self.halves or ():
            yield from half.leaves()

    @property
    def key(self) -> bytes:
        """The key of this page in the table."""
        return f"{self.client}|{self.day}|{self.depth}|{self.bits}".encode()


class PageStore:
    """Pages over a table: `join` entries, `take` what they touched, and store what it is now."""

    def __init__(self, table: Table, split_entries: int = SPLIT_ENTRIES) -> None:
        self._table = table
        self._split_entries = split_entries
        self._roots: dict[tuple[str, int], Leaf] = {}
        self._touched: dict[int, Leaf] = {}
        self._removed: dict[int, dict[bytes, None]] = {}
        """Partition -> keys of pages that are to be removed, in order."""
        self._late: dict[tuple[int, str, int], set[bytes]] = {}
        """Place -> keys that somebody else wrote there after it was past the horizon."""
        self._cached_entries = 0
        self.first_day = -inf
        """Pages of earlier days are removed, and not made again."""

    def join(
        self,
        place: tuple[int, str, int],
        rows: tuple[Sequence[int], Sequence[Entry]],
        changes: list[Change],
        counts: Counter[Outcome],
    ) -> list[int]:
        """Join (entities, entries) into the page at (partition, client, day).

        Appends what that changed to `changes`, counts what became of each in `counts`, and returns
        the rows that were in conflict. A page is touched even by a duplicate: after a crash the
        local store may hold a write that the changelog never got, so a redelivered event must
        rewrite its page.
        """
        leaf = self._root(place)
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
            changes.append(Change(fresh, 1))
        return conflicts

    def _root(self, place: tuple[int, str, int]) -> Leaf:
        """Return the whole page of a client and day, be it split or not."""
        leaf = self._roots.get(place[1:])
        if leaf is None:
            leaf = self._roots[place[1:]] = self._load(Leaf(*place))
        return leaf

    def _pages_of(self, leaf: Leaf, entities: Sequence[int]) -> Iterable[Page]:
        """Return the page that each entity is on, and note that it is touched."""
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
    ) -> tuple[str, list[Change]]:
        """Join a page as somebody else stored it; return its client, and what that changed.

        It is written again whatever that changed: something else stands in its place. One that is
        past the horizon goes again.
        """
        client, digits, _, _ = key.decode().rsplit("|", 3)
        place, changes = (partition, client, int(digits)), list[Change]()
        if place[2] < self.first_day:
            if value is not None:
                self._late.setdefault(place, set()).add(key)
            return client, changes
        if value is not None and value != SPLIT_MARK:
            entries = decode(value).entries
            self.join(place, (list(entries), list(entries.values())), changes, Counter())
        leaves = self._root(place).leaves()
        self._touched.update((id(leaf), leaf) for leaf in leaves if leaf.page.entries)
        return client, changes

    def remove(self, place: tuple[int, str, int], keys: Iterable[bytes]) -> None:
        """Have the pages of a client's day be removed by the next write.

        The key of the whole page comes first: once it is removed, none of its halves counts. What
        is to be written there must be written before: `touches` tells.
        """
        self._removed.setdefault(place[0], {}).update(dict.fromkeys(keys))
        self._roots.pop(place[1:], None)

    def touches(self, first_day: int) -> bool:
        """Return whether pages of before a day wait to be written, or any to be removed."""
        return bool(self._removed) or any(leaf.day < first_day for leaf in self._touched.values())

    def take_late(self) -> dict[tuple[int, str, int], set[bytes]]:
        """Return place -> keys of what came back although it is past the horizon."""
        late, self._late = self._late, {}
        return late

    def removals(self) -> int:
        """Return how many pages wait to be removed."""
        return sum(map(len, self._removed.values()))

    def take_removals(self) -> dict[int, dict[bytes, None]]:
        """Return partition -> keys that are to be removed, and begin anew."""
        removed, self._removed = self._removed, {}
        return removed

    def take_touched(self) -> list[Leaf]:
        """Return the pages that were touched, and begin anew; `written` gives what they are."""
        leaves = list(self._touched.values())
        self._touched.clear()
        return leaves

    def encode_pages(self, leaves: Iterable[Leaf]) -> dict[int, dict[bytes, bytes]]:
        """Return partition -> key -> value of pages as they are now, for the caller to store."""
        values: dict[int, dict[bytes, bytes]] = {}
        for leaf in leaves:
            stored_here = values.setdefault(leaf.partition, {})
            self._write(leaf, stored_here)
            # A mark is rewritten with its halves, as a duplicate rewrites its page.
            stored_here.update((above.key, SPLIT_MARK) for above in leaf.ancestors())
        return values

    def trim(self) -> None:
        """Bound the memory; call it when all that was taken is stored."""
        if self._cached_entries > CACHED_ENTRIES_MAX:
            waiting = {(leaf.client, leaf.day) for leaf in self._touched.values()}
            self._roots = {place: self._roots[place] for place in waiting}
            self._cached_entries = 0

    def forget(self) -> None:
        """Drop every page from memory; what was stored is in the table."""
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
        # The mark goes last: while it is not there, the whole page still stands in its place.
        for half in leaf.halves or ():
            self._write(half, values)
        values[leaf.key] = SPLIT_MARK


def is_live_page(key: bytes, value: bytes, get: Callable[[bytes], bytes | None]) -> bool:
    """Return whether a stored page counts; `get` reads another page of its partition.

    A mark holds nothing. A half counts for nothing while a page above it is not marked as split:
    the worker ended between the two. Either the page above still holds what the half holds, or it
    is removed, and the half is about to be.
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
