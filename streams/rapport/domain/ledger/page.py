"""Ledger pages: one page per client and day, with the latest fact of each entity.

A page is a join semilattice (a state-based CRDT): per entity it keeps the greatest (revision, day,
fact). Applying an event twice, or events in any order, therefore gives the same page, byte for
byte. A correction is a higher revision of its entity; a cancellation is one with the fact
`RETRACTED`. A day of more than `SPLIT_ENTRIES` entities is split over 2^n pages by the low bits of
the entity's hash; n depends on the number of entities only, so not on their order either.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from rapport.domain.ledger.fact_codec import CodedFact, encode_fact
from rapport_schemas.wire.errors import RapportError

PAGE_VERSION = 1
RETRACTED: CodedFact = encode_fact(("nothing",))
SPLIT_ENTRIES = 2048
FACT_INDEX_BYTES = 4


class PageVersionError(RapportError):
    """Page that a newer version of Rapport wrote."""

    def __init__(self, version: object) -> None:
        super().__init__(
            f"a page of the ledger has version {version}, and this program reads versions 1 to "
            f"{PAGE_VERSION}: a newer Rapport wrote it. Start that version or a later one. "
            "Nothing was changed"
        )


class Posting(NamedTuple):
    """Posting of one event: a revision of an entity, with its day and its fact."""

    entity: int
    """64-bit hash of the entity's identity."""
    revision: int
    day: int
    """Days since 1970-01-01 on which the fact counts."""
    fact: CodedFact


class Outcome(IntEnum):
    """Result of joining a posting into its page."""

    APPLIED = 0
    DUPLICATE = 1
    SUPERSEDED = 2
    CONFLICT = 3


Entry = tuple[int, int, CodedFact]
"""(revision, day, fact): of two entries for one entity the page keeps the greater one."""


class CountChange(NamedTuple):
    """Entries that the measures count `times` times more; less, when `times` is negative."""

    entries: Sequence[Entry]
    times: int


def join_outcome(present: tuple[Any, ...], new: tuple[Any, ...]) -> Outcome:
    """Return the result of joining an entry to the present one; both begin with their revision.

    >>> join_outcome((0, b"a"), (1, b"a")).name, join_outcome((1, b"a"), (0, b"b")).name
    ('APPLIED', 'SUPERSEDED')
    >>> join_outcome((1, b"a"), (1, b"a")).name, join_outcome((1, b"a"), (1, b"b")).name
    ('DUPLICATE', 'CONFLICT')
    """
    if present == new:
        return Outcome.DUPLICATE
    if present[0] == new[0]:
        return Outcome.CONFLICT
    return Outcome.SUPERSEDED if new < present else Outcome.APPLIED


class Page:
    """Entries of one client on one day, or of one hash slice of a split day."""

    __slots__ = ("entries",)

    def __init__(self, entries: dict[int, Entry] | None = None) -> None:
        self.entries: dict[int, Entry] = {} if entries is None else entries

    def join(self, entity: int, new: Entry, changes: list[CountChange]) -> Outcome:
        """Join one entry into the page, and append the changes to `changes`.

        Of two contents for one revision the page keeps the greater, whichever came first; the
        result then is `CONFLICT`.

        >>> page, changes = Page(), []
        >>> entry = (0, 20000, encode_fact(("ticket.reopened",)))
        >>> page.join(7, entry, changes).name, page.join(7, entry, changes).name, len(changes)
        ('APPLIED', 'DUPLICATE', 1)
        """
        present = self.entries.get(entity)
        if present is None:
            self.entries[entity] = new
            changes.append(CountChange((new,), 1))
            return Outcome.APPLIED
        if new > present:
            self.entries[entity] = new
            changes.append(CountChange((present,), -1))
            changes.append(CountChange((new,), 1))
        return join_outcome(present, new)


_ENCODER = msgspec.msgpack.Encoder()


class _Stored(msgspec.Struct, array_like=True):
    """Columnar form of a page: distinct facts, and per entity the index of its fact."""

    version: int
    day: int
    facts: list[bytes]
    """The distinct facts of the page, in order."""
    shifts: bytes
    """Per fact, the days from the page's day to its own; empty when all are 0."""
    entities: bytes
    fact_indexes: bytes
    """Per entity, the index of its fact."""
    revisions: bytes
    """Empty when all are 0."""


