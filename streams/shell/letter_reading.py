"""Reads spans of a topic from beginning to end, whatever its records hold, and then stops."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from rapport.streams.shell.chunks import unpacked
from rapport.streams.shell.raw_fetch import fetch_raw_batches
from rapport.streams.shell.record_batches import Misread
from rapport.streams.shell.settings import Kafka

POLL_MS: Final = 500
Spans = Mapping[TopicPartition, tuple[int, int]]
"""Partition -> its first offset, and the one after its last."""


@asynccontextmanager
async def reading_topics(kafka: Kafka, *topics: str) -> AsyncIterator[Any]:
    """Give a consumer in no group, which leaves `topics` packed."""
    consumer = AIOKafkaConsumer(
        **kafka.aiokafka, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    await asyncio.sleep(0)  # its tasks must have begun before it may be stopped
    try:
        fetch_raw_batches(consumer, frozenset(topics))
        yield consumer
    finally:
        await consumer.stop()


async def spans_of(consumer: Any, topic: str) -> dict[TopicPartition, tuple[int, int]]:
    """Return all that is in a topic now; nothing when it does not exist."""
    await consumer._client.force_metadata_update()  # noqa: SLF001 # the public call answers from a cache
    numbers = consumer.partitions_for_topic(topic) or ()
    places = [TopicPartition(topic, number) for number in numbers]
    if not places:
        return {}
    first = await consumer.beginning_offsets(places)
    following = await consumer.end_offsets(places)
    return {place: (first[place], following[place]) for place in sorted(places)}


async def spans_since(consumer: Any, spans: Spans, since: datetime) -> Spans:
    """Return the part of `spans` that was written at `since` or later."""
    at = int(since.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(spans, at))
    return {
        place: (end if found[place] is None else max(start, found[place].offset), end)
        for place, (start, end) in spans.items()
    }


async def records_in(consumer: Any, spans: Spans) -> AsyncIterator[tuple[int, Any]]:
    """Yield (partition, record) of what can be read in `spans`, then end."""
    left = {place for place, (start, end) in spans.items() if start < end}
    if not left:
        return
    consumer.assign(list(left))
    for place in left:
        consumer.seek(place, spans[place][0])
    while left:
        fetched = await consumer.getmany(timeout_ms=POLL_MS)
        for place, found in fetched.items():
            for record in (record for chunk in found for record in unpacked(chunk)):
                if record.offset < spans[place][1] and not isinstance(record, Misread):
                    yield place.partition, record
        # Compaction and retention may take the last records away: the position passes them all.
        left = {place for place in left if await consumer.position(place) < spans[place][1]}
