"""Counts what arrives on the input topics, and what becomes of it."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

from rapport.domain.ledger.page import Outcome
from rapport.kafka.record_batch import Chunk
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport.worker.ingest.decoder_pool import INLINE_RECORDS_MAX
from rapport.worker.ingest.writer import RoutedChunk
from rapport_schemas.wire.rejection import REASONS

BUSY_SECONDS: Final = 0.5
"""How long after a large chunk another one is expected."""


class IngestCounters:
    """What arrived, and what became of it."""

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        """(topic, outcome) -> events."""
        self.dead_letters: Counter[str] = Counter()
        """reason -> events."""
        self.positions: dict[tuple[str, int], int] = {}
        """(topic, partition) -> the offset after the last chunk that was acknowledged."""
        self.newest_event_seconds: dict[str, int] = {}
        self.newest_arrival_seconds: dict[str, float] = {}
        self.first_event_monotonic: float | None = None
        self.last_event_monotonic: float | None = None
        self._busy_until = 0.0
        """Monotonic seconds."""

    def is_busy(self) -> bool:
        """Return whether events are taken to arrive in numbers."""
        return time.monotonic() < self._busy_until

    @property
    def handled(self) -> int:
        """Events that reached an end; a forwarded one comes again on its right partition."""
        ends = list(self.events.items())
        return sum(count for (_, outcome), count in ends if outcome != "forwarded")

    def chunk_arrived(self, topic: str, chunk: Chunk) -> None:
        """Count a chunk that was fetched."""
        if self.first_event_monotonic is None:
            self.first_event_monotonic = time.monotonic()
        newest = max(self.newest_arrival_seconds.get(topic, 0), chunk.newest_milliseconds / 1000)
        self.newest_arrival_seconds[topic] = newest
        if chunk.records_max > INLINE_RECORDS_MAX:
            self._busy_until = time.monotonic() + BUSY_SECONDS

    def chunk_done(self, folded: RoutedChunk) -> None:
        """Count what became of a chunk's events."""
        message, batch = folded.event.message, folded.batch
        topic = message.topic
        self.positions[topic, message.partition] = folded.chunk.next_offset
        for outcome, count in batch.counts.items():
            if outcome is not Outcome.CONFLICT:
                self.events[topic, outcome.name.lower()] += count
        if batch.forward:
            self.events[topic, "forwarded"] += len(batch.forward)
        if batch.dead:
            self.events[topic, "dead_lettered"] += len(batch.dead)
            self.dead_letters.update(rejected.reason for rejected in batch.dead.values())
        newest = max(self.newest_event_seconds.get(topic, 0), batch.newest_event_seconds)
        self.newest_event_seconds[topic] = newest
        self.last_event_monotonic = time.monotonic()

    def outcomes(self) -> dict[str, int]:
        """Return outcome -> events of all topics."""
        found: Counter[str] = Counter()
        for (_, outcome), count in list(self.events.items()):
            found[outcome] += count
        return dict(sorted(found.items()))

    def samples(self) -> Iterator[Sample]:
        """Return the events and dead letters so far, and the newest times by topic."""
        for (topic, outcome), count in list(self.events.items()):
            yield Sample(pipeline.EVENTS, (topic, outcome), count)
        for reason, count in {**dict.fromkeys(REASONS, 0), **self.dead_letters}.items():
            yield Sample(pipeline.DEAD_LETTERS, (reason,), count)
        for topic, seconds in list(self.newest_event_seconds.items()):
            yield Sample(pipeline.LAST_EVENT, (topic,), seconds)
        for topic, arrived in list(self.newest_arrival_seconds.items()):
            yield Sample(pipeline.LAST_ARRIVAL, (topic,), arrived)
