"""Follows the compacted `clients` topic, so that every worker knows every client."""

import asyncio
import logging
from collections import Counter
from typing import Any

from aiokafka.errors import KafkaConnectionError, KafkaError

from rapport.domain.clients import Client, Directory
from rapport.kafka.record_batch import Misread
from rapport.kafka.topic_reader import Spans, TopicReader, open_reader
from rapport.worker.ingest.internal_errors import internal_error
from rapport_schemas.client import ClientRemoved
from rapport_schemas.wire.envelope import read
from rapport_schemas.wire.registry import CLIENTS_TOPIC, CONTRACTS
from rapport_schemas.wire.rejection import Rejected

log = logging.getLogger(__name__)
RETRY_SECONDS = 1.0


class DirectoryReader:
    """Reads the registry from its first record to its last, then follows it."""

    def __init__(self, kafka: dict[str, Any]) -> None:
        self.directory = Directory()
        self.caught_up = asyncio.Event()
        self.left_out: Counter[str] = Counter()
        """Reason -> records that said nothing, since the start."""
        self._kafka = kafka
        self._reader: TopicReader | None = None
        self._spans: Spans = {}

    async def follow(self) -> None:
        """Read for ever; while the broker is away, wait and try again."""
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                log.warning("cannot read topic %s: %s; trying again", CLIENTS_TOPIC, error)
                await asyncio.sleep(RETRY_SECONDS)

    async def catch_up(self) -> None:
        """Return once everything that is in the topic now has been read."""
        reader = self._reader
        if reader is None:
            await self.caught_up.wait()
            return
        ends = await reader.ends(self._spans)
        while reader is self._reader and not reader.has_reached(ends):  # noqa: ASYNC110 # a bound of 20 ms will do
            await asyncio.sleep(0.02)

    async def ask(self) -> None:
        """Ask Kafka where the topic ends; raises `KafkaError` when it does not say."""
        if self._reader is None:
            raise KafkaConnectionError("not connected")
        await self._reader.ends(self._spans)

    async def _read(self) -> None:
        async with open_reader(self._kafka, CLIENTS_TOPIC) as reader:
            spans = await reader.wait_for(CLIENTS_TOPIC)
            self._reader, self._spans = reader, spans
            try:
                async for _, record in reader.follow(spans, self.caught_up.set):
                    self._take(record)
            finally:
                self._reader = None

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
    if contract.topic != CLIENTS_TOPIC:
        raise Rejected("foreign-type", "type", f"{envelope.type} is not for this topic")
    data = contract.decode(envelope.data)
    if data.client != key:
        # Kafka keeps the newest record of a key: under another one this would undo a stranger's.
        raise Rejected("invalid", "key", "the key of a client's record is the client's own id")
    if contract.model is ClientRemoved:
        return data.client, None
    return data.client, Client(data.client, data.name, data.owner, tuple(data.aliases))
