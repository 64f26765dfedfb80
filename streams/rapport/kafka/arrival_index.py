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

from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.kafka.topic_reader import open_consumer, partitions_of
from rapport_schemas.wire.topic_names import unprefixed

log = logging.getLogger(__name__)
HISTORY_DAYS: Final = 400
FOLLOW_SECONDS: Final = 600.0
RETRY_SECONDS: Final = 5.0
OnArrivalDays = Callable[[str, Iterable[int]], None]


class ArrivalIndexReader:
    """Passes days with arrivals to `on_days`, at the start and then every ten minutes.

    It names a feed by its topic without the prefix.
    """

    def __init__(
        self,
        topics: Iterable[str],
        kafka: dict[str, Any],
        on_days: OnArrivalDays,
        calendar: Calendar = UTC_CALENDAR,
    ) -> None:
        self._topics, self._kafka, self._on_days = frozenset(topics), kafka, on_days
        self._calendar = calendar

    async def follow(self) -> None:
        """Ask for ever; retry when Kafka does not answer."""
        since = today(self._calendar) - HISTORY_DAYS
        task = asyncio.current_task()
        # A consumer that is stopping can swallow the cancellation, so it is checked here too.
        while task is None or not task.cancelling():
            try:
                asked_on = today(self._calendar)
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
                days = await _arrival_days(consumer, tps, since, self._calendar)
                self._on_days(unprefixed(topic), days)


async def _arrival_days(
    consumer: AIOKafkaConsumer, tps: list[TopicPartition], since: int, calendar: Calendar
) -> set[int]:
    """Return the days with arrivals from `since` on; each answer determines the next request."""
    days: set[int] = set()
    requests = dict.fromkeys(tps, calendar.start_of(since) * 1000)
    while requests:
        answers = await consumer.offsets_for_times(requests)
        requests = {}
        for tp, answer in answers.items():
            if answer is not None and answer.timestamp <= time.time() * 1000:
                day = calendar.day_of(answer.timestamp // 1000)
                days.add(day)
                # Where clocks were set back over midnight, the next day began before.
                requests[tp] = max(calendar.start_of(day + 1) * 1000, answer.timestamp + 1)
    return days


def today(calendar: Calendar = UTC_CALENDAR) -> int:
    """Return the current day of a calendar."""
    return calendar.day_of(int(time.time()))
