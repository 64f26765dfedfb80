"""Lag: records that are not processed yet, since when they wait, and the delay of the event loop.

Kafka does not say how long a record has waited. The end of each partition's log is noted once a
second, so the age of the oldest record that waits is known to the second. Of what waited already
when this worker got the partition, the time of the newest processed record is a bound.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from rapport.kafka.liveness import KafkaLiveness
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport_schemas.wire.topic_names import unprefixed

MEASURE_SECONDS: Final = 1.0
DELAYS_KEPT: Final = 60
LOG_ENDS_MAX: Final = 512
"""Of a partition, noted at most; of more, every second one is dropped."""


class PartitionLag(NamedTuple):
    """How far one partition is processed."""

    handled_offset: int
    """The offset before which every record is processed."""
    records: int
    """Records that wait."""
    waits_since_seconds: float | None
    """About when the oldest of them arrived; None when none waits."""


class LogEnds:
    """The ends that a partition's log was seen to have, with the time of each."""

    def __init__(self) -> None:
        self._ends: deque[tuple[int, float]] = deque(maxlen=LOG_ENDS_MAX)
        self._backlog_end: int | None = None
        """The end at the first sight: records before it arrived before that."""

    def waits_since(
        self, handled_offset: int, end: int, now_seconds: float, newest_handled_seconds: float
    ) -> float | None:
        """Note the end, and return since when the record at `handled_offset` waits, if one does."""
        if self._backlog_end is None:
            self._backlog_end = end
        if not self._ends or end > self._ends[-1][0]:
            if len(self._ends) == LOG_ENDS_MAX:
                self._ends = deque(islice(self._ends, 0, None, 2), maxlen=LOG_ENDS_MAX)
            self._ends.append((end, now_seconds))
        while self._ends and self._ends[0][0] <= handled_offset:
            self._ends.popleft()
        if not self._ends:
            return None
        since = self._ends[0][1]
        return min(since, newest_handled_seconds) if handled_offset < self._backlog_end else since


class LagMeter:
    """Measures consumer lag and event-loop delay once a second."""

    def __init__(
        self, app: Any, liveness: KafkaLiveness, handled_seconds: Mapping[Any, float]
    ) -> None:
        self._app, self._liveness, self._handled_seconds = app, liveness, handled_seconds
        self.lag: dict[tuple[str, int], PartitionLag] = {}
        self._ends: dict[tuple[str, int], LogEnds] = {}
        self._delays: deque[float] = deque(maxlen=DELAYS_KEPT)

    @property
    def loop_lag_seconds(self) -> float:
        """The longest delay of the worker's event loop in the last minute."""
        return max(list(self._delays), default=0.0)

    @property
    def records(self) -> int | None:
        """Records that are not processed yet; None while Kafka does not answer."""
        lag = list(self.lag.values())
        return sum(one.records for one in lag) if self._liveness.answers else None

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            self.lag = self._measure(time.time()) if self._liveness.answers else {}
            due = time.monotonic() + MEASURE_SECONDS
            await asyncio.sleep(MEASURE_SECONDS)
            self._delays.append(time.monotonic() - due)

    def _measure(self, now_seconds: float) -> dict[tuple[str, int], PartitionLag]:
        """Return the lag of each owned input partition whose committed offset and end are known."""
        lag, consumer = {}, self._app.consumer
        handled_offsets = consumer.handled_offsets()
        for tp in list(consumer.assignment()):
            handled = handled_offsets.get(tp)
            end = consumer.highwater(tp) if tp.topic in self._app.input_topics else None
            if end is not None and handled is not None:
                key = (tp.topic, tp.partition)
                lag[key] = self._partition_lag(key, handled, end, now_seconds)
        self._ends = {key: self._ends[key] for key in lag}
        return lag

    def _partition_lag(
        self, key: tuple[str, int], handled: int, end: int, now_seconds: float
    ) -> PartitionLag:
        ends = self._ends.setdefault(key, LogEnds())
        newest = self._handled_seconds.get(key, now_seconds)
        since = ends.waits_since(handled, end, now_seconds, newest)
        return PartitionLag(handled, max(0, end - handled), since)

    def samples(self) -> Iterator[Sample]:
        """Yield the lag of each owned input partition; nothing while Kafka does not answer."""
        if not self._liveness.answers:
            return
        now_seconds = time.time()
        for (topic, partition), lag in list(self.lag.items()):
            labels, since = (unprefixed(topic), str(partition)), lag.waits_since_seconds
            waited = 0.0 if since is None else max(0.0, now_seconds - since)
            yield Sample(pipeline.LAG, labels, lag.records)
            yield Sample(pipeline.LAG_SECONDS, labels, waited)
            yield Sample(pipeline.HANDLED_OFFSET, labels, lag.handled_offset)
