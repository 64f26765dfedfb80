"""The forms: which event each of them records, and with which fields."""

from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel

from rapport.domain.concerns.kinds import KINDS
from rapport.domain.desk.kinds import PLAN_ID
from rapport.web.forms.fields import FormField, fields_of, number_field
from rapport_schemas.desk import (
    ActionRecorded,
    ConcernAcknowledged,
    EntryCancelled,
    NoteRecorded,
    PlanRecorded,
)
from rapport_schemas.fields import ScoreTargets
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
HAPPENED_ON: Final = FormField("happened_on", "day", is_required=True)
"""The day of an event that has none of its own: it becomes the time of the event."""
PROMISE: Final = FormField("promise", "promise", is_required=False)
"""Which promise was kept or broken: the day on which it was made, a space and its id."""
CONCERNS: Final = tuple(kind.name for kind in KINDS)
TARGETS: Final = tuple(number_field(f"targets.{name}") for name in ScoreTargets.model_fields)


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
    entry_kind: str = ""
    """The kind of entry that it records or changes; empty for an event."""
    carried: tuple[FormField, ...] = ()
    """Fields that a link fills in and that are not shown."""
    rule_field: str = ""
    """The field that a rule on several fields is about."""

    @property
    def shown(self) -> tuple[FormField, ...]:
        """All fields that are shown, in the order of the page."""
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
        Form(
            "profile",
            ProfileUpdated,
            fields_of(ProfileUpdated, "facet", "held_from", "statement", "link"),
            prefilled=frozenset({"facet"}),
        ),
        Form(
            "promise",
            PromiseMade,
            fields_of(PromiseMade, "what", "made_on", "due_on", "link"),
            asks_day=False,
            id_field="promise_id",
            entry_kind="promise",
        ),
        Form(
            "settled",
            PromiseSettled,
            (PROMISE, *fields_of(PromiseSettled, "kept")),
            prefilled=frozenset({"promise", "kept"}),
            entry_kind="settlement",
        ),
        _form("proposal", ProposalDecided, "initiated_by", "accepted"),
        Form(
            "action",
            ActionRecorded,
            (
                *fields_of(ActionRecorded, "what", "kind", "who", "due_on"),
                FormField("concern", "select", is_required=False, choices=CONCERNS),
                *fields_of(ActionRecorded, "status", "done_on", "link"),
            ),
            asks_day=False,
            prefilled=frozenset({"concern", "status"}),
            id_field="action_id",
            entry_kind="action",
            rule_field="done_on",
        ),
        Form(
            "note",
            NoteRecorded,
            fields_of(NoteRecorded, "happened_on", "text", "link"),
            asks_day=False,
            id_field="note_id",
            entry_kind="note",
        ),
        Form(
            "plan",
            PlanRecorded,
            (
                *fields_of(PlanRecorded, "text", "stage"),
                *TARGETS,
                *fields_of(PlanRecorded, "review_on", "link"),
            ),
            asks_day=False,
            entry_kind=PLAN_ID,
        ),
        Form(
            "acknowledgement",
            ConcernAcknowledged,
            (
                FormField("concern", "select", is_required=True, choices=CONCERNS),
                *fields_of(ConcernAcknowledged, "reason", "until"),
            ),
            asks_day=False,
            prefilled=frozenset({"concern", "points"}),
            entry_kind="acknowledgement",
            carried=fields_of(ConcernAcknowledged, "points"),
        ),
        Form(
            CANCEL,
            EntryCancelled,
            fields_of(EntryCancelled, "kind", "entry_id"),
            asks_day=False,
            prefilled=frozenset({"kind", "entry_id", "made_on"}),
            rule_field="kind",
            carried=fields_of(EntryCancelled, "made_on"),
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
