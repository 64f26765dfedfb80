"""Announcement producer: publishes to `relationship-health` with gzip, which every client can read.

The worker's own producer compresses with lz4, which a plain kafka-python cannot decompress.
"""

import asyncio
from typing import Any, Final

from aiokafka import AIOKafkaProducer

OutgoingRecord = tuple[str, bytes, bytes, list[tuple[str, bytes]]]
LINGER_MS: Final = 20


class AnnouncementProducer:
    """A producer that connects at the first announcement."""

    def __init__(self, kafka: dict[str, Any]) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None

    async def publish(self, records: list[OutgoingRecord]) -> None:
        """Return once every in-sync replica has all, in their order; raises `KafkaError`."""
        producer = self._producer or await self._started()
        sent = [
            await producer.send(topic, value, key, headers=headers)
            for topic, key, value, headers in records
        ]
        await asyncio.gather(*sent)

    async def stop(self) -> None:
        """Close the connection."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def _started(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._kafka, acks="all", compression_type="gzip", linger_ms=LINGER_MS
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        return producer
