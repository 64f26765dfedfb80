"""The ledger: one page per client and day, holding what each entity last said.

A page is a join semilattice: per entity it keeps the greatest (revision, day, fact). Applying an
event twice, or events in any order, therefore gives the same page, byte for byte. A correction is
a higher revision of the same entity; a cancellation is one that leaves the fact `RETRACTED`.

A day that grows past `SPLIT_ENTRIES` is spread over 2^n pages by the low bits of the entity's
hash. How many is a function of the number of entities alone, so it too is independent of order.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

import msgspec

from rapport.domain.ledger.fact_codec import CodedFact, encode_fact
from rapport_schemas.wire.errors import RapportError

PAGE_VERSION = 1
RETRACTED: CodedFact = encode_fact(("nothing",))
SPLIT_ENTRIES = 2048
FACT_INDEX_BYTES = 4


class PageVersionError(RapportError):
    """A page was written by a newer version of Rapport."""

    def __init__(self, found: object) -> None:
        super().__init__(
            f"a page of the ledger is of version {found}, and this program reads versions 1 to "
            f"{PAGE_VERSION}: a newer Rapport wrote it; start that version again, or a later one. "
            "Nothing was changed"
        )


class Posting(NamedTuple):
    """What one event says: which entity, which revision of it, on which day, and what."""

    entity: int
    """64-bit hash of what identifies the entity."""
    revision: int
    day: int
    """Days since 1970-01-01 on which the fact counts."""
    fact: CodedFact


class Outcome(IntEnum):
    """What became of a posting."""

    APPLIED = 0
    DUPLICATE = 1
    SUPERSEDED = 2
    CONFLICT = 3


Entry = tuple[int, int, CodedFact]
"""(revision, day, fact): of two entries for one entity the greater one stays."""


class Change(NamedTuple):
    """Entries that count `times` more often than before."""

    entries: Sequence[Entry]
    times: int


class Page:
    """The entries of one client on one day (or of one hash slice of a busy day)."""

    __slots__ = ("entries",)

    def __init__(self, entries: dict[int, Entry] | None = None) -> None:
        self.entries: dict[int, Entry] = {} if entries is None else entries

    def join(self, entity: int, new: Entry, changes: list[Change]) -> Outcome:
        """Join one entry into the page, and append what that changed to `changes`.

        Of two contents for one revision the greater stays, whichever came first: the page does
        not depend on order, and the conflict is reported to the caller.

        >>> page, changes = Page(), []
        >>> seen = (0, 20000, encode_fact(("ticket.reopened",)))
        >>> page.join(7, seen, changes).name, page.join(7, seen, changes).name, len(changes)
        ('APPLIED', 'DUPLICATE', 1)
        """
        kept = self.entries.get(entity)
        if kept is None:
            self.entries[entity] = new
            changes.append(Change((new,), 1))
            return Outcome.APPLIED
        if kept == new:
            return Outcome.DUPLICATE
        conflict = kept[0] == new[0]
        if new < kept:
            return Outcome.CONFLICT if conflict else Outcome.SUPERSEDED
        self.entries[entity] = new
        changes.append(Change((kept,), -1))
        changes.append(Change((new,), 1))
        return Outcome.CONFLICT if conflict else Outcome.APPLIED


_ENCODER = msgspec.msgpack.Encoder()


class _Stored(msgspec.Struct, array_like=True):
    """Columns: a fact is stored once, and each entity says which one is its own."""

    version: int
    day: int
    facts: list[bytes]
    """What is said on the page, in order."""
    shifts: bytes
    """Days after the page's own on which each fact counts; nothing when all are 0."""
    entities: bytes
    places: bytes
    """Which fact each entity says."""
    revisions: bytes
    """Nothing when all are 0."""


_DECODER = msgspec.msgpack.Decoder(_Stored)
_REVISION, _DAY, _FACT, _SAID = itemgetter(0), itemgetter(1), itemgetter(2), itemgetter(1, 2)


