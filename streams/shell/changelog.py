"""Writes pages to the changelog first and to the local store after, a batch at a time.

Faust's own path sends each key by itself and may leave the local store ahead of the changelog after
a crash. Here a page is in the local store only when Kafka has acknowledged it.
"""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from faust.types import TP


class Changelog:
    """The ledger's table: reads from its local store, writes through its changelog topic."""

    def __init__(self, app: Any, table: Any) -> None:
        self._app = app
        self._table = table
        self.partition = 0
        """The partition whose batch is in hand; reads are from its store."""

    def get(self, key: bytes) -> bytes | None:
        """Return a page of the partition in hand, or None."""
        value: bytes | None = self._table.data._db_for_partition(self.partition).get(key)  # noqa: SLF001 # skips a codec lookup per page
        return value

    async def write(self, partition: int, values: Mapping[bytes, bytes]) -> None:
        """Store pages; returns when the changelog has them. Raises `KafkaError`."""
        topic = self._table.changelog_topic_name
        send = self._app.producer.send
        sent = [
            await send(topic, key, value, partition, None, None) for key, value in values.items()
        ]
        offsets = [record.offset for record in await asyncio.gather(*sent)]
        events = [
            SimpleNamespace(
                message=SimpleNamespace(
                    tp=TP(topic, partition),
                    partition=partition,
                    offset=offset,
                    key=key,
                    value=value,
                )
            )
            for offset, (key, value) in zip(offsets, values.items(), strict=True)
        ]
        if events:
            self._table.data.apply_changelog_batch(events, to_key=None, to_value=None)
