"""Entries of the desk: what an event with text to keep leaves there.

Per client and entity the entry with the greatest (revision, day, content) stays, so that order and
repetition leave no trace. An entry without content takes back what was recorded: it stays too, so
that the original may come later.
"""

from datetime import date
from typing import Any, Final, NamedTuple

from rapport.domain.calendar import day_number
from rapport.domain.desk.content import EntryCode, encode_content, read_content
from rapport.domain.desk.kinds import KIND_OF_TYPE, PLAN_ID, RECORDED_SOURCE, DeskKind
from rapport.domain.ledger.entities import event_entity, named_entity

CANCELLED: Final = "rapport.relationship.cancelled.v1"
WITHDRAWN: Final = "rapport.relationship.withdrawn.v1"
WITHDRAWN_KIND: Final = "withdrawn"
"""Kind of an entry that takes back an event of which only the id is known."""
DESK_TYPES: Final = frozenset({*KIND_OF_TYPE, CANCELLED, WITHDRAWN})
"""Event types that may leave an entry. Some of them leave a posting in the ledger too."""
_RECORDED: Final = RECORDED_SOURCE.encode()
_LAST_DAYS: Final = ("due_on", "done_on", "until", "review_on", "happened_on")
"""Fields with a day until which an entry is of use."""


class DeskEntry(NamedTuple):
    """One entry: a revision of an entity, with the day of its event and its content."""

    client: str
    """The client, as the publisher names it."""
    entity: int
    """64-bit hash of the entity's identity."""
    revision: int
    kind: str
    day: int
    """Day of the event's own time, as days since 1970-01-01."""
    content: EntryCode | None
    """None: it was taken back."""


def desk_entry(
    event_type: str, data: Any, source: bytes, event_id: bytes, seconds: int, day: int
) -> DeskEntry | None:
    """Return the entry of a valid event; None for an event that leaves none.

    `data` is the contract's model or its compiled form, `source` and `event_id` are the CloudEvents
    attributes in UTF-8, `seconds` is the event's own time and `day` the day of it.
    """
    if event_type == WITHDRAWN:
        entity = event_entity(source, data.event_id.encode())
        return DeskEntry(data.client, entity, 1, WITHDRAWN_KIND, day, None)
    if event_type == CANCELLED:
        entity = named_entity(source, data.kind, data.entry_id)
        return DeskEntry(data.client, entity, data.revision, data.kind, day, None)
    kind = KIND_OF_TYPE.get(event_type)
    if kind is None:
        return None
    name = entry_id(kind, data)
    if source != _RECORDED and not _is_kept(kind, name):
        return None
    content = encode_content(source.decode(), event_id.decode(), seconds, data)
    if name is None:
        return DeskEntry(data.client, event_entity(source, event_id), 0, kind.name, day, content)
    entity = named_entity(source, kind.name, name)
    return DeskEntry(data.client, entity, data.revision, kind.name, day, content)


def entry_id(kind: DeskKind, data: Any) -> str | None:
    """Return the id under which an entry is revised; None when its event's id identifies it."""
    if kind.name == PLAN_ID:
        return PLAN_ID
    if kind.name == "settlement" and data.made_on is None:
        return None
    return getattr(data, kind.id_field) if kind.id_field else None


def _is_kept(kind: DeskKind, name: str | None) -> bool:
    """Return whether an entry is kept whatever its source."""
    return kind.from_every_source and (kind.name != "settlement" or name is not None)


def last_day(entry: DeskEntry) -> int:
    """Return the last day that an entry is about, from which its retention counts.

    >>> code = b'{"at":0,"data":{"due_on":"1970-02-01"},"event_id":"1","source":"urn:a"}'
    >>> last_day(DeskEntry("finance", 1, 0, "promise", 3, code))
    31
    """
    data = {} if entry.content is None else read_content(entry.content).data
    days = [day_number(date.fromisoformat(data[name])) for name in _LAST_DAYS if name in data]
    return max([entry.day, *days])
