"""Records: the events of a row with deterministic ids; or the reason why there is none."""

from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel

from rapport.importers.errors import RowError


class RowEvent(NamedTuple):
    """One event of a record, without a revision."""

    slot: str
    """The event's name within its record: `opened`, `resolved`, `reopened/1`, `purchase`…"""
    data: BaseModel
    at: datetime
    unread: tuple[RowError, ...] = ()
    """Why parts of the row are left out of the event: the answers that are not understood."""
    is_partial: bool = False
    """Whether the event itself lacks what is unread: then it corrects no published one."""


class SourceRecord(NamedTuple):
    """The events of one row, or of the rows of one ticket in a log."""

    line: int
    id: str
    events: list[RowEvent]
    day: int
    """The newest day among its dates, in days since 1970-01-01."""
    unread: tuple["Rejection", ...] = ()
    """The parts of the row that could not be read and are left out."""
    number: str = ""
    """The numbers of a row whose id is its content: its transaction, its invoice; or empty."""


class Rejection(NamedTuple):
    """One rejected row, or one answer of a row."""

    line: int
    path: str
    reason: str


class Skipped(NamedTuple):
    """One row that the mapping skips on purpose."""

    line: int
    reason: str


Outcome = SourceRecord | Rejection | Skipped
ROW_ID_CHARACTERS_MAX = 128


def event_id(record_id: str, slot: str, revision: int = 0) -> str:
    """Return the CloudEvents id of a record's event; each revision has its own.

    >>> event_id("INC1", "resolved"), event_id("INC1", "resolved", 2)
    ('INC1/resolved', 'INC1/resolved/2')
    """
    return f"{record_id}/{slot}/{revision}" if revision else f"{record_id}/{slot}"
