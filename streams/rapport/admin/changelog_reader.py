"""Reads the ledger from its changelog in Kafka, to its end, beside any worker."""

import asyncio
from collections import defaultdict

from aiokafka import TopicPartition

from rapport.domain.comparison.backtest import Said
from rapport.domain.ledger.page import said_in
from rapport.kafka.connection import Kafka
from rapport.kafka.diagnostics import enter
from rapport.kafka.topic_reader import open_reader
from rapport.worker.storage.pages import counts
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

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
