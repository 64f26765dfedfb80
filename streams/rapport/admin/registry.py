"""Reads and writes the registry of clients and their places, for the command line."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer
from pydantic import ValidationError

from rapport.domain.clients.registry import Directory, RegistryError
from rapport.kafka.connection import Kafka
from rapport.kafka.topic_reader import open_reader
from rapport.worker.ingest.compacted_topic import Put, read_record
from rapport_schemas.client import ClientRegistered, ClientRemoved, OrganisationDescribed
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CLIENTS_TOPIC, ORGANISATION_TOPIC
from rapport_schemas.wire.rejection import Rejected

SOURCE = "urn:rapport:clients"


async def read_registry(kafka: Kafka) -> Directory:
    """Return the current registry; invalid records are skipped, as in a worker."""
    directory = Directory()
    await _read(kafka, CLIENTS_TOPIC, directory.put)
    return directory


async def read_places(kafka: Kafka) -> dict[str, OrganisationDescribed]:
    """Return the current place of each client in the organisation, as it was described."""
    places: dict[str, OrganisationDescribed] = {}

    def put(key: str, event: Any) -> None:
        if isinstance(event, OrganisationDescribed):
            places[key] = event
        else:
            places.pop(key, None)

    await _read(kafka, ORGANISATION_TOPIC, put)
    return places


async def _read(kafka: Kafka, topic: str, put: Put) -> None:
    async with open_reader(kafka.aiokafka, topic) as reader:
        spans = await reader.spans(topic)
        if not spans:
            raise RegistryError(
                f"{kafka.bootstrap} has no topic {topic}; create it with: rapport topics"
            )
        async for _, record in reader.read(spans):
            try:
                put(*read_record(record, topic))
            except Rejected:
                continue


def valid_event(model: Any, **fields: Any) -> Any:
    """Return an event of a contract; raises `RegistryError` with the field that is wrong."""
    try:
        return model(**fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise RegistryError(f"{path} is {first['input']!r}: {first['msg']}") from None


async def write_registry(kafka: Kafka, data: ClientRegistered | ClientRemoved) -> None:
    """Write a registration or removal, and wait for every in-sync replica."""
    await write_records(kafka, [data])


async def write_records(kafka: Kafka, events: Iterable[Any]) -> None:
    """Write events of compacted topics in their order, and wait for every in-sync replica."""
    producer = AIOKafkaProducer(**kafka.aiokafka, acks="all")
    await producer.start()
    try:
        for data in events:
            topic, key, value, headers = write_binary(
                data, event_id=uuid.uuid4().hex, source=SOURCE, time=datetime.now(UTC)
            )
            await producer.send_and_wait(topic, value, key, headers=headers)
    finally:
        await producer.stop()
