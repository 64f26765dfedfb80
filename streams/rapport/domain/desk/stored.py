"""Stored form of desk entries, and the join of two of one entity.

Per entity the entry with the greatest (revision, content) stays, whatever the order and the number
of times in which entries come. The day is not compared: it depends on the time zone, and events may
be read again in another one.
"""

from typing import Final

import msgspec

from rapport.domain.desk.entries import DeskEntry
from rapport.domain.ledger.page import Outcome, join_outcome
from rapport_schemas.wire.errors import RapportError

ENTRY_VERSION: Final = 1


class EntryVersionError(RapportError):
    """Entry that a newer version of Rapport wrote."""

    def __init__(self, version: object) -> None:
        super().__init__(
            f"an entry of the desk has version {version}, and this program reads versions 1 to "
            f"{ENTRY_VERSION}: a newer Rapport wrote it. Start that version or a later one. "
            "Nothing was changed"
        )


class _Stored(msgspec.Struct, array_like=True):
    version: int
    revision: int
    kind: str
    day: int
    content: bytes | None


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Stored)
_VERSION: Final = msgspec.msgpack.Decoder(list[msgspec.Raw])


def encode_entry(entry: DeskEntry) -> bytes:
    """Return the stored form of an entry; its client and its entity are in the key.

    >>> entry = DeskEntry("finance", 7, 2, "note", 20000, b"{}")
    >>> decode_entry("finance", 7, encode_entry(entry)) == entry
    True
    """
    _, _, revision, kind, day, content = entry
    return _ENCODER.encode(_Stored(ENTRY_VERSION, revision, kind, day, content))


def decode_entry(client: str, entity: int, value: bytes) -> DeskEntry:
    """Return a stored entry; raises `EntryVersionError` when a newer version wrote it."""
    version = msgspec.msgpack.decode(_VERSION.decode(value)[0])
    if version != ENTRY_VERSION:
        raise EntryVersionError(version)
    stored = _DECODER.decode(value)
    return DeskEntry(client, entity, stored.revision, stored.kind, stored.day, stored.content)


def join_entries(present: DeskEntry | None, new: DeskEntry) -> tuple[Outcome, DeskEntry]:
    """Return the result of joining an entry to the present one, and the entry that stays.

    >>> note = DeskEntry("finance", 7, 0, "note", 20000, b"moved")
    >>> join_entries(None, note)[0].name, join_entries(note, note)[0].name
    ('APPLIED', 'DUPLICATE')
    >>> outcome, kept = join_entries(note._replace(revision=1, content=None), note)
    >>> outcome.name, kept.content
    ('SUPERSEDED', None)
    """
    if present is None:
        return Outcome.APPLIED, new
    outcome = join_outcome(_order(present), _order(new))
    return outcome, max(present, new, key=lambda entry: (*_order(entry), entry.day))


def _order(entry: DeskEntry) -> tuple[int, bytes, str]:
    return entry.revision, entry.content or b"", entry.kind
