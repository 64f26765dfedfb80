"""Lag: records that are not handled yet, and the delay of the event loop."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rapport.kafka.liveness import KafkaLiveness
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport_schemas.wire.topic_names import unprefixed

MEASURE_SECONDS: Final = 1.0
DELAYS_KEPT: Final = 60


class LagMeter:
    """Measures consumer lag and event-loop delay once a second."""

    def __init__(self, app: Any, liveness: KafkaLiveness, positions: Mapping[Any, int]) -> None:
        self._app, self._liveness, self._positions = app, liveness, positions
        self.lag: dict[tuple[str, int], int] = {}
        self._delays: deque[float] = deque(maxlen=DELAYS_KEPT)

    @property
    def loop_lag_seconds(self) -> float:
        """The longest delay of the worker's event loop in the last minute."""
        return max(list(self._delays), default=0.0)

    @property
    def records(self) -> int | None:
        """Records that are not handled yet; None while Kafka does not answer."""
        return sum(list(self.lag.values())) if self._liveness.answers else None

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            self.lag = self._measure() if self._liveness.answers else {}
            due = time.monotonic() + MEASURE_SECONDS
            await asyncio.sleep(MEASURE_SECONDS)
            self._delays.append(time.monotonic() - due)

    def _measure(self) -> dict[tuple[str, int], int]:
        """Return the lag of each owned input partition: its end less its handled offset."""
        lag, consumer = {}, self._app.consumer
        for tp in list(consumer.assignment()):
            end = consumer.highwater(tp) if tp.topic in self._app.input_topics else None
            if end is not None:
                key = (tp.topic, tp.partition)
                lag[key] = max(0, end - self._positions.get(key, end))
        return lag

    def samples(self) -> Iterator[Sample]:
        """Yield the lag of each owned input partition; nothing while Kafka does not answer."""
        if not self._liveness.answers:
            return
        for (topic, partition), lag in list(self.lag.items()):
            yield Sample(pipeline.LAG, (unprefixed(topic), str(partition)), lag)
