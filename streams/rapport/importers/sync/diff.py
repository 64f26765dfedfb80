"""The difference between a file and what was published: pure and deterministic.

The journal is a write-ahead log of published events: an entry is written before its event is sent,
and marked when Kafka has acknowledged it. After a crash, entries without an acknowledgement are
sent again.
"""

from typing import Literal, NamedTuple

Change = Literal["new", "corrected", "withdrawn", "resent", "unchanged"]


class JournalEntry(NamedTuple):
    """The last published state of one event of a record."""

    client: str
    day: int
    """Days since 1970-01-01: the ledger's page."""
    revision: int
    content: int
    """64-bit hash of the event's type, time and data."""
    withdrawn: bool
    acknowledged: bool


class RowState(NamedTuple):
    """The state of one event of a record in the file."""

    client: str
    day: int
    content: int
    correctable: bool
    """A purchase is corrected in place; any other event is withdrawn and published anew."""


class Step(NamedTuple):
    """The change of one event: a withdrawal, then a new revision; either may be absent."""

    change: Change
    withdraw: JournalEntry | None = None
    record: JournalEntry | None = None


def step(published: JournalEntry | None, row: RowState | None) -> Step:
    """Return what to publish of one event, given its journal entry and its state in the file.

    >>> first = RowState("finance", 20000, 11, correctable=False)
    >>> step(None, first).record._asdict() == {
    ...     "client": "finance", "day": 20000, "revision": 0, "content": 11,
    ...     "withdrawn": False, "acknowledged": False,
    ... }
    True
    """
    if published is None:
        return Step("unchanged") if row is None else Step("new", record=_entry(row, 0))
    if published.withdrawn:
        return _after_withdrawal(published, row)
    if row is None:
        return Step("withdrawn", withdrawn_entry(published))
    return _in_force(published, row)


def _after_withdrawal(published: JournalEntry, row: RowState | None) -> Step:
    unacknowledged = None if published.acknowledged else published
    if row is None:
        return Step("resent" if unacknowledged else "unchanged", withdraw=unacknowledged)
    return Step("corrected", unacknowledged, _entry(row, published.revision + 1))


def _in_force(published: JournalEntry, row: RowState) -> Step:
    if published.content == row.content:
        return Step("unchanged") if published.acknowledged else Step("resent", record=published)
    if row.correctable and row.client == published.client:
        corrected = _entry(row, published.revision + 1)._replace(day=published.day)
        return Step("corrected", record=corrected)
    withdrawn = withdrawn_entry(published)
    return Step("corrected", withdrawn, _entry(row, withdrawn.revision + 1))


def _entry(row: RowState, revision: int) -> JournalEntry:
    return JournalEntry(
        row.client, row.day, revision, row.content, withdrawn=False, acknowledged=False
    )


def withdrawn_entry(published: JournalEntry) -> JournalEntry:
    """Return the entry of the withdrawal of a published event."""
    return published._replace(revision=published.revision + 1, withdrawn=True, acknowledged=False)