def encode(page: Page, day: int) -> bytes:
    """Return the one byte string that stands for the content of a page.

    >>> fact = encode_fact(("ticket.reopened",))
    >>> a, b = Page({1: (0, 5, fact), 2: (0, 5, RETRACTED)}), Page()
    >>> b.entries = dict(reversed(a.entries.items()))
    >>> encode(a, 5) == encode(b, 5)
    True
    """
    entities = sorted(page.entries)
    entries = list(map(page.entries.__getitem__, entities))
    facts, shifts, places = _facts(entries, day)
    stored = _Stored(
        PAGE_VERSION,
        day,
        facts,
        shifts,
        array("Q", entities).tobytes(),
        array("I", places).tobytes(),
        array("I", map(_REVISION, entries)).tobytes() if any(map(_REVISION, entries)) else b"",
    )
    return _ENCODER.encode(stored)


def _facts(entries: list[Entry], day: int) -> tuple[list[CodedFact], bytes, Iterable[int]]:
    """Return the distinct facts in order, the days after `day` of each, and whose is which."""
    if all(map(day.__eq__, map(_DAY, entries))):
        said = list(map(_FACT, entries))
        facts = sorted(set(said))
        place = dict(zip(facts, range(len(facts)), strict=True))
        return facts, b"", map(place.__getitem__, said)
    dated = list(map(_SAID, entries))
    distinct = sorted(set(dated))
    where = dict(zip(distinct, range(len(distinct)), strict=True))
    shifts = array("i", [at - day for at, _ in distinct]).tobytes()
    return [fact for _, fact in distinct], shifts, map(where.__getitem__, dated)


def decode(value: bytes) -> Page:
    """Return the page that `encode` wrote, in this version or an earlier one.

    Raises `PageVersionError` when it is of a newer version than this program's.
    """
    stored = _stored(value)
    said = _said(stored)
    places = _numbers("I", stored.places)
    revisions = _numbers("I", stored.revisions) or [0] * len(places)
    # Entries that say the same are one object: a page of tickets says few different things.
    made: dict[tuple[int, int], Entry] = {}
    for at in set(zip(revisions, places, strict=True)):
        made[at] = (at[0], *said[at[1]])
    entries = map(made.__getitem__, zip(revisions, places, strict=True))
    return Page(dict(zip(_numbers("Q", stored.entities), entries, strict=True)))


def iter_facts(value: bytes) -> Iterable[tuple[int, CodedFact, int]]:
    """Return (day, fact, times) of an encoded page, without reading its entries.

    Recovery reads every page of a year in this way.
    Raises `PageVersionError` when the page is of a newer version than this program's.
    """
    stored = _stored(value)
    facts = stored.facts
    shifts = _numbers("i", stored.shifts) if stored.shifts else None
    days = repeat(stored.day) if shifts is None else map(stored.day.__add__, shifts)
    if len(stored.places) == len(facts) * FACT_INDEX_BYTES:
        return zip(days, facts, repeat(1))
    counts = Counter(_numbers("I", stored.places))
    return zip(days, facts, map(counts.__getitem__, range(len(facts))), strict=False)


def _stored(value: bytes) -> _Stored:
    try:
        stored = _DECODER.decode(value)
    except msgspec.ValidationError:
        raise PageVersionError(_version_of(value)) from None
    if stored.version > PAGE_VERSION:
        raise PageVersionError(stored.version)
    return stored


def _version_of(value: bytes) -> object:
    found: object = msgspec.msgpack.decode(value)
    return found[0] if isinstance(found, list) and found else None


def _said(stored: _Stored) -> list[tuple[int, CodedFact]]:
    """Return (day, fact) in the order of the page."""
    shifts = _numbers("i", stored.shifts) or repeat(0, len(stored.facts))
    return [(stored.day + shift, fact) for shift, fact in zip(shifts, stored.facts, strict=True)]


def _numbers(kind: str, column: bytes) -> "array[int]":
    numbers: array[int] = array(kind)
    numbers.frombytes(column)
    return numbers
