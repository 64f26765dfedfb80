"""Reads and writes the registry of clients, for the command line."""

import uuid
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from rapport.domain.clients.registry import Directory, RegistryError
from rapport.kafka.connection import Kafka
from rapport.kafka.topic_reader import open_reader
from rapport.worker.ingest.compacted_topic import read_record
from rapport_schemas.client import ClientRegistered, ClientRemoved
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CLIENTS_TOPIC
from rapport_schemas.wire.rejection import Rejected

SOURCE = "urn:rapport:clients"


async def read_registry(kafka: Kafka) -> Directory:
    """Return the current registry; invalid records are skipped, as in a worker."""
    directory = Directory()
    async with open_reader(kafka.aiokafka, CLIENTS_TOPIC) as reader:
        spans = await reader.spans(CLIENTS_TOPIC)
        if not spans:
            raise RegistryError(
                f"{kafka.bootstrap} has no topic {CLIENTS_TOPIC}; create it with: rapport topics"
            )
        async for _, record in reader.read(spans):
            try:
                directory.put(*read_record(record, CLIENTS_TOPIC))
            except Rejected:
                continue
    return directory


async def write_registry(kafka: Kafka, data: ClientRegistered | ClientRemoved) -> None:
    """Write a registration or removal, and wait for every in-sync replica."""
    topic, key, value, headers = write_binary(
        data, event_id=uuid.uuid4().hex, source=SOURCE, time=datetime.now(UTC)
    )
    producer = AIOKafkaProducer(**kafka.aiokafka, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, key, headers=headers)
    finally:
        await producer.stop()
