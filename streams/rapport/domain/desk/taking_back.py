"""Events that take back what was recorded."""

from datetime import UTC, date, datetime

from rapport.domain.desk.content import read_content
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.kinds import own_id
from rapport_schemas.desk import EntryCancelled
from rapport_schemas.relationship import RelationshipWithdrawn


def taken_back(entry: DeskEntry) -> EntryCancelled | RelationshipWithdrawn | None:
    """Return the event that takes an entry back; None when it is taken back already.

    It must have the source of the entry's event: `read_content(entry.content).source`.
    """
    if entry.content is None:
        return None
    content = read_content(entry.content)
    name = own_id(entry.kind, content.data)
    made_on = content.data.get("made_on") if entry.kind == "settlement" else None
    if name is None:
        day = datetime.fromtimestamp(content.at, UTC).date()
        return RelationshipWithdrawn(
            client=entry.client, event_id=content.event_id, occurred_on=day
        )
    return EntryCancelled(
        client=entry.client,
        kind=entry.kind,  # type: ignore[arg-type] # the kinds with an id are those of the contract
        entry_id=name,
        revision=entry.revision + 1,
        made_on=None if made_on is None else date.fromisoformat(made_on),
    )
