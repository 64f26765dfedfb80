"""What a file's rows become: records of events with deterministic ids, or a reason why not."""

from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel


class RowEvent(NamedTuple):
    """One event of a record, before its revision is known."""

    slot: str
    """Which of the record's events it is: `opened`, `resolved`, `reopened/1`, `purchase`…"""
    data: BaseModel
    at: datetime


class Record(NamedTuple):
    """What one row (or one ticket's history of rows) says."""

    line: int
    id: str
    events: list[RowEvent]
    day: int
    """The newest day that it speaks of, in days since 1970-01-01."""


class Rejection(NamedTuple):
    """One row that is not taken."""

    line: int
    path: str
    reason: str


class Skipped(NamedTuple):
    """One row that the mapping leaves out on purpose."""

    line: int
    why: str


Outcome = Record | Rejection | Skipped
ROW_ID_CHARACTERS_MAX = 128


def event_id(record_id: str, slot: str, revision: int = 0) -> str:
    """Return the CloudEvents id of a record's event; each revision is an event of its own.

    >>> event_id("INC1", "resolved"), event_id("INC1", "resolved", 2)
    ('INC1/resolved', 'INC1/resolved/2')
    """
    return f"{record_id}/{slot}/{revision}" if revision else f"{record_id}/{slot}"
