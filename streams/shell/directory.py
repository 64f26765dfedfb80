"""Follows the compacted `clients` topic, so that every worker knows every client."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from rapport.schemas.envelope import read
from rapport.schemas.registry import CONTRACTS
from rapport.schemas.rejections import Rejected
from rapport.streams.core.clients import Client, Directory

log = logging.getLogger(__name__)
RETRY_SECONDS = 1.0
POLL_MS = 500


class DirectoryReader:
    """Reads the registry from its first record to its last, then follows it."""

    def __init__(self, topic: str, kafka: dict[str, Any]) -> None:
        self.directory = Directory()
        self.caught_up = asyncio.Event()
        self._topic = topic
        self._kafka = kafka
        self._consumer: AIOKafkaConsumer | None = None

    async def follow(self) -> None:
        """Read for ever; while the broker is away, wait and try again."""
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                log.warning("cannot read topic %s: %s; trying again", self._topic, error)
                await asyncio.sleep(RETRY_SECONDS)

    async def catch_up(self) -> None:
        """Return once everything that is in the topic now has been read."""
        consumer = self._consumer
        if consumer is None:
            await self.caught_up.wait()
            return
        partitions = list(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        while consumer is self._consumer and not await self._reached(consumer, ends):  # noqa: ASYNC110 # the consumer tells nobody when it moves
            await asyncio.sleep(0.02)

    async def _read(self) -> None:
        consumer = AIOKafkaConsumer(**self._kafka, enable_auto_commit=False, group_id=None)
        await consumer.start()
        try:
            partitions = await self._partitions(consumer)
            consumer.assign(partitions)
            await consumer.seek_to_beginning()
            self._consumer = consumer
            ends = await consumer.end_offsets(partitions)
            while True:
                batches = await consumer.getmany(timeout_ms=POLL_MS)
                self._apply(record for batch in batches.values() for record in batch)
                if not self.caught_up.is_set() and await self._reached(consumer, ends):
                    self.caught_up.set()
        finally:
            self._consumer = None
            await consumer.stop()

    async def _partitions(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        while True:
            await consumer._client.force_metadata_update()  # noqa: SLF001 # the public call answers from a cache
            found = consumer.partitions_for_topic(self._topic)
            if found:
                return [TopicPartition(self._topic, number) for number in sorted(found)]
            log.warning("topic %s does not exist yet; waiting", self._topic)
            await asyncio.sleep(RETRY_SECONDS)

    @staticmethod
    async def _reached(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
        for partition, end in ends.items():
            if end and await consumer.position(partition) < end:
                return False
        return True

    def _apply(self, records: Iterable[Any]) -> None:
        registered: dict[str, Client | None] = {}
        for record in records:
            try:
                client_id, client = parse(record)
            except Rejected as error:
                log.warning("registry record %s left out: %s", record.offset, error)
                continue
            registered[client_id] = client
        for client_id in [name for name, client in registered.items() if client is None]:
            self.directory.remove(client_id)
        self.directory.register_all(client for client in registered.values() if client)


def parse(record: Any) -> tuple[str, Client | None]:
    """Return (id, client) of a registry record; None in place of the client removes it."""
    if record.value is None:
        return (record.key or b"").decode(errors="replace"), None
    envelope = read(record.key, record.value, record.headers)
    data = CONTRACTS[envelope.type].decode(envelope.data)
    if envelope.type == "rapport.client.removed.v1":
        return data.client, None
    return data.client, Client(data.client, data.name, data.owner, tuple(data.aliases))
