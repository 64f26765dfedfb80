"""Reads the registry and the ledger from Kafka, to their end, beside any worker."""

import asyncio
from collections import defaultdict
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from rapport.schemas.errors import RapportError
from rapport.streams.core.clients import Directory
from rapport.streams.core.history import Said
from rapport.streams.core.ledger import said_in
from rapport.streams.shell.directory import DirectoryReader
from rapport.streams.shell.kafka_doctor import enter
from rapport.streams.shell.pages import counts
from rapport.streams.shell.settings import Kafka
from rapport.streams.shell.topics import CHANGELOG_TOPIC

SILENCE_SECONDS_MAX: Final = 30.0
POLL_MS: Final = 500
Pages = dict[bytes, bytes]


async def read_directory(kafka: Kafka) -> Directory:
    """Return the clients that are registered now. Raises `RapportError` when Kafka is away."""
    await asyncio.to_thread(enter, kafka)
    reader = DirectoryReader("clients", kafka.aiokafka)
    following = asyncio.create_task(reader.follow())
    try:
        await asyncio.wait_for(reader.caught_up.wait(), SILENCE_SECONDS_MAX)
    except TimeoutError:
        raise RapportError(
            f"topic clients could not be read in {SILENCE_SECONDS_MAX:.0f} s; is it there? "
            "`rapport topics` makes it"
        ) from None
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    return reader.directory


async def read_ledgers(kafka: Kafka) -> dict[str, list[Said]]:
    """Return what the ledger says of every client, as its changelog has it now."""
    await asyncio.to_thread(enter, kafka)
    consumer = AIOKafkaConsumer(**kafka.aiokafka, enable_auto_commit=False, group_id=None)
    await consumer.start()
    try:
        places = await _places(consumer)
        consumer.assign(places)
        await consumer.seek_to_beginning()
        partitions = await _read(consumer, await consumer.end_offsets(places))
    finally:
        await consumer.stop()
    ledgers: defaultdict[str, list[Said]] = defaultdict(list)
    for pages in partitions.values():
        for key, value in pages.items():
            if counts(key, value, pages.get):
                ledgers[key.decode().rsplit("|", 3)[0]] += said_in(value)
    return dict(ledgers)


async def _places(consumer: AIOKafkaConsumer) -> list[TopicPartition]:
    await consumer._client.force_metadata_update()  # noqa: SLF001 # the public call answers from a cache
    found = consumer.partitions_for_topic(CHANGELOG_TOPIC)
    if not found:
        raise RapportError(
            f"topic {CHANGELOG_TOPIC} is not there, so no worker ever ran on this Kafka; "
            "`rapport topics` makes the topics, `rapport worker` fills the ledger"
        )
    return [TopicPartition(CHANGELOG_TOPIC, number) for number in sorted(found)]


async def _read(
    consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]
) -> dict[TopicPartition, Pages]:
    pages: dict[TopicPartition, Pages] = {place: {} for place in ends}
    waiting = {place for place, end in ends.items() if end}
    while waiting:
        batches: dict[Any, Any] = await asyncio.wait_for(
            consumer.getmany(timeout_ms=POLL_MS), SILENCE_SECONDS_MAX
        )
        for place, records in batches.items():
            for record in records:
                if record.value is None:
                    pages[place].pop(record.key, None)
                else:
                    pages[place][record.key] = record.value
        for place in list(waiting):
            if await consumer.position(place) >= ends[place]:
                waiting.discard(place)
    return pages