_DECODER = msgspec.msgpack.Decoder(_Stored)
_REVISION, _DAY, _FACT, _DATED_FACT = itemgetter(0), itemgetter(1), itemgetter(2), itemgetter(1, 2)


def encode(page: Page, day: int) -> bytes:
    """Return the encoding of a page; equal pages have equal bytes.

    >>> fact = encode_fact(("ticket.reopened",))
    >>> a, b = Page({1: (0, 5, fact), 2: (0, 5, RETRACTED)}), Page()
    >>> b.entries = dict(reversed(a.entries.items()))
    >>> encode(a, 5) == encode(b, 5)
    True
    """
    entities = sorted(page.entries)
    entries = list(map(page.entries.__getitem__, entities))
    facts, shifts, fact_indexes = _fact_columns(entries, day)
    stored = _Stored(
        PAGE_VERSION,
        day,
        facts,
        shifts,
        array("Q", entities).tobytes(),
        array("I", fact_indexes).tobytes(),
        array("I", map(_REVISION, entries)).tobytes() if any(map(_REVISION, entries)) else b"",
    )
    return _ENCODER.encode(stored)


def _fact_columns(entries: list[Entry], day: int) -> tuple[list[CodedFact], bytes, Iterable[int]]:
    """Return the distinct facts in order, their shifts from `day`, and each entry's fact index."""
    if all(map(day.__eq__, map(_DAY, entries))):
        own = list(map(_FACT, entries))
        facts = sorted(set(own))
        index = dict(zip(facts, range(len(facts)), strict=True))
        return facts, b"", map(index.__getitem__, own)
    dated = list(map(_DATED_FACT, entries))
    distinct = sorted(set(dated))
    dated_index = dict(zip(distinct, range(len(distinct)), strict=True))
    shifts = array("i", [fact_day - day for fact_day, _ in distinct]).tobytes()
    return [fact for _, fact in distinct], shifts, map(dated_index.__getitem__, dated)


def decode(value: bytes) -> Page:
    """Return the page that `encode` wrote, in this version or an earlier one.

    Raises `PageVersionError` when a newer version wrote it.
    """
    stored = _stored(value)
    shifts = _numbers("i", stored.shifts) or repeat(0, len(stored.facts))
    dated = [(stored.day + shift, fact) for shift, fact in zip(shifts, stored.facts, strict=True)]
    fact_indexes = _numbers("I", stored.fact_indexes)
    revisions = _numbers("I", stored.revisions) or [0] * len(fact_indexes)
    # Equal entries are one object: a page of tickets has few different entries.
    distinct: dict[tuple[int, int], Entry] = {}
    for revision, index in set(zip(revisions, fact_indexes, strict=True)):
        distinct[revision, index] = (revision, *dated[index])
    entries = map(distinct.__getitem__, zip(revisions, fact_indexes, strict=True))
    return Page(dict(zip(_numbers("Q", stored.entities), entries, strict=True)))


def iter_facts(value: bytes) -> Iterable[tuple[int, CodedFact, int]]:
    """Return (day, fact, times) of each fact of an encoded page, without decoding its entries.

    Raises `PageVersionError` when a newer version wrote the page.
    """
    stored = _stored(value)
    facts = stored.facts
    shifts = _numbers("i", stored.shifts) if stored.shifts else None
    days = repeat(stored.day) if shifts is None else map(stored.day.__add__, shifts)
    if len(stored.fact_indexes) == len(facts) * FACT_INDEX_BYTES:
        return zip(days, facts, repeat(1))
    counts = Counter(_numbers("I", stored.fact_indexes))
    return zip(days, facts, map(counts.__getitem__, range(len(facts))), strict=False)


def _stored(value: bytes) -> _Stored:
    try:
        stored = _DECODER.decode(value)
    except msgspec.ValidationError:
        columns: object = msgspec.msgpack.decode(value)
        version = columns[0] if isinstance(columns, list) and columns else None
        raise PageVersionError(version) from None
    if stored.version > PAGE_VERSION:
        raise PageVersionError(stored.version)
    return stored


def _numbers(kind: str, column: bytes) -> "array[int]":
    numbers: array[int] = array(kind)
    numbers.frombytes(column)
    return numbers
