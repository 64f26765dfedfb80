"""The events of a plan's steps: what a record says at a revision, and what takes it back."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel
from xxhash import xxh3_64_intdigest

from rapport.domain.calendar import day_number
from rapport.importers.mapping.schema import Kind
from rapport.importers.rows.row import RowEvent, event_id
from rapport.importers.sync.diff import JournalEntry, PublishedRecord
from rapport_schemas.procurement import PurchaseCancelled, PurchaseCorrected, PurchaseRecorded
from rapport_schemas.survey import SurveyWithdrawn
from rapport_schemas.ticket import TicketWithdrawn
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Message(NamedTuple):
    """One event as it is published."""

    data: BaseModel
    id: str
    at: datetime


def published_record(event: RowEvent) -> PublishedRecord:
    """Return what an event says, as the plan compares it.

    Defaults are left out: a field that a later version adds must not change what was said.
    """
    data: Any = event.data
    day = day_number(event.at.date())
    parts = (
        CONTRACT_OF_MODEL[type(data)].type,
        event.at.isoformat(),
        data.model_dump_json(exclude_defaults=True),
    )
    content = xxh3_64_intdigest("\0".join(parts).encode())
    return PublishedRecord(data.client, day, content - 2**63, isinstance(data, PurchaseRecorded))


def recorded(record_id: str, event: RowEvent, known: JournalEntry) -> Message:
    """Return the event at the revision of `known`."""
    data = event.data
    if isinstance(data, PurchaseRecorded) and known.revision:
        data = _corrected(data, known)
    return Message(data, event_id(record_id, event.slot, known.revision), event.at)


def withdrawal(kind: Kind, record_id: str, slot: str, known: JournalEntry) -> Message:
    """Return what takes back the revision before that of `known`, which is withdrawn."""
    at = EPOCH + timedelta(days=known.day)
    name = event_id(record_id, slot, known.revision)
    if kind == "purchases":
        cancelled = PurchaseCancelled(
            client=known.client,
            purchase_id=record_id,
            revision=known.revision,
            purchased_on=at.date(),
        )
        return Message(cancelled, name, at)
    model = TicketWithdrawn if kind == "tickets" else SurveyWithdrawn
    wrong = event_id(record_id, slot, known.revision - 1)
    return Message(
        model(client=known.client, event_id=wrong, occurred_on=at.date()), f"{name}/withdrawn", at
    )


def _corrected(data: PurchaseRecorded, known: JournalEntry) -> PurchaseCorrected:
    home = (EPOCH + timedelta(days=known.day)).date()
    moved_to = None if home == data.purchased_on else data.purchased_on
    values = data.model_dump(exclude={"revision", "purchased_on"})
    return PurchaseCorrected(
        **values, revision=known.revision, purchased_on=home, moved_to=moved_to
    )
