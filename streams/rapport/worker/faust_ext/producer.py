"""Sends whole record batches through the producer of a Faust application.

Private API of faust-streaming, verified with version 0.15.3.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition
from faust.transport.drivers import aiokafka as driver

from rapport.runtime.private_api import require

require(driver.Producer, "_ensure_producer", library="faust-streaming")


async def send_batches(
    app: Any,
    tp: TopicPartition,
    values: Mapping[bytes, bytes | None],
    headers: Sequence[tuple[str, bytes]],
) -> list[tuple[int, int]]:
    """Send records to a partition; return (first offset, records) of each batch, in order.

    Batches are filled here: the cost of Faust's and aiokafka's `send` is per record.
    """
    producer = app.producer._ensure_producer()  # noqa: SLF001 # Faust passes on single records only
    sent: list[tuple[int, Any]] = []

    async def send(batch: Any, count: int) -> None:
        sent.append((count, await producer.send_batch(batch, tp.topic, partition=tp.partition)))

    batch, count = producer.create_batch(), 0
    for key, value in values.items():
        if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
            await send(batch, count)
            batch, count = producer.create_batch(), 0
            batch.append(key=key, value=value, timestamp=None, headers=headers)
        count += 1
    await send(batch, count)
    return [((await future).offset, length) for length, future in sent]
