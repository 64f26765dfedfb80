"""Publishes what a chunk holds for others: dead letters, and events of another partition."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from aiokafka.errors import MessageSizeTooLargeError

from rapport.schemas.registry import DEAD_LETTERS_TOPIC
from rapport.schemas.rejections import Rejected
from rapport.streams.shell.chunks import Record, records_at
from rapport.streams.shell.dead_letters import Header, dead_letter
from rapport.streams.shell.fold import Batch
from rapport.streams.shell.writer import Folded, until_done

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
    record: Record


async def send_aside(folded: Folded, send: Send) -> None:
    """Publish dead letters and forwarded events; return once Kafka has them."""
    batch = folded.batch
    messages = _messages(folded, batch) if batch.dead or batch.forward else iter(())
    while some := list(islice(messages, SENDS_AT_ONCE)):
        await asyncio.gather(*(until_done(_sender(send, message)) for message in some))


def _messages(folded: Folded, batch: Batch) -> Iterator[_Message]:
    origin = folded.event.message
    offsets = batch.dead.keys() | batch.forward.keys()
    for record in records_at(origin.topic, origin.partition, folded.chunk, offsets):
        if record.offset in batch.dead:
            yield _letter(record, batch.dead[record.offset])
        else:
            client, home = batch.forward[record.offset]
            headers = list(record.headers)
            yield _Message(record.topic, client.encode(), record.value, headers, home, record)


def _letter(record: Record, rejected: Rejected) -> _Message:
    return _Message(DEAD_LETTERS_TOPIC, *dead_letter(record, rejected), None, record)


def _sender(send: Send, message: _Message) -> Callable[[], Awaitable[Any]]:
    async def once() -> None:
        topic, key, value, headers, partition, record = message
        try:
            await send(topic, key, value, partition, None, headers)
        except MessageSizeTooLargeError:
            if topic == DEAD_LETTERS_TOPIC:
                raise
            await _sender(send, _letter(record, TOO_BIG))()

    return once
