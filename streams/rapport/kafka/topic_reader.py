"""Reads topics in no consumer group: what is in them now, or that and all that follows.

A record that the client library could not unpack does not end the reading: every topic is fetched
as raw record batches.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from rapport.kafka.chunks import unpacked
from rapport.kafka.connection import Kafka
from rapport.kafka.raw_fetch import fetch_raw_batches, refresh_metadata
from rapport.kafka.record_batch import Misread
from rapport_schemas.wire.errors import RapportError

log = logging.getLogger(__name__)
POLL_MS: Final = 500
RETRY_SECONDS: Final = 1.0
SLICE_RECORDS: Final = 200
"""Records handed out before other tasks of the loop get their turn."""
SILENCE_SECONDS_MAX: Final = 30.0
"""How long reading to the end waits for the next records."""
Spans = Mapping[TopicPartition, tuple[int, int]]
"""Partition -> its first offset, and the offset after its last."""
T = TypeVar("T")


class TopicReadError(RapportError):
    """A topic cannot be read to its end."""


class TopicReader:
    """Reads partitions from given offsets; `open_reader` makes one."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._next_offsets: dict[TopicPartition, int] = {}
        """Partition -> the offset after the last record that was handed out and taken."""

    async def spans(self, topic: str) -> dict[TopicPartition, tuple[int, int]]:
        """Return all that is in a topic now; nothing when it does not exist."""
        partitions = await partitions_of(self._consumer, topic)
        if not partitions:
            return {}
        first = await self._consumer.beginning_offsets(partitions)
        end = await self.ends(partitions)
        return {partition: (first[partition], end[partition]) for partition in partitions}

    async def wait_for(self, topic: str) -> dict[TopicPartition, tuple[int, int]]:
        """Return all that is in a topic, once it exists."""
        while not (spans := await self.spans(topic)):
            log.warning("topic %s does not exist yet; waiting", topic)
            await asyncio.sleep(RETRY_SECONDS)
        return spans

    async def spans_since(self, spans: Spans, since: datetime) -> Spans:
        """Return the part of `spans` that was written at `since` or later."""
        at = int(since.timestamp() * 1000)
        found = await self._consumer.offsets_for_times(dict.fromkeys(spans, at))
        return {
            partition: (
                end if found[partition] is None else max(start, found[partition].offset),
                end,
            )
            for partition, (start, end) in spans.items()
        }

    async def read(
        self, spans: Spans, silence_seconds_max: float = SILENCE_SECONDS_MAX
    ) -> AsyncIterator[tuple[TopicPartition, Any]]:
        """Yield (partition, record) of all that can be unpacked in `spans`, then end.

        Raises `TopicReadError` when nothing comes for `silence_seconds_max`.
        """
        ends = {partition: end for partition, (start, end) in spans.items() if start < end}
        self._assign({partition: spans[partition][0] for partition in ends})
        latest, moved_seconds = dict(self._next_offsets), time.monotonic()
        while not self.has_reached(ends):
            async for partition, record in self._poll():
                if record.offset < ends[partition] and not isinstance(record, Misread):
                    yield partition, record
            await self._advance()
            if self._next_offsets != latest:
                latest, moved_seconds = dict(self._next_offsets), time.monotonic()
            elif time.monotonic() - moved_seconds > silence_seconds_max:
                raise TopicReadError(self._silence(ends, silence_seconds_max))

    async def follow(
        self, spans: Spans, caught_up: Callable[[], None]
    ) -> AsyncIterator[tuple[TopicPartition, Any]]:
        """Yield (partition, record) of `spans` and of all that comes after them; never ends.

        `caught_up` is called once all that is in `spans` was taken. A record that cannot be
        unpacked is a `Misread`.
        """
        self._assign({partition: start for partition, (start, _) in spans.items()})
        ends = {partition: end for partition, (_, end) in spans.items()}
        behind = True
        while True:
            async for found in self._poll():
                yield found
            await self._advance()
            if behind and self.has_reached(ends):
                caught_up()
                behind = False

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return where partitions end now; raises `KafkaError` when Kafka does not say."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(list(partitions))
        return ends

    def has_reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Return whether everything before `ends` was handed out and taken."""
        return all(self._next_offsets[partition] >= end for partition, end in ends.items())

    def _assign(self, starts: dict[TopicPartition, int]) -> None:
        self._next_offsets = starts
        self._consumer.assign(list(starts))
        for partition, start in starts.items():
            self._consumer.seek(partition, start)

    async def _poll(self) -> AsyncIterator[tuple[TopicPartition, Any]]:
        """Yield what one fetch brings."""
        fetched = await self._consumer.getmany(timeout_ms=POLL_MS)
        for partition, chunks in fetched.items():
            for chunk in chunks:
                for count, record in enumerate(unpacked(chunk), 1):
                    yield partition, record
                    if count % SLICE_RECORDS == 0:
                        await asyncio.sleep(0)

    async def _advance(self) -> None:
        """Note how far the records reach that were taken."""
        # Compaction and retention may take the last records away: the position passes them all.
        for partition in self._next_offsets:
            self._next_offsets[partition] = await self._consumer.position(partition)

    def _silence(self, ends: Mapping[TopicPartition, int], seconds: float) -> str:
        missing = ", ".join(
            f"topic {partition.topic}, partition {partition.partition}, "
            f"offset {self._next_offsets[partition]} of {end}"
            for partition, end in sorted(ends.items())
            if self._next_offsets[partition] < end
        )
        return (
            f"Kafka sent no record for {seconds:g} s ({missing}); "
            "check that its brokers run and that each of these partitions has a leader"
        )


@asynccontextmanager
async def open_consumer(kafka: Mapping[str, Any]) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a started consumer in no group, and stop it; `kafka`: arguments of aiokafka."""
    consumer = AIOKafkaConsumer(
        **kafka, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    await asyncio.sleep(0)  # its tasks must have begun before it may be stopped
    try:
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def open_reader(kafka: Mapping[str, Any], *topics: str) -> AsyncIterator[TopicReader]:
    """Give a reader of `topics`."""
    async with open_consumer(kafka) as consumer:
        fetch_raw_batches(consumer, frozenset(topics))
        yield TopicReader(consumer)


async def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Return the partitions of a topic, in order; none when it does not exist."""
    await refresh_metadata(consumer)
    numbers = consumer.partitions_for_topic(topic) or ()
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def run_on(kafka: Kafka, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` gives; raises `TopicReadError` when Kafka does not answer."""
    try:
        return asyncio.run(work)
    except KafkaError as error:
        raise TopicReadError(f"Kafka at {kafka.bootstrap} failed: {error!r}") from error
