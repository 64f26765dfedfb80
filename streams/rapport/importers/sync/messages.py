"""The events of an import: a record at a revision, and the withdrawal of a revision."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from xxhash import xxh3_64_intdigest

from rapport.domain.calendar import dated, day_number
from rapport.importers.mapping.schema import Kind
from rapport.importers.rows.row import RowEvent, event_id
from rapport.importers.sync.diff import JournalEntry, RowState
from rapport_schemas.client import ClientRegistered, ClientRemoved
from rapport_schemas.fields import Withdrawal
from rapport_schemas.procurement import PurchaseCancelled, PurchaseCorrected, PurchaseRecorded
from rapport_schemas.relationship import RelationshipWithdrawn
from rapport_schemas.survey import SurveyWithdrawn
from rapport_schemas.ticket import TicketWithdrawn
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

WITHDRAWALS: Final[dict[Kind, type[Withdrawal]]] = {
    "tickets": TicketWithdrawn,
    "surveys": SurveyWithdrawn,
}
"""Kind -> the event that withdraws one of its events; `RelationshipWithdrawn` for the others."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Message(NamedTuple):
    """One event to publish."""

    data: BaseModel
    id: str
    at: datetime


def row_state(event: RowEvent) -> RowState:
    """Return the state of an event in the file, with a hash of its content.

    The hash leaves defaults out, so a field that a later version adds does not change it.
    """
    data: Any = event.data
    # A purchase is on the page of its own date, which another zone than UTC's may have.
    day = day_number(data.purchased_on if isinstance(data, PurchaseRecorded) else event.at.date())
    is_registration = isinstance(data, ClientRegistered)
    parts = (
        CONTRACT_OF_MODEL[type(data)].type,
        # A registration has no time of its own: it is that of the import.
        "" if is_registration else event.at.isoformat(),
        data.model_dump_json(exclude_defaults=True),
    )
    content = xxh3_64_intdigest("\0".join(parts).encode())
    correctable = is_registration or isinstance(data, PurchaseRecorded)
    return RowState(data.client, day, content - 2**63, correctable)


def recorded(record_id: str, event: RowEvent, entry: JournalEntry) -> Message:
    """Return the event at the revision of its journal entry."""
    data = event.data
    if isinstance(data, PurchaseRecorded) and entry.revision:
        data = _corrected(data, entry)
    return Message(data, event_id(record_id, event.slot, entry.revision), event.at)


def withdrawal(kind: Kind, record_id: str, slot: str, entry: JournalEntry) -> Message:
    """Return the event that withdraws the revision before that of `entry`."""
    client, at = entry.client, EPOCH + timedelta(days=entry.day)
    new_id = event_id(record_id, slot, entry.revision)
    if kind == "purchases":
        cancelled = PurchaseCancelled(
            client=client, purchase_id=record_id, revision=entry.revision, purchased_on=at.date()
        )
        return Message(cancelled, new_id, at)
    if kind == "clients":
        removed = ClientRemoved(client=client)
        return Message(removed, f"{new_id}/removed", datetime.now(UTC))
    model = WITHDRAWALS.get(kind, RelationshipWithdrawn)
    old_id = event_id(record_id, slot, entry.revision - 1)
    data = model(client=client, event_id=old_id, occurred_on=at.date())
    return Message(data, f"{new_id}/withdrawn", at)


def _corrected(data: PurchaseRecorded, entry: JournalEntry) -> PurchaseCorrected:
    page_day = dated(entry.day)
    return PurchaseCorrected(
        **data.model_dump(exclude={"revision", "purchased_on"}),
        revision=entry.revision,
        purchased_on=page_day,
        moved_to=None if page_day == data.purchased_on else data.purchased_on,
    )
