"""Kinds of desk entries, and which of them have an id of their own."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

RECORDED_SOURCE: Final = "urn:rapport:desk"
"""CloudEvents source of what the forms and `rapport record` write: each may correct the other's."""
PLAN_ID: Final = "plan"
"""A source has one plan per client."""


class DeskKind(NamedTuple):
    """One kind of entry."""

    name: str
    id_field: str | None = None
    """Field with the id under which it is revised; None: the event's own id identifies it."""
    from_every_source: bool = True
    """Whether it is kept from every source. Other kinds hold no text, and are kept from
    `RECORDED_SOURCE` alone, so that people can take back what they recorded."""


_TABLE: Final = {
    "touchpoint-held": DeskKind("touchpoint", from_every_source=False),
    "signal-heard": DeskKind("signal", from_every_source=False),
    "proposal-decided": DeskKind("proposal", from_every_source=False),
    "profile-updated": DeskKind("profile"),
    "promise-made": DeskKind("promise", "promise_id"),
    "promise-settled": DeskKind("settlement", "promise_id"),
    "action-recorded": DeskKind("action", "action_id"),
    "plan-recorded": DeskKind("plan"),
    "note-recorded": DeskKind("note", "note_id"),
    "concern-acknowledged": DeskKind("acknowledgement", "concern"),
}
KIND_OF_TYPE: Final = {f"rapport.relationship.{name}.v1": kind for name, kind in _TABLE.items()}
"""Event type -> the kind of its entries."""
KINDS: Final = {kind.name: kind for kind in _TABLE.values()}
"""Name -> kind."""


def own_id(kind: str, data: Mapping[str, Any]) -> str | None:
    """Return the id under which an entry is revised; None when its event's id identifies it.

    >>> own_id("plan", {}), own_id("note", {"note_id": "7"}), own_id("settlement", {"kept": True})
    ('plan', '7', None)
    """
    if kind == PLAN_ID:
        return PLAN_ID
    if kind == "settlement" and data.get("made_on") is None:
        return None
    return data.get(KINDS[kind].id_field or "")
