"""The dead letters that are still open: finds them, sends them back where they belong, marks them.

Kafka keeps what was written, so what became of a letter is a record of its own, under the letter's
place, in a compacted topic. A replayed event is marked only when Kafka has it: a crash between the
two replays it once more, and the ledger knows it by its id.
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
"""Letters that are published before any is marked; after a crash so many come twice at most."""
REPLAYED: Final = "replayed"
Message = tuple[str, bytes | None, bytes | None, list[tuple[str, bytes | None]]]


@dataclass(slots=True)
class Handled:
    """What became of the letters that were meant, so far."""

    done: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    """Obstacle -> letters that cannot be replayed."""


class DeadLetterStore:
    """The dead letters as they were when the box was opened; what comes later is not in it."""

    def __init__(self, kafka: Kafka, spans: Spans, done: dict[RecordPosition, str]) -> None:
        self._kafka = kafka
        self._spans = spans
        self._done = done

    @classmethod
    async def opened(cls, kafka: Kafka) -> Self:
        """Read how far the topics reach, and which letters are done."""
        async with open_reader(kafka.aiokafka, SETTLED_DEAD_LETTERS_TOPIC) as reader:
            spans = await reader.spans(DEAD_LETTERS_TOPIC)
            marks = await reader.spans(SETTLED_DEAD_LETTERS_TOPIC)
            if not spans or not marks:
                raise DeadLettersError(
                    f"{kafka.bootstrap} has no topics {DEAD_LETTERS_TOPIC} and "
                    f"{SETTLED_DEAD_LETTERS_TOPIC}; create what is missing with: rapport topics"
                )
            done: dict[RecordPosition, str] = {}
            async for _, record in reader.read(marks):
                _read_mark(record, done)
        return cls(kafka, spans, done)

    async def letters(self, wanted: DeadLetterFilter) -> AsyncIterator[DeadLetterRecord]:
        """Yield the letters that are meant and neither replayed nor discarded, oldest first."""
        async with open_reader(self._kafka.aiokafka, DEAD_LETTERS_TOPIC) as reader:
            spans = _around(self._spans, wanted.places) if wanted.places else self._spans
            if wanted.since is not None:
                spans = await reader.spans_since(spans, wanted.since)
            async for tp, record in reader.read(spans):
                letter = read_dead_letter(tp.partition, record)
                if letter and letter.place not in self._done and wanted.takes(letter):
                    yield letter

    async def find(self, place: RecordPosition) -> tuple[DeadLetterRecord, str | None]:
        """Return a letter and what became of it; raises `LettersError` when it is not there."""
        async with open_reader(self._kafka.aiokafka, DEAD_LETTERS_TOPIC) as reader:
            async for tp, record in reader.read(_around(self._spans, {place})):
                letter = read_dead_letter(tp.partition, record)
                if letter is not None and letter.place == place:
                    return letter, self._done.get(place)
        raise DeadLettersError(
            f"there is no dead letter at {place}; see them with: rapport dead-letters list"
        )

    async def handle(
        self,
        wanted: DeadLetterFilter,
        outcome: str,
        handled: Handled,
        progress: Callable[[int], None],
    ) -> None:
        """Replay or discard what is meant; `handled` says at any time how far that came."""
        async with _producing(self._kafka) as producer:
            await _all_sent(producer, self._obsolete_marks())
            async for some in _slices(self.letters(wanted)):
                whole = [letter for letter in some if letter.obstacle is None]
                if outcome == REPLAYED:
                    handled.kept.update(letter.obstacle for letter in some if letter.obstacle)
                    await _all_sent(producer, map(_original, whole))
                marked = whole if outcome == REPLAYED else some
                await _all_sent(producer, (_mark(letter.place, outcome) for letter in marked))
                handled.done += len(marked)
                progress(len(some))

    def _obsolete_marks(self) -> Iterable[Message]:
        """Yield what removes the marks of letters that the topic no longer has."""
        first = {place.partition: start for place, (start, _) in self._spans.items()}
        for place in self._done:
            if place.offset < first.get(place.partition, 0):
                yield SETTLED_DEAD_LETTERS_TOPIC, None, str(place).encode(), []


def _around(spans: Spans, places: Collection[RecordPosition]) -> Spans:
    """Return the least part of `spans` that holds every place."""
    found: dict[TopicPartition, tuple[int, int]] = {}
    for at, (start, end) in spans.items():
        offsets = [place.offset for place in places if place.partition == at.partition]
        if offsets:
            found[at] = max(start, min(offsets)), min(end, max(offsets) + 1)
    return found


def _read_mark(record: Any, done: dict[RecordPosition, str]) -> None:
    try:
        place = RecordPosition.parse((record.key or b"").decode())
    except (DeadLettersError, UnicodeDecodeError):
        return  # not ours: nobody else's record can close a letter
    if record.value is None:
        done.pop(place, None)
    else:
        done[place] = record.value.decode(errors="replace")


async def _slices(
    letters: AsyncIterator[DeadLetterRecord],
) -> AsyncIterator[list[DeadLetterRecord]]:
    some: list[DeadLetterRecord] = []
    async for letter in letters:
        some.append(letter)
        if len(some) == DEAD_LETTERS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


@asynccontextmanager
async def _producing(kafka: Kafka) -> AsyncIterator[Any]:
    producer = AIOKafkaProducer(**kafka.aiokafka, acks="all", compression_type="lz4")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def _original(letter: DeadLetterRecord) -> Message:
    headers = [*letter.headers, (REPLAY_HEADER, str(letter.place).encode())]
    return letter.why.topic, letter.value, letter.key, headers


def _mark(place: RecordPosition, outcome: str) -> Message:
    said = f"{outcome} {datetime.now(UTC).isoformat(timespec='seconds')}"
    return SETTLED_DEAD_LETTERS_TOPIC, said.encode(), str(place).encode(), []


async def _all_sent(producer: Any, messages: Iterable[Message]) -> None:
    """Return once Kafka has every message."""
    sent = [
        await producer.send(topic, value, key, headers=headers)
        for topic, value, key, headers in messages
    ]
    await asyncio.gather(*sent)
