"""Receipts: what the page after a form says was recorded; sealed, so that no other site says it."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Self

from pydantic import BaseModel

from rapport.domain.desk.kinds import KIND_OF_TYPE, own_id
from rapport.web.forms.forms import FORMS
from rapport.web.forms.seal import Subject
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

DONE: Final = "done."
"""The beginning of a form's name in the seal of its receipt."""


class EntryName(NamedTuple):
    """What has an id of its own."""

    kind: str
    id: str
    made_on: str = ""
    """Of a settlement: the day on which the promise was made."""


class Receipt(NamedTuple):
    """What was recorded."""

    form: str
    event_id: str
    at: str
    """The event's own time."""
    entry: EntryName = EntryName("", "")
    """Empty for an event."""

    @classmethod
    def of(cls, form: str, event_id: str, at: str, event: BaseModel) -> Self:
        """Return the receipt of an event."""
        return cls(form, event_id, at, _entry(event))

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self | None:
        """Return the receipt of an address; None without one."""
        form, event_id, at, *entry = (query.get(name, "") for name in NAMES)
        return cls(form, event_id, at, EntryName(*entry)) if form in FORMS else None

    def query(self) -> dict[str, str]:
        """Return it as the query of an address."""
        values = (self.form, self.event_id, self.at, *self.entry)
        return {name: value for name, value in zip(NAMES, values, strict=True) if value}

    def subject(self, user: str, client: str) -> Subject:
        """Return what its seal is about."""
        told = "\0".join((self.event_id, self.at, *self.entry))
        return Subject(user, DONE + self.form, client, told)


NAMES: Final = ("done", "id", "at", "kind", "entry_id", "made_on")


def _entry(event: BaseModel) -> EntryName:
    kind = KIND_OF_TYPE.get(CONTRACT_OF_MODEL[type(event)].type)
    data = event.model_dump(mode="json")
    name = None if kind is None else own_id(kind.name, data)
    if kind is None or name is None:
        return EntryName("", "")
    return EntryName(kind.name, name, data.get("made_on", "") if kind.name == "settlement" else "")
