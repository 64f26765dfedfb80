"""Dead letters as an operator reads them: position, reason, origin and content."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from rapport.domain.calendar import parse_duration
from rapport_schemas.wire.dead_letter import DEAD_LETTER_HEADER, DeadLetter
from rapport_schemas.wire.envelope import RECORDED_BY_HEADER
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import DEAD_LETTER, TOPICS
from rapport_schemas.wire.rejection import REASONS, Rejected

REPLAY_HEADER: Final = "rapport_replay"
"""Header of a replayed event: the position of its dead letter."""
OURS: Final = frozenset({DEAD_LETTER_HEADER, REPLAY_HEADER})
SHOWN_CHARACTERS_MAX: Final = 256


class DeadLettersError(RapportError):
    """A dead letter cannot be found or handled as requested."""


class RecordPosition(NamedTuple):
    """The partition and offset of a dead letter in the topic `dead-letters`."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "RecordPosition":
        """Return the position in `text`, such as 0:17; raises `DeadLettersError`."""
        partition, _, offset = text.partition(":")
        if not (partition.isdecimal() and offset.isdecimal()):
            raise DeadLettersError(
                f"{text!r} is not a position; write PARTITION:OFFSET, such as 0:17"
            )
        return cls(int(partition), int(offset))


@dataclass(frozen=True, slots=True)
class DeadLetterRecord:
    """One record of the topic `dead-letters`."""

    position: RecordPosition
    at: datetime
    """When the worker wrote it."""
    why: DeadLetter
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    """The headers of the original record."""
    source: str
    type: str
    client: str
    """The client that the event names; empty when it cannot be read."""

    @property
    def replay_blocker(self) -> str | None:
        """Why it cannot be replayed, or None."""
        if self.why.cut or self.why.length != len(self.value or b""):
            return "its value was not stored in full"
        topic = TOPICS.get(self.why.topic)
        if topic is None or not topic.feeds_ledger:
            return f"topic {self.why.topic!r} is not an input topic"
        return None

    def as_json(self) -> dict[str, Any]:
        """Return what identifies the dead letter, without its content."""
        return {
            "position": str(self.position),
            "at": self.at.isoformat(),
            "reason": self.why.reason,
            "path": self.why.path,
            "detail": self.why.detail,
            "topic": self.why.topic,
            "partition": self.why.partition,
            "offset": self.why.offset,
            "source": self.source,
            "type": self.type,
            "client": self.client,
            "replay_blocker": self.replay_blocker,
        }


def read_dead_letter(partition: int, record: Any) -> DeadLetterRecord | None:
    """Return the dead letter in a record of the topic; None when the record is not one."""
    headers = tuple(record.headers)
    reasons = [content for name, content in headers if name == DEAD_LETTER_HEADER]
    if not reasons or reasons[-1] is None:
        return None
    try:
        why = DEAD_LETTER.decode(reasons[-1])
    except Rejected:
        return None
    own = tuple(item for item in headers if item[0] not in OURS)
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    source, event_type, client = _identity(record.value, dict(own))
    position = RecordPosition(partition, record.offset)
    return DeadLetterRecord(
        position, at, why, record.key, record.value, own, source, event_type, client
    )


def _identity(value: bytes | None, headers: dict[str, bytes | None]) -> tuple[str, str, str]:
    try:
        document = from_json(value or b"null")
    except (ValueError, RecursionError):
        document = None
    body: dict[str, Any] = document if isinstance(document, dict) else {}
    data = body.get("data")
    inner = data if isinstance(data, dict) else body
    fields = (
        _text(headers.get("ce_source")) or body.get("source"),
        _text(headers.get("ce_type")) or body.get("type"),
        inner.get("client"),
    )
    source, event_type, client = (
        item[:SHOWN_CHARACTERS_MAX] if isinstance(item, str) else "" for item in fields
    )
    return source, event_type, client


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="backslashreplace")


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """Selects the dead letters that meet every condition set."""

    reason: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    positions: frozenset[RecordPosition] = frozenset()
    client: str | None = None
    """The client name in the event; case and outer spaces are ignored."""

    def __post_init__(self) -> None:
        if self.reason is not None and self.reason not in REASONS:
            raise DeadLettersError(
                f"{self.reason!r} is not a reason; the reasons are: {', '.join(REASONS)}"
            )

    def matches(self, dead_letter: DeadLetterRecord) -> bool:
        """Return whether a dead letter is selected."""
        return (
            (self.reason is None or dead_letter.why.reason == self.reason)
            and (self.source is None or dead_letter.source == self.source)
            and (self.since is None or dead_letter.at >= self.since)
            and (self.until is None or dead_letter.at < self.until)
            and (not self.positions or dead_letter.position in self.positions)
            and (self.client is None or _same_name(dead_letter.client, self.client))
        )


def _same_name(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def parse_time(text: str, now: datetime) -> datetime:
    """Return a time from ISO 8601 (UTC when it names no zone), or from 90m, 12h, 3d ago.

    >>> now = datetime(2026, 3, 2, 10, tzinfo=UTC)
    >>> str(parse_time("3d", now)), str(parse_time("2026-03-01", now))
    ('2026-02-27 10:00:00+00:00', '2026-03-01 00:00:00+00:00')
    """
    age = parse_duration(text)
    try:
        if age is not None:
            return now - age
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise DeadLettersError(
            f"{text!r} is not a time; write 2026-03-02, 2026-03-02T10:00, or 90m, 12h, 3d, 2w ago"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def describe(dead_letter: DeadLetterRecord, outcome: str | None) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of every field of a dead letter; its value comes last."""
    why = dead_letter.why
    yield "position", str(dead_letter.position)
    yield "written", dead_letter.at.isoformat()
    yield "state", outcome or "open"
    yield "reason", f"{why.reason}: {REASONS.get(why.reason, 'added by a newer version')}"
    yield "path", why.path
    yield "detail", why.detail
    yield "origin", f"{why.topic}, partition {why.partition}, offset {why.offset}"
    yield "replay", dead_letter.replay_blocker or "possible"
    yield "length", f"{why.length} bytes" + (f", SHA-256 {why.sha256}" if why.sha256 else "")
    yield "key", "none" if dead_letter.key is None else _text(dead_letter.key)
    for name, content in dead_letter.headers:
        shown = "***" if name == RECORDED_BY_HEADER else _text(content)
        yield f"header {name}", "none" if content is None else shown
    yield "value", _pretty(dead_letter.value)


def _pretty(value: bytes | None) -> str:
    if value is None:
        return "none"
    try:
        return json.dumps(from_json(value), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return _text(value)
