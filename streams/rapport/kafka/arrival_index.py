"""On which days each source's topic received something, asked of Kafka's own time index.

The rhythm of a feed is the rhythm of its arrivals, and a restarted worker must not have forgotten
it: the broker knows it as far back as the topic is kept. A request a day that had arrivals gives
the rhythm of a year without reading a single event.
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
Noted = Callable[[str, Iterable[int]], None]


class ArrivalIndexReader:
    """Gives each day with arrivals to `noted`, at the start and then every ten minutes."""

    def __init__(self, topics: Iterable[str], kafka: dict[str, Any], noted: Noted) -> None:
        self._topics, self._kafka, self._noted = frozenset(topics), kafka, noted

    async def follow(self) -> None:
        """Ask now and then; a broker that does not answer is asked again. Never returns."""
        since = today() - HISTORY_DAYS
        while True:
            try:
                asked_on = today()
                await self._read(since)
            except KafkaError as error:
                log.warning("Kafka did not say when events arrived (%s); asking again", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                since = asked_on
                await asyncio.sleep(FOLLOW_SECONDS)

    async def _read(self, since: int) -> None:
        async with open_consumer(self._kafka) as consumer:
            for topic in sorted(self._topics):
                places = await partitions_of(consumer, topic)
                self._noted(topic, await _arrival_days(consumer, places, since))


async def _arrival_days(
    consumer: AIOKafkaConsumer, places: list[TopicPartition], since: int
) -> set[int]:
    """Return the days from `since` on with arrivals; each answer says which day to ask for next."""
    found: set[int] = set()
    following = dict.fromkeys(places, since * DAY_MS)
    while following:
        answers = await consumer.offsets_for_times(following)
        following = {}
        for place, answer in answers.items():
            if answer is not None and answer.timestamp <= time.time() * 1000:
                day = answer.timestamp // DAY_MS
                found.add(day)
                following[place] = (day + 1) * DAY_MS
    return found


def today() -> int:
    """Return days since 1970-01-01."""
    return int(time.time() * 1000) // DAY_MS
