"""Ingest counters: events by outcome, dead letters by reason, offsets and newest times."""

import time
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Final

from rapport.domain.ledger.activity import SOURCES
from rapport.domain.ledger.page import Outcome
from rapport.kafka.record_batch import Chunk
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport.worker.ingest.decoder_pool import INLINE_RECORDS_MAX
from rapport.worker.ingest.side_outputs import WITHHELD
from rapport.worker.ingest.writer import RoutedChunk
from rapport_schemas.wire.rejection import REASONS
from rapport_schemas.wire.topic_names import unprefixed

OUTCOMES: Final = (
    *(one.name.lower() for one in Outcome if one is not Outcome.CONFLICT),
    "forwarded",
    "dead_lettered",
)
ZEROS: Final = dict.fromkeys(product(SOURCES, OUTCOMES), 0)
"""Each source and outcome has a series from the start, so that its first event is a growth."""
DECODE: Final = "decode"
FOLD: Final = "fold"
BUSY_SECONDS: Final = 0.5
"""How long after a large chunk another one is expected."""


class IngestCounters:
    """Counts the chunks that arrive and the outcomes of their events."""

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        """(source, outcome) -> events; a source is the name of a topic without the prefix."""
        self.dead_letters: Counter[str] = Counter()
        """Reason -> events."""
        self.withheld: Counter[str] = Counter()
        """What is kept of a dead letter that is too big for its topic -> dead letters."""
        self.handled_seconds: dict[tuple[str, int], float] = {}
        """(topic, partition) -> the time of the newest record of its last acknowledged chunk."""
        self.stage_records: Counter[str] = Counter({DECODE: 0, FOLD: 0})
        """Stage -> records that passed it."""
        self.stage_seconds: dict[str, float] = {DECODE: 0.0, FOLD: 0.0}
        """Stage -> the time that chunks spent in it."""
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
        source, arrived = unprefixed(topic), chunk.newest_milliseconds / 1000
        newest = max(self.newest_arrival_seconds.get(source, 0), arrived)
        self.newest_arrival_seconds[source] = newest
        if chunk.records_max > INLINE_RECORDS_MAX:
            self._busy_until = time.monotonic() + BUSY_SECONDS

    def stage_passed(self, stage: str, records: int, seconds: float) -> None:
        """Count the records of a chunk that passed a stage, and the time that it took."""
        self.stage_records[stage] += records
        self.stage_seconds[stage] += seconds

    def chunk_done(self, routed: RoutedChunk) -> None:
        """Count the outcomes of a chunk's events."""
        message, result = routed.event.message, routed.result
        source = unprefixed(message.topic)
        newest_seconds = routed.chunk.newest_milliseconds / 1000
        self.handled_seconds[message.topic, message.partition] = newest_seconds
        for outcome, count in result.counts.items():
            if outcome is not Outcome.CONFLICT:
                self.events[source, outcome.name.lower()] += count
        if result.forward:
            self.events[source, "forwarded"] += len(result.forward)
        if result.dead:
            self.events[source, "dead_lettered"] += len(result.dead)
            self.dead_letters.update(rejected.reason for rejected in result.dead.values())
        self.withheld.update(result.withheld)
        newest = max(self.newest_event_seconds.get(source, 0), result.newest_event_seconds)
        self.newest_event_seconds[source] = newest
        self.last_event_monotonic = time.monotonic()

    def outcomes(self) -> dict[str, int]:
        """Return outcome -> events, over all sources."""
        totals: Counter[str] = Counter()
        for (_, outcome), count in list(self.events.items()):
            totals[outcome] += count
        return dict(sorted(totals.items()))

    def samples(self) -> Iterator[Sample]:
        """Yield events by outcome, dead letters by reason, and the newest times by source."""
        for (source, outcome), count in {**ZEROS, **self.events}.items():
            yield Sample(pipeline.EVENTS, (source, outcome), count)
        for stage, count in self.stage_records.items():
            yield Sample(pipeline.STAGE_RECORDS, (stage,), count)
            yield Sample(pipeline.STAGE_SECONDS, (stage,), self.stage_seconds[stage])
        for reason, count in {**dict.fromkeys(REASONS, 0), **self.dead_letters}.items():
            yield Sample(pipeline.DEAD_LETTERS, (reason,), count)
        for kept, count in {**dict.fromkeys(WITHHELD, 0), **self.withheld}.items():
            yield Sample(pipeline.DEAD_LETTERS_WITHHELD, (kept,), count)
        for source, seconds in list(self.newest_event_seconds.items()):
            yield Sample(pipeline.LAST_EVENT, (source,), seconds)
        for source, arrived in list(self.newest_arrival_seconds.items()):
            yield Sample(pipeline.LAST_ARRIVAL, (source,), arrived)
