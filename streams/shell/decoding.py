"""Decodes chunks into postings, grouped by client and day: all that needs no state.

It runs where it is called, or in decoder processes beside the worker. Because the ledger does not
depend on order, several may run at once.
"""

from array import array
from dataclasses import dataclass, field
from typing import NamedTuple

from rapport.schemas.rejections import Rejected
from rapport.streams.core.facts import FindSignals
from rapport.streams.core.ledger import Entry
from rapport.streams.core.reader import reading
from rapport.streams.shell.chunks import Chunk, unpacked
from rapport.streams.shell.internal_errors import internal_error
from rapport.streams.shell.record_batches import Misread


@dataclass(slots=True)
class Group:
    """The entries of a chunk for one client, as its publishers call it, and one page."""

    client: str
    page_day: int
    entities: "array[int]" = field(default_factory=lambda: array("Q"))
    entries: list[Entry] = field(default_factory=list)
    offsets: "array[int]" = field(default_factory=lambda: array("q"))
    seconds: "array[int]" = field(default_factory=lambda: array("q"))
    """The events' own times, whole seconds since 1970-01-01 UTC."""
    elsewhere: bool = False
    """Whether an entry counts on another day than the page's own."""


class Decoded(NamedTuple):
    """What a chunk says."""

    groups: list[Group]
    rejected: list[tuple[int, Rejected]]
    """(offset, why) of what cannot be read."""
    records: int
    """Records in the chunk."""


def decode(chunk: Chunk, find_signals: FindSignals) -> Decoded:
    """Return what a chunk says; whatever a record holds, the next one is read."""
    groups: dict[tuple[str, int], Group] = {}
    same: dict[Entry, Entry] = {}
    rejected: list[tuple[int, Rejected]] = []
    records = 0
    for record in unpacked(chunk):
        records += 1  # what is read last says how many there were
        if isinstance(record, Misread):
            rejected.append((record.offset, record.rejected))
            continue
        try:
            client, page_day, posting, seconds = reading(record.value, record.headers, find_signals)
        except Rejected as error:
            rejected.append((record.offset, error))
            continue
        except Exception as error:  # noqa: BLE001 # one poisoned record never drops its chunk
            rejected.append((record.offset, internal_error(error)))
            continue
        group = groups.get((client, page_day))
        if group is None:
            group = groups[client, page_day] = Group(client, page_day)
        entry: Entry = posting[1:]
        group.entities.append(posting[0])
        # Equal entries are one object: it is sent once, held once, and compared by identity.
        group.entries.append(same.setdefault(entry, entry))
        group.offsets.append(record.offset)
        group.seconds.append(seconds)
        if entry[1] != page_day:
            group.elsewhere = True
    return Decoded(list(groups.values()), rejected, records)
