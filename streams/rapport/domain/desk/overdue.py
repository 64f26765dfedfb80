"""Overdue promises and actions: what is still open after the day on which it was due."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from rapport.domain.calendar import day_number
from rapport.domain.desk.card import OPEN, ClientCard, Recorded


class Overdue(NamedTuple):
    """A promise or an action that is overdue."""

    client: str
    kind: str
    """`promise` or `action`."""
    what: str
    """As it was recorded."""
    who: str
    """The role or team that acts; empty for a promise."""
    due: int
    """The day on which it was due."""


def overdue_of(client: str, card: ClientCard, today: int) -> list[Overdue]:
    """Return what of a client is overdue, what waits longest first.

    >>> from rapport.domain.desk.card import client_card
    >>> overdue_of("finance", client_card([]), 20_000)
    []
    """
    return sorted(_overdue(client, card, today), key=lambda one: (one.due, one.kind, one.what))


def _overdue(client: str, card: ClientCard, today: int) -> Iterator[Overdue]:
    promised = (("promise", promise.made) for promise in card.promises if promise.state == OPEN)
    planned = (("action", one) for one in card.actions if one.data["status"] == OPEN)
    for kind, one in (*promised, *planned):
        due = _due(one)
        if due is not None and due < today:
            yield Overdue(client, kind, one.data["what"], one.data.get("who", ""), due)


def _due(one: Recorded) -> int | None:
    text = one.data.get("due_on")
    return None if text is None else day_number(date.fromisoformat(text))
