"""Reads the ledger from its changelog in Kafka, without a worker."""

import asyncio
from collections import defaultdict

from aiokafka import TopicPartition

from rapport.domain.comparison.backtest import StoredFact
from rapport.domain.ledger.page import iter_facts
from rapport.kafka.connection import Kafka
from rapport.kafka.diagnostics import check_connection
from rapport.kafka.topic_reader import open_reader
from rapport.worker.storage.pages import is_live_page
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

Pages = dict[bytes, bytes]


async def read_ledgers(kafka: Kafka) -> dict[str, list[StoredFact]]:
    """Return the facts of every client, from the current changelog."""
    await asyncio.to_thread(check_connection, kafka)
    ledgers: defaultdict[str, list[StoredFact]] = defaultdict(list)
    for pages in (await _pages(kafka)).values():
        for key, value in pages.items():
            if is_live_page(key, value, pages.get):
                ledgers[key.decode().rsplit("|", 3)[0]] += iter_facts(value)
    return dict(ledgers)


async def _pages(kafka: Kafka) -> dict[TopicPartition, Pages]:
    """Return the newest value of each key, by partition."""
    partitions: defaultdict[TopicPartition, Pages] = defaultdict(dict)
    async with open_reader(kafka.aiokafka, CHANGELOG_TOPIC) as reader:
        spans = await reader.whole_spans(CHANGELOG_TOPIC)
        if not spans:
            raise RapportError(
                f"topic {CHANGELOG_TOPIC} does not exist, so no worker ever ran on this Kafka; "
                "`rapport topics` creates the topics, `rapport worker` fills the ledger"
            )
        async for partition, record in reader.read(spans):
            if record.value is None:
                partitions[partition].pop(record.key, None)
            else:
                partitions[partition][record.key] = record.value
    return partitions
