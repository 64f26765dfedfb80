"""What must be published so that the ledger says what a file says: pure, and the same each time.

A journal remembers what was published of every record. It is written before anything is sent, so
after a crash it knows more than Kafka, never less; what was not acknowledged is sent again.
"""

from typing import Literal, NamedTuple

Change = Literal["new", "corrected", "withdrawn", "again", "unchanged"]


class JournalEntry(NamedTuple):
    """What the journal has of one event of a record."""

    client: str
    day: int
    """Days since 1970-01-01: where the ledger files it."""
    revision: int
    content: int
    """64-bit hash of everything that the event says."""
    withdrawn: bool
    acknowledged: bool


class PublishedRecord(NamedTuple):
    """What the file says of one event of a record."""

    client: str
    day: int
    content: int
    correctable: bool
    """A purchase is corrected in its place; another event is withdrawn and sent anew."""


class Step(NamedTuple):
    """What to do about one event: withdraw first, then record; either may be nothing to do."""

    change: Change
    withdraw: JournalEntry | None = None
    record: JournalEntry | None = None


def step(known: JournalEntry | None, said: PublishedRecord | None) -> Step:
    """Return what to publish of one event, given what was published and what is true now.

    >>> first = Said("finance", 20000, 11, correctable=False)
    >>> step(None, first).record
    Known(client='finance', day=20000, revision=0, content=11, withdrawn=False, acknowledged=False)
    """
    if known is None:
        return Step("unchanged") if said is None else Step("new", record=_record(said, 0))
    if known.withdrawn:
        return _step_after_withdrawal(known, said)
    if said is None:
        return Step("withdrawn", _withdrawn(known))
    return _step_of_standing(known, said)


def _step_after_withdrawal(known: JournalEntry, said: PublishedRecord | None) -> Step:
    unsure = None if known.acknowledged else known
    if said is None:
        return Step("again" if unsure else "unchanged", withdraw=unsure)
    return Step("corrected", unsure, _record(said, known.revision + 1))


def _step_of_standing(known: JournalEntry, said: PublishedRecord) -> Step:
    if known.content == said.content:
        return Step("unchanged") if known.acknowledged else Step("again", record=known)
    if said.correctable and said.client == known.client:
        corrected = _record(said, known.revision + 1)._replace(day=known.day)
        return Step("corrected", record=corrected)
    withdrawn = _withdrawn(known)
    return Step("corrected", withdrawn, _record(said, withdrawn.revision + 1))


def _record(said: PublishedRecord, revision: int) -> JournalEntry:
    return JournalEntry(
        said.client, said.day, revision, said.content, withdrawn=False, acknowledged=False
    )


def _withdrawn(known: JournalEntry) -> JournalEntry:
    return known._replace(revision=known.revision + 1, withdrawn=True, acknowledged=False)
