"""A dead letter as a person looks for it: where it is, why it is there, and what it says."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from rapport.domain.calendar import parse_duration
from rapport_schemas.dead_letter import DEAD_LETTER_HEADER, DeadLetter
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import DEAD_LETTER, TOPICS
from rapport_schemas.wire.rejection import REASONS, Rejected

REPLAY_HEADER: Final = "rapport_replay"
"""Of a replayed event: the place of its dead letter."""
OURS: Final = frozenset({DEAD_LETTER_HEADER, REPLAY_HEADER})
SHOWN_CHARACTERS_MAX: Final = 256


class DeadLettersError(RapportError):
    """A dead letter cannot be found or handled as asked."""


class RecordPosition(NamedTuple):
    """Where a letter is in the topic `dead-letters`."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "RecordPosition":
        """Return the place that `str` wrote, as 0:17; raises `LettersError`."""
        partition, _, offset = text.partition(":")
        if not (partition.isdecimal() and offset.isdecimal()):
            raise DeadLettersError(f"{text!r} is no place; a place is PARTITION:OFFSET, as 0:17")
        return cls(int(partition), int(offset))


@dataclass(frozen=True, slots=True)
class DeadLetterRecord:
    """One dead letter."""

    place: RecordPosition
    at: datetime
    """When it was set aside."""
    why: DeadLetter
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    """The original's own."""
    source: str
    type: str
    client: str
    """As the event says, as far as it can be told; else empty."""

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be replayed, or None."""
        if self.why.cut or self.why.length != len(self.value or b""):
            return "it was not kept whole"
        topic = TOPICS.get(self.why.topic)
        if topic is None or not topic.feeds_ledger:
            return f"topic {self.why.topic!r} is not one that events are read from"
        return None

    def as_json(self) -> dict[str, Any]:
        """Return what identifies the letter; its content is not in it."""
        return {
            "place": str(self.place),
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
            "obstacle": self.obstacle,
        }


def read_dead_letter(partition: int, record: Any) -> DeadLetterRecord | None:
    """Return the letter that a record of the topic is, or None when it is none."""
    headers = tuple(record.headers)
    said = [content for name, content in headers if name == DEAD_LETTER_HEADER]
    if not said or said[-1] is None:
        return None
    try:
        why = DEAD_LETTER.decode(said[-1])
    except Rejected:
        return None
    own = tuple(item for item in headers if item[0] not in OURS)
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    source, event_type, client = _identity(record.value, dict(own))
    place = RecordPosition(partition, record.offset)
    return DeadLetterRecord(
        place, at, why, record.key, record.value, own, source, event_type, client
    )


def _identity(value: bytes | None, headers: dict[str, bytes | None]) -> tuple[str, str, str]:
    try:
        document = from_json(value or b"null")
    except (ValueError, RecursionError):
        document = None
    body: dict[str, Any] = document if isinstance(document, dict) else {}
    data = body.get("data")
    inner = data if isinstance(data, dict) else body
    found = (
        _text(headers.get("ce_source")) or body.get("source"),
        _text(headers.get("ce_type")) or body.get("type"),
        inner.get("client"),
    )
    source, event_type, client = (
        item[:SHOWN_CHARACTERS_MAX] if isinstance(item, str) else "" for item in found
    )
    return source, event_type, client


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="backslashreplace")


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """Which letters are meant: those that meet every condition given."""

    reason: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    places: frozenset[RecordPosition] = frozenset()
    client: str | None = None
    """The name that an event says, in any case."""

    def __post_init__(self) -> None:
        if self.reason is not None and self.reason not in REASONS:
            raise DeadLettersError(
                f"no reason is called {self.reason!r}; known: {', '.join(REASONS)}"
            )

    def takes(self, letter: DeadLetterRecord) -> bool:
        """Return whether a letter is meant."""
        return (
            (self.reason is None or letter.why.reason == self.reason)
            and (self.source is None or letter.source == self.source)
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
            and (not self.places or letter.place in self.places)
            and (self.client is None or _same(letter.client, self.client))
        )


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def moment(text: str, now: datetime) -> datetime:
    """Return the time that a person wrote: ISO 8601 (UTC unless it says), or 90m, 12h, 3d ago.

    >>> now = datetime(2026, 3, 2, 10, tzinfo=UTC)
    >>> str(moment("3d", now)), str(moment("2026-03-01", now))
    ('2026-02-27 10:00:00+00:00', '2026-03-01 00:00:00+00:00')
    """
    back = parse_duration(text)
    try:
        if back is not None:
            return now - back
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise DeadLettersError(
            f"{text!r} is no time; write 2026-03-02, 2026-03-02T10:00, or 90m, 12h, 3d, 2w ago"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def lines(letter: DeadLetterRecord, done: str | None) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of everything about a letter; the last is its value."""
    why = letter.why
    yield "place", str(letter.place)
    yield "set aside", letter.at.isoformat()
    yield "state", done or "open"
    yield "reason", f"{why.reason}: {REASONS.get(why.reason, 'a reason of a newer version')}"
    yield "path", why.path
    yield "detail", why.detail
    yield "origin", f"{why.topic}, partition {why.partition}, offset {why.offset}"
    yield "replay", letter.obstacle or "possible"
    yield "length", f"{why.length} bytes" + (f", SHA-256 {why.sha256}" if why.sha256 else "")
    yield "key", "none" if letter.key is None else _text(letter.key)
    for name, content in letter.headers:
        yield f"header {name}", "none" if content is None else _text(content)
    yield "value", _pretty(letter.value)


def _pretty(value: bytes | None) -> str:
    if value is None:
        return "none"
    try:
        return json.dumps(from_json(value), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return _text(value)
