"""What was announced, as it is kept: one entry of a table per client and score or state.

An entry is written before its announcement is published, and holds it whole: after a crash between
the two it is published as it was, with its id. Three lines of JSON: what it is, the announcement,
and the rows that the next change is told against.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

from rapport.domain.explanation.apportionment import Row
from rapport.domain.explanation.change_attribution import AnnouncedScore
from rapport.domain.explanation.change_events import Announcement, LastAnnounced, Shown
from rapport.domain.scoring.small_groups import COMBINED
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL, PUBLISHED

SOURCE: Final = "urn:rapport:worker"
DONE_KEY: Final = b"|done"
"""Its value is the newest batch of a partition that was published whole; no client is called so."""
RENAMED_SCORES: Final = {"along": "participation"}
"""Old name -> new name, in the keys that version 0.1.0 wrote."""
RENAMED_COMPONENTS: Final = {"several": COMBINED}
"""Old name -> new name, in the rows that version 0.1.0 kept."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An announcement and what is kept beside it."""

    client: str
    name: str
    batch: int
    """Entries of one batch are published together."""
    seconds: float
    """When it was made."""
    shown: Shown
    change: Announcement
    kept: AnnouncedScore | None
    """None: it is a state's."""

    @property
    def key(self) -> bytes:
        """The key in the table."""
        return f"{self.client}|{self.name}".encode()

    @property
    def last(self) -> LastAnnounced:
        """What it says was announced."""
        return LastAnnounced(self.change.event_id, self.shown)

    def value(self) -> bytes:
        """Return the value in the table."""
        head = {
            "id": self.change.event_id,
            "type": CONTRACT_OF_MODEL[type(self.change)].type,
            "batch": self.batch,
            "seconds": self.seconds,
            "shown": self.shown,
        }
        kept = None if self.kept is None else _kept_json(self.kept)
        return b"\n".join(
            (
                json.dumps(head).encode(),
                self.change.model_dump_json(exclude_none=True).encode(),
                json.dumps(kept).encode(),
            )
        )

    def record(self) -> tuple[str, bytes, bytes, list[tuple[str, bytes]]]:
        """Return (topic, key, value, headers) as it is published, each time the same."""
        at = datetime.fromtimestamp(self.seconds, UTC)
        return write_binary(self.change, event_id=self.change.event_id, source=SOURCE, time=at)


def partition_key(key: bytes) -> tuple[str, str]:
    """Return (client, name) of a key, with today's name of a score that was renamed."""
    client, _, name = key.decode().partition("|")
    return client, RENAMED_SCORES.get(name, name)


def newest_value(get: Callable[[bytes], bytes | None], client: str, name: str) -> bytes | None:
    """Return the value of a client's score or state in the table, under whichever name is newer."""
    old_names = (old for old, new in RENAMED_SCORES.items() if new == name)
    values = (get(f"{client}|{key}".encode()) for key in (name, *old_names))
    found = [value for value in values if value is not None]
    return max(found, key=lambda value: head_of(value)[1], default=None)


def head_of(value: bytes) -> tuple[LastAnnounced, int]:
    """Return what was last announced, and in which batch."""
    head = json.loads(value.partition(b"\n")[0])
    return LastAnnounced(head["id"], head["shown"]), head["batch"]


def entry_of(client: str, name: str, value: bytes) -> OutboxEntry:
    """Return a whole entry."""
    first, data, kept = value.split(b"\n")
    head = json.loads(first)
    change = PUBLISHED[head["type"]].decode(data)
    rows = json.loads(kept)
    return OutboxEntry(
        client,
        name,
        head["batch"],
        head["seconds"],
        head["shown"],
        change,
        None if rows is None else _kept_of(rows),
    )


def last_attribution(
    get: Callable[[bytes], bytes | None], client: str, name: str
) -> AnnouncedScore | None:
    """Return what the next change of a score is told against; None when nothing was announced."""
    value = newest_value(get, client, name)
    rows = None if value is None else json.loads(value.rpartition(b"\n")[2])
    return None if rows is None else _kept_of(rows)


def _kept_json(kept: AnnouncedScore) -> dict[str, Any]:
    return {
        "id": kept.id,
        "day": kept.day,
        "policy": kept.policy,
        "value": None if kept.value is None else str(kept.value),
        "since": kept.since,
        "denominator": kept.denominator,
        "rows": [list(row) for row in kept.rows],
        "together": kept.combined,
    }


def _kept_of(found: dict[str, Any]) -> AnnouncedScore:
    value, rows, together = found.pop("value"), found.pop("rows"), found.pop("together", ())
    return AnnouncedScore(
        **found,
        value=None if value is None else Fraction(value),
        rows=tuple(Row(RENAMED_COMPONENTS.get(row[0], row[0]), *row[1:]) for row in rows),
        combined=tuple(together),
    )
