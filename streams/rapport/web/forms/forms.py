"""The forms: which event each of them records, and with which fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

from rapport.web.forms.fields import FormField, fields_of
from rapport_schemas.desk import ActionRecorded, EntryCancelled, NoteRecorded
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseMade,
    PromiseSettled,
    ProposalDecided,
    RelationshipWithdrawn,
    SignalHeard,
    TouchpointHeld,
)

WITHDRAW: Final = "withdraw"
"""The form that takes an event back."""
CANCEL: Final = "cancel"
"""The form that takes back what has an id of its own."""
LAST_REVISION: Final = 2**31 - 1
"""Of what is taken back: no revision is higher."""
HAPPENED_ON: Final = FormField("happened_on", "day", is_required=True)
"""The day of an event that has none of its own: it becomes the time of the event."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form."""

    name: str
    model: type[BaseModel]
    own_fields: tuple[FormField, ...]
    """The fields of the contract."""
    asks_day: bool = True
    prefilled: frozenset[str] = field(default_factory=frozenset)
    """Fields that a link may fill in."""
    id_field: str = ""
    """The field whose value is the id of the form; empty without one."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Values that nobody types."""
    rule_field: str = ""
    """The field that a rule on several fields is about."""

    @property
    def fields(self) -> tuple[FormField, ...]:
        """All fields in the order of the page."""
        return (HAPPENED_ON, *self.own_fields) if self.asks_day else self.own_fields


def _form(name: str, model: type[BaseModel], *names: str) -> Form:
    return Form(name, model, fields_of(model, *names))


FORMS: Final = {
    form.name: form
    for form in (
        _form(
            "touchpoint",
            TouchpointHeld,
            *("kind", "roles", "teams", "topics", "message_carried", "note"),
        ),
        _form("signal", SignalHeard, "signal", "note"),
        _form("profile", ProfileUpdated, "facet", "held_from", "statement", "link"),
        Form(
            "promise",
            PromiseMade,
            fields_of(PromiseMade, "what", "made_on", "due_on", "link"),
            asks_day=False,
            id_field="promise_id",
        ),
        _form("settled", PromiseSettled, "kept"),
        _form("proposal", ProposalDecided, "initiated_by", "accepted"),
        Form(
            "action",
            ActionRecorded,
            fields_of(
                ActionRecorded,
                *("what", "kind", "who", "due_on", "concern", "status", "done_on", "link"),
            ),
            asks_day=False,
            prefilled=frozenset({"concern"}),
            id_field="action_id",
            rule_field="done_on",
        ),
        Form(
            "note",
            NoteRecorded,
            fields_of(NoteRecorded, "happened_on", "text", "link"),
            asks_day=False,
            id_field="note_id",
        ),
        Form(
            CANCEL,
            EntryCancelled,
            fields_of(EntryCancelled, "kind", "entry_id"),
            asks_day=False,
            prefilled=frozenset({"kind", "entry_id"}),
            fixed={"revision": LAST_REVISION},
            rule_field="kind",
        ),
        Form(
            WITHDRAW,
            RelationshipWithdrawn,
            fields_of(RelationshipWithdrawn, "event_id", "occurred_on"),
            asks_day=False,
            prefilled=frozenset({"event_id", "occurred_on"}),
        ),
    )
}
OFFERED: Final = tuple(name for name in FORMS if name not in {WITHDRAW, CANCEL})
"""The forms that a client's page leads to."""
