"""What is overdue: still open after the day on which it was due, what waits longest first."""

import msgspec

from rapport.domain.desk.card import client_card
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.overdue import overdue_of

TODAY = 20_000
"""4 October 2024."""


def entry(kind, entity, **data):
    content = {"source": "urn:a", "event_id": str(entity), "at": 0, "data": data}
    return DeskEntry("finance", entity, 0, kind, 19_900, msgspec.json.encode(content))


def promise(entity, due_on):
    made = {"promise_id": str(entity), "made_on": "2024-06-01", "due_on": due_on}
    return entry("promise", entity, **made, what=f"promise {entity}")


def action(entity, due_on=None, status="open"):
    due = {} if due_on is None else {"due_on": due_on}
    return entry("action", entity, what=f"action {entity}", who="cio", status=status, **due)


def test_only_what_is_open_after_its_day_is_overdue():
    card = client_card(
        [
            promise(1, "2024-10-03"),
            promise(2, "2024-10-04"),
            promise(3, "2024-09-01"),
            entry("settlement", 4, promise_id="3", kept=False),
            action(5, "2024-09-30"),
            action(6),
            action(7, "2024-09-30", "done"),
            action(8, "2024-09-30", "dropped"),
        ]
    )
    found = overdue_of("finance", card, TODAY)
    assert [(one.kind, one.what, one.who, one.due) for one in found] == [
        ("action", "action 5", "cio", 19_996),
        ("promise", "promise 1", "", 19_999),
    ]
    assert {one.client for one in found} == {"finance"}
