"""Follows the compacted `clients` topic, so that every worker knows every client."""

import asyncio
import logging
from collections import Counter
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from rapport.schemas.client import ClientRemoved
from rapport.schemas.envelope import read
from rapport.schemas.registry import CONTRACTS
from rapport.schemas.rejections import Rejected
from rapport.streams.core.clients import Client, Directory
from rapport.streams.shell.chunks import Chunk, unpacked
from rapport.streams.shell.internal_errors import internal_error
from rapport.streams.shell.raw_fetch import fetch_raw_batches
from rapport.streams.shell.record_batches import Misread

log = logging.getLogger(__name__)
RETRY_SECONDS = 1.0
POLL_MS = 500
SLICE_RECORDS = 200
"""Records taken in before the loop may do something else."""
REGISTRY = "clients"


class DirectoryReader:
    """Reads the registry from its first record to its last, then follows it."""

    def __init__(self, topic: str, kafka: dict[str, Any]) -> None:
        self.directory = Directory()
        self.caught_up = asyncio.Event()
        self.left_out: Counter[str] = Counter()
        """Reason -> records that said nothing, since the start."""
        self._topic = topic
        self._kafka = kafka
        self._consumer: AIOKafkaConsumer | None = None
        self._applied: dict[TopicPartition, int] = {}
        """Partition -> the offset after the last record that the directory has."""

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
        while consumer is self._consumer and not self._reached(ends):  # noqa: ASYNC110 # a bound of 20 ms will do
            await asyncio.sleep(0.02)

    async def ask(self) -> None:
        """Ask Kafka where the topic ends; raises `KafkaError` when it does not say."""
        consumer = self._consumer
        if consumer is None:
            raise KafkaConnectionError("not connected")
        await consumer.end_offsets(list(consumer.assignment()))

    async def _read(self) -> None:
        consumer = AIOKafkaConsumer(**self._kafka, enable_auto_commit=False, group_id=None)
        await consumer.start()
        try:
            # A record that the client cannot unpack would end it, and every event waits for this.
            fetch_raw_batches(consumer, frozenset({self._topic}))
            partitions = await self._partitions(consumer)
            consumer.assign(partitions)
            await consumer.seek_to_beginning()
            ends = await consumer.end_offsets(partitions)
            self._applied = {place: await consumer.position(place) for place in partitions}
            self._consumer = consumer
            while True:
                fetched = await consumer.getmany(timeout_ms=POLL_MS)
                for partition, found in fetched.items():
                    await self._apply(partition, found)
                if not self.caught_up.is_set() and self._reached(ends):
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

    def _reached(self, ends: dict[TopicPartition, int]) -> bool:
        return all(self._applied.get(partition, 0) >= end for partition, end in ends.items())

    async def _apply(self, partition: TopicPartition, found: list[Chunk]) -> None:
        for chunk in found:
            for count, record in enumerate(unpacked(chunk), 1):
                self._take(record)
                if count % SLICE_RECORDS == 0:
                    await asyncio.sleep(0)
            self._applied[partition] = chunk.next_offset

    def _take(self, record: Any) -> None:
        try:
            client_id, client = parse(record)
        except Exception as error:  # noqa: BLE001 # one poisoned record never stops the registry
            rejected = error if isinstance(error, Rejected) else internal_error(error)
            self.left_out[rejected.reason] += 1
            where = rejected.logged_path or "the record"
            log.warning("client record %s: %s at %s", record.offset, rejected.reason, where)
        else:
            if client is None:
                self.directory.remove(client_id)
            else:
                self.directory.register(client)


def parse(record: Any) -> tuple[str, Client | None]:
    """Return (id, client) of a registry record; None in place of the client removes it."""
    if isinstance(record, Misread):
        raise record.rejected
    key = (record.key or b"").decode(errors="replace")
    if record.value is None:
        return key, None
    envelope = read(record.key, record.value, record.headers)
    contract = CONTRACTS[envelope.type]
    if contract.topic != REGISTRY:
        raise Rejected("foreign-type", "type", f"{envelope.type} is not for this topic")
    data = contract.decode(envelope.data)
    if data.client != key:
        # Kafka keeps the newest record of a key: under another one this would undo a stranger's.
        raise Rejected("invalid", "key", "the key of a client's record is the client's own id")
    if contract.model is ClientRemoved:
        return data.client, None
    return data.client, Client(data.client, data.name, data.owner, tuple(data.aliases))
