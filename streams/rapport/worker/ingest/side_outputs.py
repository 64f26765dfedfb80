"""Side outputs of a chunk: dead letters, and events forwarded to their own partition."""

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


async def send_side_outputs(routed: RoutedChunk, send: Send) -> None:
    """Publish dead letters and forwarded events; return once Kafka has them."""
    result = routed.result
    messages = _messages(routed, result) if result.dead or result.forward else iter(())
    # In a thread: a chunk that is decompressed again, as for an unknown client, may be large.
    while some := await asyncio.to_thread(lambda: list(islice(messages, SENDS_AT_ONCE))):
        await asyncio.gather(*(retry_until_acked(_sender(send, message)) for message in some))


def _messages(routed: RoutedChunk, result: RoutingResult) -> Iterator[_Message]:
    origin: TopicPartition = routed.event.message.tp
    for record in _records(routed.chunk, result):
        if record.offset in result.dead:
            yield _dead_letter(origin, record, result.dead[record.offset])
        else:
            client, home = result.forward[record.offset]
            event = client.encode(), record.value, list(record.headers)
            yield _Message(origin.topic, *event, home, origin, record)


def _records(chunk: Chunk, result: RoutingResult) -> Iterator[Record]:
    yield from result.rejected_records.values()
    unread = (result.dead.keys() | result.forward.keys()) - result.rejected_records.keys()
    if unread:
        yield from records_at(chunk, unread)


def _dead_letter(origin: TopicPartition, record: Record, rejected: Rejected) -> _Message:
    fields = dead_letter(origin, record, rejected)
    return _Message(DEAD_LETTERS_TOPIC, *fields, None, origin, record)


def _sender(send: Send, message: _Message) -> Callable[[], Awaitable[Any]]:
    async def send_once() -> None:
        topic, key, value, headers, partition, origin, record = message
        try:
            await send(topic, key, value, partition, None, headers)
        except MessageSizeTooLargeError:
            if topic == DEAD_LETTERS_TOPIC:
                raise
            await _sender(send, _dead_letter(origin, record, TOO_BIG))()

    return send_once
