"""The pipeline's own figures: what arrived, what became of it, and how far behind the worker is."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Final

from rapport.streams.core.ledger import Outcome
from rapport.streams.shell.chunks import Chunk
from rapport.streams.shell.fold import Batch
from rapport.streams.shell.kafka_watch import KafkaWatch

LATE_LOOKS: Final = 60


@dataclass(slots=True)
class Status:
    """Counters and gauges of one worker; written on its loop, read by the HTTP thread."""

    ready: bool = False
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(topic, outcome) -> events."""
    dead_letters: Counter[str] = field(default_factory=Counter)
    """reason -> events."""
    pages_written: int = 0
    pages_removed: int = 0
    """Of days past the horizon."""
    pages_past_horizon: int = 0
    """That a notice was given of: they are about to be removed."""
    recovered_pages: int = 0
    recounted_pages: int = 0
    """Of these, the ones of which was not kept what they count for."""
    recovery_seconds: float = 0.0
    evaluated_clients: int = 0
    evaluated_events: int = 0
    """Events that the newest evaluation has seen."""
    evaluation_seconds: float = 0.0
    announced: int = 0
    """Changes that were published since the start."""
    evaluated_at_seconds: float = 0.0
    """When the scores were last up to date; 0 before the first evaluation."""
    newest_event_seconds: dict[str, int] = field(default_factory=dict)
    newest_arrival_seconds: dict[str, float] = field(default_factory=dict)
    clients_left_out: dict[str, int] = field(default_factory=dict)
    """reason -> records of the client registry that said nothing."""
    contested_names: int = 0
    """Names that several clients claim; events under them go to the lesser id."""
    lag: dict[tuple[str, int], int] = field(default_factory=dict)
    moments: dict[str, float] = field(default_factory=dict)
    """When the worker got its partitions, had read the changelog, was ready, had its scores."""
    loop_late_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=LATE_LOOKS))
    """How late the worker's loop was at each of its last looks, one a second."""
    kafka_answers: bool = False
    kafka_answered_seconds: float | None = None
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    first_event_monotonic: float | None = None
    last_event_monotonic: float | None = None

    @property
    def handled(self) -> int:
        """Events that reached an end; a forwarded one comes again on its right partition."""
        ends = list(self.events.items())
        return sum(count for (_, outcome), count in ends if outcome != "forwarded")

    @property
    def loop_lag_seconds(self) -> float:
        """The longest that the worker's loop was late in the last minute."""
        return max(list(self.loop_late_seconds), default=0.0)

    def chunk_arrived(self, topic: str, chunk: Chunk) -> None:
        """Note that a chunk is in hand."""
        if self.first_event_monotonic is None:
            self.first_event_monotonic = time.monotonic()
        newest = max(self.newest_arrival_seconds.get(topic, 0), chunk.newest_milliseconds / 1000)
        self.newest_arrival_seconds[topic] = newest

    def chunk_done(self, topic: str, partition: int, chunk: Chunk, batch: Batch) -> None:
        """Count what became of a chunk's events."""
        self.positions[topic, partition] = chunk.next_offset
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

    def assigned(self) -> None:
        """Note that the worker has been given partitions."""
        self.moments = {"assigned": time.time()}

    def restored(self) -> None:
        """Note that the local store is level with the changelog."""
        self.moments["restored"] = time.time()

    def recovered(self, pages: int, recounted_pages: int) -> None:
        """Note that the ledger of the owned partitions is in memory."""
        self.moments["ready"] = time.time()
        self.recovered_pages, self.recounted_pages = pages, recounted_pages
        self.recovery_seconds = self.moments["ready"] - self.moments["assigned"]
        self.ready = True

    def evaluated(self, clients: int, seconds: float, events: int) -> None:
        """Note an evaluation of the scores, which saw the first `events` events."""
        self.evaluated_events, self.evaluated_at_seconds = events, time.time()
        self.moments.setdefault("scored", self.evaluated_at_seconds)
        if clients:
            self.evaluated_clients, self.evaluation_seconds = clients, seconds

    async def measure_lag(self, app: Any, watch: KafkaWatch) -> None:
        """Compare how far each owned input partition was folded with where it ends.

        While Kafka does not answer, nobody knows where it ends: there is no lag then, rather than
        an old one.
        """
        self.kafka_answers, self.kafka_answered_seconds = watch.answers, watch.answered_seconds
        lag: dict[tuple[str, int], int] = {}
        for tp in list(app.consumer.assignment()) if watch.answers else ():
            if tp.topic in app.lane_topics:
                end = app.consumer.highwater(tp)
                place = (tp.topic, tp.partition)
                if end is not None:
                    lag[place] = max(0, end - self.positions.get(place, end))
        self.lag = lag

    def as_json(self) -> dict[str, Any]:
        """Return the figures for `/status`."""
        outcomes: Counter[str] = Counter()
        for (_, outcome), count in self.events.items():
            outcomes[outcome] += count
        return {
            "ready": self.ready,
            "kafka_answers": self.kafka_answers,
            "kafka_answered_seconds": self.kafka_answered_seconds,
            "events": self.handled,
            "outcomes": dict(sorted(outcomes.items())),
            "dead_letters": dict(sorted(self.dead_letters.items())),
            "clients_left_out": dict(sorted(self.clients_left_out.items())),
            "contested_names": self.contested_names,
            "pages_written": self.pages_written,
            "pages_removed": self.pages_removed,
            "pages_past_horizon": self.pages_past_horizon,
            "recovered_pages": self.recovered_pages,
            "recounted_pages": self.recounted_pages,
            "recovery_seconds": self.recovery_seconds,
            "loop_lag_seconds": self.loop_lag_seconds,
            "moments": dict(self.moments),
            "evaluated_clients": self.evaluated_clients,
            "evaluated_events": self.evaluated_events,
            "evaluation_seconds": self.evaluation_seconds,
            "announced": self.announced,
            "lag_records": sum(self.lag.values()) if self.kafka_answers else None,
            "first_event_monotonic": self.first_event_monotonic,
            "last_event_monotonic": self.last_event_monotonic,
        }
