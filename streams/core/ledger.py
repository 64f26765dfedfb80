"""The ledger: one page per client and day, holding what each entity last said.

A page is a join semilattice: per entity it keeps the greatest (revision, day, fact). Applying an
event twice, or events in any order, therefore gives the same page, byte for byte. A correction is
a higher revision of the same entity; a cancellation is one that leaves the fact `NOTHING`.

A day that grows past `SPLIT_ENTRIES` is spread over 2^n pages by the low bits of the entity's
hash. How many is a function of the number of entities alone, so it too is independent of order.
"""

from array import array
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

import msgspec

from rapport.streams.core.measures import Fact

PAGE_VERSION = 1
NOTHING: Fact = ("nothing",)
SPLIT_ENTRIES = 2048


class Posting(NamedTuple):
    """What one event says: which entity, which revision of it, on which day, and what."""

    entity: int
    """64-bit hash of what identifies the entity."""
    revision: int
    day: int
    """Days since 1970-01-01 on which the fact counts."""
    fact: Fact


class Outcome(IntEnum):
    """What became of a posting."""

    APPLIED = 0
    DUPLICATE = 1
    SUPERSEDED = 2
    CONFLICT = 3


class Change(NamedTuple):
    """A signed change of the count of a fact on a day."""

    day: int
    fact: Fact
    times: int


Entry = tuple[int, int, Fact]
"""(revision, day, fact), compared in that order."""


class Page:
    """The entries of one client on one day (or of one hash slice of a busy day)."""

    __slots__ = ("entries",)

    def __init__(self, entries: dict[int, Entry] | None = None) -> None:
        self.entries: dict[int, Entry] = {} if entries is None else entries

    def apply(self, posting: Posting, changes: list[Change]) -> Outcome:
        """Join `posting` into the page, and append what that changed to `changes`.

        Of two contents for one revision the greater stays, whichever came first: the page does
        not depend on order, and the conflict is reported to the caller.

        >>> page, changes = Page(), []
        >>> seen = Posting(7, 0, 20000, ("ticket.reopened",))
        >>> page.apply(seen, changes).name, page.apply(seen, changes).name, len(changes)
        ('APPLIED', 'DUPLICATE', 1)
        """
        entity, revision, day, fact = posting
        kept = self.entries.get(entity)
        new = (revision, day, fact)
        if kept is None:
            self.entries[entity] = new
            changes.append(Change(day, fact, 1))
            return Outcome.APPLIED
        if kept == new:
            return Outcome.DUPLICATE
        conflict = kept[0] == revision
        if not _greater(new, kept):
            return Outcome.CONFLICT if conflict else Outcome.SUPERSEDED
        self.entries[entity] = new
        changes.append(Change(kept[1], kept[2], -1))
        changes.append(Change(day, fact, 1))
        return Outcome.CONFLICT if conflict else Outcome.APPLIED

    def changes(self) -> Iterator[Change]:
        """Yield what the whole page counts for, as if it were new."""
        for _, day, fact in self.entries.values():
            yield Change(day, fact, 1)


def _greater(new: Entry, kept: Entry) -> bool:
    if new[0] != kept[0]:
        return new[0] > kept[0]
    if new[1] != kept[1]:
        return new[1] > kept[1]
    # Facts of different kinds hold values that do not compare; their text always does.
    return repr(new[2]) > repr(kept[2])


_ENCODER = msgspec.msgpack.Encoder()


class _Stored(msgspec.Struct, array_like=True):
    version: int
    day: int
    facts: list[tuple[int, int, msgspec.Raw]]
    entities: bytes
    revisions: bytes
    places: bytes


_DECODER = msgspec.msgpack.Decoder(_Stored)
_FACT_DECODER = msgspec.msgpack.Decoder(tuple)


def encode(page: Page, day: int) -> bytes:
    """Return the one byte string that stands for the content of a page.

    >>> a, b = Page({1: (0, 5, ("ticket.reopened",)), 2: (0, 5, NOTHING)}), Page()
    >>> b.entries = dict(reversed(a.entries.items()))
    >>> encode(a, 5) == encode(b, 5)
    True
    """
    entries = page.entries
    entities = sorted(entries)
    counts: dict[tuple[int, Fact], int] = {}
    for _, at, fact in entries.values():
        counts[at, fact] = counts.get((at, fact), 0) + 1
    facts = sorted(
        (
            (at - day, count, _ENCODER.encode(fact), (at, fact))
            for (at, fact), count in counts.items()
        ),
        key=lambda row: (row[0], row[2]),
    )
    place = {row[3]: index for index, row in enumerate(facts)}
    stored = _Stored(
        PAGE_VERSION,
        day,
        [(shift, count, msgspec.Raw(fact)) for shift, count, fact, _ in facts],
        array("Q", entities).tobytes(),
        array("I", [entries[entity][0] for entity in entities]).tobytes(),
        array("I", [place[entries[entity][1:]] for entity in entities]).tobytes(),
    )
    return _ENCODER.encode(stored)


def decode(value: bytes) -> Page:
    """Return the page that `encode` wrote."""
    stored = _DECODER.decode(value)
    facts = [(stored.day + shift, _fact(raw)) for shift, _, raw in stored.facts]
    entities, revisions, places = array("Q"), array("I"), array("I")
    entities.frombytes(stored.entities)
    revisions.frombytes(stored.revisions)
    places.frombytes(stored.places)
    return Page(
        {
            entity: (revision, *facts[place])
            for entity, revision, place in zip(entities, revisions, places, strict=True)
        }
    )


def stored_changes(value: bytes) -> Iterator[Change]:
    """Yield what an encoded page counts for, without reading its entries (recovery is long)."""
    stored = _DECODER.decode(value)
    for shift, count, raw in stored.facts:
        yield Change(stored.day + shift, _fact(raw), count)


def _fact(raw: msgspec.Raw) -> Fact:
    return _frozen(_FACT_DECODER.decode(raw))


def _frozen(values: Iterable[object]) -> Fact:
    return tuple(_frozen(item) if isinstance(item, list | tuple) else item for item in values)
