"""Reads the ledger from its changelog in Kafka, to its end, beside any worker."""

import asyncio
from collections import defaultdict

from aiokafka import TopicPartition

from rapport.schemas.errors import RapportError
from rapport.schemas.registry import CHANGELOG_TOPIC
from rapport.streams.core.history import Said
from rapport.streams.core.ledger import said_in
from rapport.streams.shell.kafka_doctor import enter
from rapport.streams.shell.pages import counts
from rapport.streams.shell.settings import Kafka
from rapport.streams.shell.topic_reader import open_reader

Pages = dict[bytes, bytes]


async def read_ledgers(kafka: Kafka) -> dict[str, list[Said]]:
    """Return what the ledger says of every client, as its changelog has it now."""
    await asyncio.to_thread(enter, kafka)
    ledgers: defaultdict[str, list[Said]] = defaultdict(list)
    for pages in (await _pages(kafka)).values():
        for key, value in pages.items():
            if counts(key, value, pages.get):
                ledgers[key.decode().rsplit("|", 3)[0]] += said_in(value)
    return dict(ledgers)


async def _pages(kafka: Kafka) -> dict[TopicPartition, Pages]:
    """Return the newest value of each key, by partition."""
    partitions: defaultdict[TopicPartition, Pages] = defaultdict(dict)
    async with open_reader(kafka.aiokafka, CHANGELOG_TOPIC) as reader:
        spans = await reader.spans(CHANGELOG_TOPIC)
        if not spans:
            raise RapportError(
                f"topic {CHANGELOG_TOPIC} is not there, so no worker ever ran on this Kafka; "
                "`rapport topics` makes the topics, `rapport worker` fills the ledger"
            )
        async for partition, record in reader.read(spans):
            if record.value is None:
                partitions[partition].pop(record.key, None)
            else:
                partitions[partition][record.key] = record.value
    return partitions
