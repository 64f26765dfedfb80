"""Side outputs of a chunk: dead letters, and events forwarded to their own partition.

Kafka refuses a whole batch of the producer when it is larger than its topic takes. So a message
that is refused for its size is sent again alone, then smaller: without its value, then with nothing
but its reason and origin.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from rapport.kafka.record_batch import Chunk, Record, records_at
from rapport.worker.ingest.dead_letter import Header, Keep, dead_letter
from rapport.worker.ingest.router import RoutingResult
from rapport.worker.ingest.writer import RoutedChunk, retry_until_acked
from rapport_schemas.wire.registry import DEAD_LETTERS_TOPIC
from rapport_schemas.wire.rejection import Rejected

log = logging.getLogger(__name__)
SENDS_AT_ONCE: Final = 1_000
WITHHELD: Final = ("origin", "nothing")
"""What is kept of a dead letter that is too big for its topic."""
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
        taken = await asyncio.gather(*(_is_taken(send, message) for message in some))
        for message in (one for one, is_taken in zip(some, taken, strict=True) if not is_taken):
            await _send_alone(send, message, result)


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


def _dead_letter(
    origin: TopicPartition, record: Record, rejected: Rejected, keep: Keep = Keep.ALL
) -> _Message:
    fields = dead_letter(origin, record, rejected, keep)
    return _Message(DEAD_LETTERS_TOPIC, *fields, None, origin, record)


async def _is_taken(send: Send, message: _Message) -> bool:
    """Send a message; return False when Kafka refuses its size. Other failures are retried."""

    async def send_once() -> None:
        topic, key, value, headers, partition, *_ = message
        try:
            await send(topic, key, value, partition, None, headers)
        except MessageSizeTooLargeError:
            refused.append(message)

    refused: list[_Message] = []
    await retry_until_acked(send_once)
    return not refused


async def _send_alone(send: Send, message: _Message, result: RoutingResult) -> None:
    """Send a message whose batch was too big; nothing else is on its way to its topic."""
    if await _is_taken(send, message):
        return
    origin, record = message.origin, message.record
    rejected = result.dead.get(record.offset, TOO_BIG)
    if message.topic != DEAD_LETTERS_TOPIC and await _is_taken(
        send, _dead_letter(origin, record, rejected)
    ):
        return
    for keep in (Keep.KEY_AND_HEADERS, Keep.ORIGIN):
        if await _is_taken(send, _dead_letter(origin, record, rejected, keep)):
            _withhold("origin", "its value is withheld", message, result)
            return
    _withhold("nothing", "it is only where it came from", message, result)


def _withhold(kept: str, outcome: str, message: _Message, result: RoutingResult) -> None:
    result.withheld[kept] += 1
    tp, record = message.origin, message.record
    log.error(
        "the dead letter of %s, partition %d, offset %d, is too big for topic %s, so %s; "
        "raise max.message.bytes of that topic",
        *(tp.topic, tp.partition, record.offset, DEAD_LETTERS_TOPIC, outcome),
    )
