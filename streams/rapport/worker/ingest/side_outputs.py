"""Publishes what a chunk holds for others: dead letters, and events of another partition."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from rapport.kafka.record_batch import Chunk, Record, records_at
from rapport.worker.ingest.dead_letter import Header, dead_letter
from rapport.worker.ingest.router import RoutingResult
from rapport.worker.ingest.writer import RoutedChunk, retry_until_acked
from rapport_schemas.wire.registry import DEAD_LETTERS_TOPIC
from rapport_schemas.wire.rejection import Rejected

SENDS_AT_ONCE: Final = 1_000
TOO_BIG: Final = Rejected("too-big", "", "Kafka does not take it under its client's own key")
Send = Callable[..., Awaitable[Any]]
"""Sends (topic, key, value, partition, time, headers); returns once Kafka has it."""


class _Message(NamedTuple):
    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[Header]
    partition: int | None
    origin: TopicPartition
    record: Record


async def send_side_outputs(folded: RoutedChunk, send: Send) -> None:
    """Publish dead letters and forwarded events; return once Kafka has them."""
    batch = folded.batch
    messages = _messages(folded, batch) if batch.dead or batch.forward else iter(())
    # In a thread: a chunk that is unpacked again, as for an unknown client, may inflate greatly.
    while some := await asyncio.to_thread(lambda: list(islice(messages, SENDS_AT_ONCE))):
        await asyncio.gather(*(retry_until_acked(_sender(send, message)) for message in some))


def _messages(folded: RoutedChunk, batch: RoutingResult) -> Iterator[_Message]:
    origin: TopicPartition = folded.event.message.tp
    for record in _records(folded.chunk, batch):
        if record.offset in batch.dead:
            yield _letter(origin, record, batch.dead[record.offset])
        else:
            client, home = batch.forward[record.offset]
            event = client.encode(), record.value, list(record.headers)
            yield _Message(origin.topic, *event, home, origin, record)


def _records(chunk: Chunk, batch: RoutingResult) -> Iterator[Record]:
    yield from batch.rejected_records.values()
    again = (batch.dead.keys() | batch.forward.keys()) - batch.rejected_records.keys()
    if again:
        yield from records_at(chunk, again)


def _letter(origin: TopicPartition, record: Record, rejected: Rejected) -> _Message:
    letter = dead_letter(origin, record, rejected)
    return _Message(DEAD_LETTERS_TOPIC, *letter, None, origin, record)


def _sender(send: Send, message: _Message) -> Callable[[], Awaitable[Any]]:
    async def once() -> None:
        topic, key, value, headers, partition, origin, record = message
        try:
            await send(topic, key, value, partition, None, headers)
        except MessageSizeTooLargeError:
            if topic == DEAD_LETTERS_TOPIC:
                raise
            await _sender(send, _letter(origin, record, TOO_BIG))()

    return once
