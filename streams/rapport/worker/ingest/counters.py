"""Ingest counters: events by outcome, dead letters by reason, offsets and newest times."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

from rapport.domain.ledger.page import Outcome
from rapport.kafka.record_batch import Chunk
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport.worker.ingest.decoder_pool import INLINE_RECORDS_MAX
from rapport.worker.ingest.side_outputs import WITHHELD
from rapport.worker.ingest.writer import RoutedChunk
from rapport_schemas.wire.rejection import REASONS

BUSY_SECONDS: Final = 0.5
"""How long after a large chunk another one is expected."""


class IngestCounters:
    """Counts the chunks that arrive and the outcomes of their events."""

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        """(topic, outcome) -> events."""
        self.dead_letters: Counter[str] = Counter()
        """Reason -> events."""
        self.withheld: Counter[str] = Counter()
        """What is kept of a dead letter that is too big for its topic -> dead letters."""
        self.positions: dict[tuple[str, int], int] = {}
        """(topic, partition) -> the offset after the last acknowledged chunk."""
        self.newest_event_seconds: dict[str, int] = {}
        self.newest_arrival_seconds: dict[str, float] = {}
        self.first_event_monotonic: float | None = None
        self.last_event_monotonic: float | None = None
        self._busy_until = 0.0
        """Monotonic seconds."""

    def is_busy(self) -> bool:
        """Return whether a large chunk arrived in the last `BUSY_SECONDS`."""
        return time.monotonic() < self._busy_until

    @property
    def handled(self) -> int:
        """Events that were handled; a forwarded one arrives again on its own partition."""
        return sum(
            count for (_, outcome), count in list(self.events.items()) if outcome != "forwarded"
        )

    def chunk_arrived(self, topic: str, chunk: Chunk) -> None:
        """Count a chunk that was fetched; one without committed records is no arrival."""
        if not chunk.records_max:
            return
        if self.first_event_monotonic is None:
            self.first_event_monotonic = time.monotonic()
        newest = max(self.newest_arrival_seconds.get(topic, 0), chunk.newest_milliseconds / 1000)
        self.newest_arrival_seconds[topic] = newest
        if chunk.records_max > INLINE_RECORDS_MAX:
            self._busy_until = time.monotonic() + BUSY_SECONDS

    def chunk_done(self, routed: RoutedChunk) -> None:
        """Count the outcomes of a chunk's events."""
        message, result = routed.event.message, routed.result
        topic = message.topic
        self.positions[topic, message.partition] = routed.chunk.next_offset
        for outcome, count in result.counts.items():
            if outcome is not Outcome.CONFLICT:
                self.events[topic, outcome.name.lower()] += count
        if result.forward:
            self.events[topic, "forwarded"] += len(result.forward)
        if result.dead:
            self.events[topic, "dead_lettered"] += len(result.dead)
            self.dead_letters.update(rejected.reason for rejected in result.dead.values())
        self.withheld.update(result.withheld)
        newest = max(self.newest_event_seconds.get(topic, 0), result.newest_event_seconds)
        self.newest_event_seconds[topic] = newest
        self.last_event_monotonic = time.monotonic()

    def outcomes(self) -> dict[str, int]:
        """Return outcome -> events, over all topics."""
        totals: Counter[str] = Counter()
        for (_, outcome), count in list(self.events.items()):
            totals[outcome] += count
        return dict(sorted(totals.items()))

    def samples(self) -> Iterator[Sample]:
        """Yield events by outcome, dead letters by reason, and the newest times by topic."""
        for (topic, outcome), count in list(self.events.items()):
            yield Sample(pipeline.EVENTS, (topic, outcome), count)
        for reason, count in {**dict.fromkeys(REASONS, 0), **self.dead_letters}.items():
            yield Sample(pipeline.DEAD_LETTERS, (reason,), count)
        for kept, count in {**dict.fromkeys(WITHHELD, 0), **self.withheld}.items():
            yield Sample(pipeline.DEAD_LETTERS_WITHHELD, (kept,), count)
        for topic, seconds in list(self.newest_event_seconds.items()):
            yield Sample(pipeline.LAST_EVENT, (topic,), seconds)
        for topic, arrived in list(self.newest_arrival_seconds.items()):
            yield Sample(pipeline.LAST_ARRIVAL, (topic,), arrived)
