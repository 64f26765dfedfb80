"""Outbox: a table with the newest announcement per client and score or state.

An entry is written before its announcement is published: after a crash in between, the same
announcement is published again, with the same id. A value has three lines of JSON: the head, the
announcement, and the baseline of the next change.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

from rapport.domain.explanation.apportionment import PointsRow
from rapport.domain.explanation.change_attribution import AnnouncedScore
from rapport.domain.explanation.change_events import Announcement, LastAnnounced, Shown
from rapport.domain.scoring.small_groups import COMBINED
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL, PUBLISHED

SOURCE: Final = "urn:rapport:worker"
DONE_KEY: Final = b"|done"
"""Key prefix of a partition's newest batch that is published; no client's id begins so."""
RENAMED_SCORES: Final = {"along": "participation"}
"""Old name -> new name, in the keys that version 0.1.0 wrote."""
FIRST_METHOD: Final = 1
"""The version of the formulas of a stored baseline that names none."""
RENAMED_COMPONENTS: Final = {"several": COMBINED}
"""Old name -> new name, in the rows that version 0.1.0 kept."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An announcement, and the baseline of the next one."""

    client: str
    name: str
    batch: int
    """Entries of one batch are published together."""
    seconds: float
    """When it was created; seconds since 1970-01-01 UTC."""
    shown: Shown
    change: Announcement
    baseline: AnnouncedScore | None
    """What the next change is computed against; None for a state."""

    @property
    def key(self) -> bytes:
        """The key in the table."""
        return f"{self.client}|{self.name}".encode()

    @property
    def last(self) -> LastAnnounced:
        """The part that the next comparison needs."""
        return LastAnnounced(self.change.event_id, self.shown, self.change.policy)

    def value(self) -> bytes:
        """Return the value in the table."""
        head = {
            "id": self.change.event_id,
            "type": CONTRACT_OF_MODEL[type(self.change)].type,
            "batch": self.batch,
            "seconds": self.seconds,
            "shown": self.shown,
            "policy": self.change.policy,
        }
        baseline = None if self.baseline is None else _baseline_json(self.baseline)
        return b"\n".join(
            (
                json.dumps(head).encode(),
                self.change.model_dump_json(exclude_none=True).encode(),
                json.dumps(baseline).encode(),
            )
        )

    def record(self) -> tuple[str, bytes, bytes, list[tuple[str, bytes]]]:
        """Return (topic, key, value, headers) for Kafka, always the same."""
        at = datetime.fromtimestamp(self.seconds, UTC)
        return write_binary(self.change, event_id=self.change.event_id, source=SOURCE, time=at)


def partition_key(key: bytes) -> tuple[str, str]:
    """Return (client, name) of a key, with today's name of a score that was renamed."""
    client, _, name = key.decode().partition("|")
    return client, RENAMED_SCORES.get(name, name)


def newest_value(get: Callable[[bytes], bytes | None], client: str, name: str) -> bytes | None:
    """Return the value of a client's score or state, under its current or its old name."""
    old_names = (old for old, new in RENAMED_SCORES.items() if new == name)
    values = (get(f"{client}|{key}".encode()) for key in (name, *old_names))
    return max(
        (value for value in values if value is not None),
        key=lambda value: head_of(value)[1],
        default=None,
    )


def head_of(value: bytes) -> tuple[LastAnnounced, int]:
    """Return the last announcement of a value, and its batch."""
    head = json.loads(value.partition(b"\n")[0])
    return LastAnnounced(head["id"], head["shown"], head.get("policy")), head["batch"]


def entry_of(client: str, name: str, value: bytes) -> OutboxEntry:
    """Return the entry of a value."""
    first, data, last = value.split(b"\n")
    head, baseline = json.loads(first), json.loads(last)
    change = PUBLISHED[head["type"]].decode(data)
    return OutboxEntry(
        client,
        name,
        head["batch"],
        head["seconds"],
        head["shown"],
        change,
        None if baseline is None else _baseline_of(baseline),
    )


def last_baseline(
    get: Callable[[bytes], bytes | None], client: str, name: str
) -> AnnouncedScore | None:
    """Return the baseline of the next change of a score; None before its first announcement."""
    value = newest_value(get, client, name)
    baseline = None if value is None else json.loads(value.rpartition(b"\n")[2])
    return None if baseline is None else _baseline_of(baseline)


def _baseline_json(baseline: AnnouncedScore) -> dict[str, Any]:
    return {
        "id": baseline.id,
        "day": baseline.day,
        "policy": baseline.policy,
        "value": None if baseline.value is None else str(baseline.value),
        "since": baseline.since,
        "denominator": baseline.denominator,
        "rows": [list(row) for row in baseline.rows],
        "together": baseline.combined,
        "method": baseline.method,
    }


def _baseline_of(stored: dict[str, Any]) -> AnnouncedScore:
    value, rows, together = stored.pop("value"), stored.pop("rows"), stored.pop("together", ())
    stored.setdefault("method", FIRST_METHOD)
    return AnnouncedScore(
        **stored,
        value=None if value is None else Fraction(value),
        rows=tuple(PointsRow(RENAMED_COMPONENTS.get(row[0], row[0]), *row[1:]) for row in rows),
        combined=tuple(together),
    )
