"""Finds, replays and discards dead letters.

The outcome of a dead letter (replayed, discarded) is a record in a compacted topic, under the
dead letter's position. The outcome is written after Kafka has acknowledged the replayed event: a
crash between the two replays the event again, and the ledger ignores it by its id.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer, TopicPartition

from rapport.admin.dead_letter import (
    REPLAY_HEADER,
    DeadLetterFilter,
    DeadLetterRecord,
    DeadLettersError,
    RecordPosition,
    read_dead_letter,
)
from rapport.kafka.connection import Kafka
from rapport.kafka.topic_reader import Spans, open_reader
from rapport_schemas.wire.registry import DEAD_LETTERS_TOPIC, SETTLED_DEAD_LETTERS_TOPIC

DEAD_LETTERS_AT_ONCE: Final = 500
"""Dead letters replayed before their outcomes are written; a crash repeats at most this many."""
REPLAYED: Final = "replayed"
Message = tuple[str, bytes | None, bytes | None, list[tuple[str, bytes | None]]]


@dataclass(slots=True)
class HandledCounts:
    """Counts of the selected dead letters, updated while they are handled."""

    done: int = 0
    blocked: Counter[str] = field(default_factory=Counter)
    """Reason -> dead letters that cannot be replayed."""


class DeadLetterStore:
    """A snapshot of the dead letters: those that the topic held when `opened` read it."""

    def __init__(self, kafka: Kafka, spans: Spans, done: dict[RecordPosition, str]) -> None:
        self._kafka = kafka
        self._spans = spans
        self._done = done

    @classmethod
    async def opened(cls, kafka: Kafka) -> Self:
        """Read the offsets of the topics, and which dead letters have an outcome."""
        async with open_reader(kafka.aiokafka, SETTLED_DEAD_LETTERS_TOPIC) as reader:
            spans = await reader.spans(DEAD_LETTERS_TOPIC)
            outcomes = await reader.spans(SETTLED_DEAD_LETTERS_TOPIC)
            if not spans or not outcomes:
                raise DeadLettersError(
                    f"{kafka.bootstrap} has no topics {DEAD_LETTERS_TOPIC} and "
                    f"{SETTLED_DEAD_LETTERS_TOPIC}; create what is missing with: rapport topics"
                )
            done: dict[RecordPosition, str] = {}
            async for _, record in reader.read(outcomes):
                _read_outcome(record, done)
        return cls(kafka, spans, done)

    async def unhandled(self, selected: DeadLetterFilter) -> AsyncIterator[DeadLetterRecord]:
        """Yield the selected dead letters that have no outcome yet, oldest first."""
        async with open_reader(self._kafka.aiokafka, DEAD_LETTERS_TOPIC) as reader:
            spans = (
                _narrowed(self._spans, selected.positions) if selected.positions else self._spans
            )
            if selected.since is not None:
                spans = await reader.spans_since(spans, selected.since)
            async for tp, record in reader.read(spans):
                dead_letter = read_dead_letter(tp.partition, record)
                if not dead_letter or dead_letter.position in self._done:
                    continue
                if selected.matches(dead_letter):
                    yield dead_letter

    async def find(self, position: RecordPosition) -> tuple[DeadLetterRecord, str | None]:
        """Return a dead letter and its outcome; raises `DeadLettersError` when there is none."""
        async with open_reader(self._kafka.aiokafka, DEAD_LETTERS_TOPIC) as reader:
            async for tp, record in reader.read(_narrowed(self._spans, {position})):
                dead_letter = read_dead_letter(tp.partition, record)
                if dead_letter is not None and dead_letter.position == position:
                    return dead_letter, self._done.get(position)
        raise DeadLettersError(
            f"there is no dead letter at {position}; see them with: rapport dead-letters list"
        )

    async def handle(
        self,
        selected: DeadLetterFilter,
        outcome: str,
        counts: HandledCounts,
        progress: Callable[[int], None],
    ) -> None:
        """Replay or discard the selected dead letters; `counts` is current at any time."""
        async with _producing(self._kafka) as producer:
            await _send_all(producer, self._obsolete_outcomes())
            async for chunk in _chunks(self.unhandled(selected)):
                handled = chunk
                if outcome == REPLAYED:
                    handled = [one for one in chunk if one.replay_blocker is None]
                    counts.blocked.update(one.replay_blocker for one in chunk if one.replay_blocker)
                    await _send_all(producer, map(_original, handled))
                await _send_all(producer, (_outcome(one.position, outcome) for one in handled))
                counts.done += len(handled)
                progress(len(chunk))

    def _obsolete_outcomes(self) -> Iterable[Message]:
        """Yield tombstones for the outcomes of dead letters that Kafka has deleted."""
        first = {tp.partition: start for tp, (start, _) in self._spans.items()}
        for position in self._done:
            if position.offset < first.get(position.partition, 0):
                yield SETTLED_DEAD_LETTERS_TOPIC, None, str(position).encode(), []


def _narrowed(spans: Spans, positions: Collection[RecordPosition]) -> Spans:
    """Return the smallest part of `spans` that holds every position."""
    narrowed: dict[TopicPartition, tuple[int, int]] = {}
    for tp, (start, end) in spans.items():
        offsets = [one.offset for one in positions if one.partition == tp.partition]
        if offsets:
            narrowed[tp] = max(start, min(offsets)), min(end, max(offsets) + 1)
    return narrowed


def _read_outcome(record: Any, done: dict[RecordPosition, str]) -> None:
    try:
        position = RecordPosition.parse((record.key or b"").decode())
    except (DeadLettersError, UnicodeDecodeError):
        return  # another program's record: it cannot close a dead letter
    if record.value is None:
        done.pop(position, None)
    else:
        done[position] = record.value.decode(errors="replace")


async def _chunks(
    dead_letters: AsyncIterator[DeadLetterRecord],
) -> AsyncIterator[list[DeadLetterRecord]]:
    chunk: list[DeadLetterRecord] = []
    async for dead_letter in dead_letters:
        chunk.append(dead_letter)
        if len(chunk) == DEAD_LETTERS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@asynccontextmanager
async def _producing(kafka: Kafka) -> AsyncIterator[Any]:
    producer = AIOKafkaProducer(**kafka.aiokafka, acks="all", compression_type="lz4")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def _original(dead_letter: DeadLetterRecord) -> Message:
    headers = [*dead_letter.headers, (REPLAY_HEADER, str(dead_letter.position).encode())]
    return dead_letter.why.topic, dead_letter.value, dead_letter.key, headers


def _outcome(position: RecordPosition, outcome: str) -> Message:
    value = f"{outcome} {datetime.now(UTC).isoformat(timespec='seconds')}"
    return SETTLED_DEAD_LETTERS_TOPIC, value.encode(), str(position).encode(), []


async def _send_all(producer: Any, messages: Iterable[Message]) -> None:
    """Send the messages, and return once Kafka has acknowledged all of them."""
    sent = [
        await producer.send(topic, value, key, headers=headers)
        for topic, value, key, headers in messages
    ]
    await asyncio.gather(*sent)
