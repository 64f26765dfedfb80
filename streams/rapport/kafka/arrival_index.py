"""Arrival index: the days on which each input topic received records, by Kafka's time index.

The rhythm of a feed is the rhythm of its arrivals. A restarted worker reads it from the broker, as
far back as the topic's retention: one request per day with arrivals, without reading an event.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from rapport.kafka.topic_reader import open_consumer, partitions_of

log = logging.getLogger(__name__)
DAY_MS: Final = 86_400_000
HISTORY_DAYS: Final = 400
FOLLOW_SECONDS: Final = 600.0
RETRY_SECONDS: Final = 5.0
OnArrivalDays = Callable[[str, Iterable[int]], None]


class ArrivalIndexReader:
    """Passes days with arrivals to `on_days`, at the start and then every ten minutes."""

    def __init__(
        self, topics: Iterable[str], kafka: dict[str, Any], on_days: OnArrivalDays
    ) -> None:
        self._topics, self._kafka, self._on_days = frozenset(topics), kafka, on_days

    async def follow(self) -> None:
        """Ask for ever; retry when Kafka does not answer."""
        since = today() - HISTORY_DAYS
        while True:
            try:
                asked_on = today()
                await self._read(since)
            except KafkaError as error:
                log.warning("Kafka did not say when events arrived (%s); trying again", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                since = asked_on
                await asyncio.sleep(FOLLOW_SECONDS)

    async def _read(self, since: int) -> None:
        async with open_consumer(self._kafka) as consumer:
            for topic in sorted(self._topics):
                tps = await partitions_of(consumer, topic)
                self._on_days(topic, await _arrival_days(consumer, tps, since))


async def _arrival_days(
    consumer: AIOKafkaConsumer, tps: list[TopicPartition], since: int
) -> set[int]:
    """Return the days with arrivals from `since` on; each answer determines the next request."""
    days: set[int] = set()
    requests = dict.fromkeys(tps, since * DAY_MS)
    while requests:
        answers = await consumer.offsets_for_times(requests)
        requests = {}
        for tp, answer in answers.items():
            if answer is not None and answer.timestamp <= time.time() * 1000:
                day = answer.timestamp // DAY_MS
                days.add(day)
                requests[tp] = (day + 1) * DAY_MS
    return days


def today() -> int:
    """Return days since 1970-01-01."""
    return int(time.time() * 1000) // DAY_MS
