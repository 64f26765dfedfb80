"""Topic reader: reads topics without a consumer group, to their end or for ever.

Topics are fetched as raw record batches, so an unreadable record does not stop the reader. Only
committed records are read, and an end is the last stable offset.
"""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, UnknownTopicOrPartitionError

from rapport.kafka.connection import Kafka
from rapport.kafka.raw_fetch import (
    fetch_raw_batches,
    log_ends,
    refresh_metadata,
    stop_consumer,
)
from rapport.kafka.record_batch import UnreadableRecord, iter_records
from rapport.kafka.transactions import READ_COMMITTED
from rapport_schemas.wire.errors import RapportError

log = logging.getLogger(__name__)
POLL_MS: Final = 500
RETRY_SECONDS: Final = 1.0
SLICE_RECORDS: Final = 200
"""Records yielded before other tasks run."""
SILENCE_SECONDS_MAX: Final = 30.0
"""How long reading to the end waits for more records."""
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
        """Partition -> the offset after the last record that was yielded and taken."""

    async def spans(self, topic: str) -> dict[TopicPartition, tuple[int, int]]:
        """Return the current offsets of a topic; nothing when it does not exist."""
        partitions = await partitions_of(self._consumer, topic)
        if not partitions:
            return {}
        first = await self._consumer.beginning_offsets(partitions)
        end = await self.ends(partitions)
        return {tp: (first[tp], end[tp]) for tp in partitions}

    async def whole_spans(self, topic: str) -> dict[TopicPartition, tuple[int, int]]:
        """Return the same, of a topic whose every record is wanted.

        Raises `TopicReadError` while an open transaction holds records back.
        """
        spans = await self.spans(topic)
        ends = await log_ends(self._consumer, spans) if spans else {}
        for tp, (_, end) in spans.items():
            if end < ends[tp]:
                raise TopicReadError(
                    f"topic {topic}, partition {tp.partition}: another program's open transaction "
                    f"holds back the records from {end} to {ends[tp]}; try again once it is "
                    "committed or aborted"
                )
        return spans

    async def spans_since(self, spans: Spans, since: datetime) -> Spans:
        """Return the part of `spans` that was written at `since` or later."""
        at = int(since.timestamp() * 1000)
        offsets = await self._consumer.offsets_for_times(dict.fromkeys(spans, at))
        return {
            tp: (end if offsets[tp] is None else max(start, offsets[tp].offset), end)
            for tp, (start, end) in spans.items()
        }

    async def read(
        self, spans: Spans, silence_seconds_max: float = SILENCE_SECONDS_MAX
    ) -> AsyncIterator[tuple[TopicPartition, Any]]:
        """Yield (partition, record) of every readable record in `spans`, then end.

        Raises `TopicReadError` when nothing comes for `silence_seconds_max`.
        """
        ends = {tp: end for tp, (start, end) in spans.items() if start < end}
        self._assign({tp: spans[tp][0] for tp in ends})
        latest, moved_seconds = dict(self._next_offsets), time.monotonic()
        while not self.has_reached(ends):
            async for tp, record in self._poll():
                if record.offset < ends[tp] and not isinstance(record, UnreadableRecord):
                    yield tp, record
            await self._advance()
            if self._next_offsets != latest:
                latest, moved_seconds = dict(self._next_offsets), time.monotonic()
            elif time.monotonic() - moved_seconds > silence_seconds_max:
                tp = min(tp for tp, end in ends.items() if latest[tp] < end)
                raise TopicReadError(
                    f"topic {tp.topic}, partition {tp.partition}: Kafka sent nothing for "
                    f"{silence_seconds_max:g} s, at offset {latest[tp]} of {ends[tp]}; "
                    "check that its brokers run and that the partition has a leader"
                )

    async def follow(self, spans: Spans, caught_up: Callable[[], None]) -> AsyncIterator[Any]:
        """Yield the records of `spans` and every later one; never ends.

        Calls `caught_up` once every record in `spans` was taken. A record that cannot be read is an
        `UnreadableRecord`.
        """
        self._assign({tp: start for tp, (start, _) in spans.items()})
        ends = {tp: end for tp, (_, end) in spans.items()}
        behind = True
        while True:
            async for _, record in self._poll():
                yield record
            await self._advance()
            if behind and self.has_reached(ends):
                caught_up()
                behind = False

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the end offsets of partitions; raises `KafkaError` when Kafka does not answer."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(list(partitions))
        return ends

    def has_reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Return whether every record before `ends` was yielded and taken."""
        return all(self._next_offsets[tp] >= end for tp, end in ends.items())

    def _assign(self, starts: dict[TopicPartition, int]) -> None:
        self._next_offsets = starts
        self._consumer.assign(list(starts))
        for tp, start in starts.items():
            self._consumer.seek(tp, start)

    async def _poll(self) -> AsyncIterator[tuple[TopicPartition, Any]]:
        """Yield the records of one fetch."""
        fetched = await self._consumer.getmany(timeout_ms=POLL_MS)
        for tp, chunks in fetched.items():
            for chunk in chunks:
                for count, record in enumerate(iter_records(chunk), 1):
                    yield tp, record
                    if count % SLICE_RECORDS == 0:
                        await asyncio.sleep(0)

    async def _advance(self) -> None:
        """Update the next offsets."""
        # Compaction and retention may remove the last records: the position passes them.
        for tp in self._next_offsets:
            self._next_offsets[tp] = await self._consumer.position(tp)


class TopicFollower(ABC):
    """Takes every record of a topic, from the first on, for ever and through outages of Kafka."""

    def __init__(self, kafka: Mapping[str, Any], topic: str) -> None:
        self.caught_up = asyncio.Event()
        """Set once every record that was in the topic at the start is taken."""
        self._kafka, self._topic = kafka, topic
        self._reader: TopicReader | None = None
        self._spans: Spans = {}

    @abstractmethod
    def take(self, record: Any) -> None:
        """Take a record; one that cannot be read is an `UnreadableRecord`."""

    async def follow(self) -> None:
        """Read for ever; retry while Kafka is unreachable or the topic does not exist."""
        while True:
            try:
                async with open_reader(self._kafka, self._topic) as reader:
                    await self._follow(reader)
            except (KafkaError, OSError) as error:
                log.warning("cannot read topic %s: %s; trying again", self._topic, error)
                await asyncio.sleep(RETRY_SECONDS)

    async def catch_up(self) -> None:
        """Return once every record that is in the topic now has been taken."""
        reader = self._reader
        if reader is None:
            await self.caught_up.wait()
            return
        ends = await reader.ends(self._spans)
        while reader is self._reader and not reader.has_reached(ends):  # noqa: ASYNC110 # a bound of 20 ms will do
            await asyncio.sleep(0.02)

    async def ask(self) -> None:
        """Ask Kafka for the end of the topic; raises `KafkaError` when it does not answer."""
        if self._reader is None:
            raise KafkaConnectionError("not connected")
        await self._reader.ends(self._spans)

    async def _follow(self, reader: TopicReader) -> None:
        spans = await reader.spans(self._topic)
        if not spans:
            raise UnknownTopicOrPartitionError("it does not exist yet; `rapport topics` creates it")
        self._reader, self._spans = reader, spans
        try:
            async for record in reader.follow(spans, self.caught_up.set):
                self.take(record)
        finally:
            self._reader = None


@asynccontextmanager
async def open_consumer(kafka: Mapping[str, Any]) -> AsyncIterator[AIOKafkaConsumer]:
    """Provide a started consumer without a group, and stop it; `kafka`: arguments of aiokafka."""
    consumer = AIOKafkaConsumer(
        **kafka,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level=READ_COMMITTED,
    )
    await consumer.start()
    await asyncio.sleep(0)  # its tasks must start before it can be stopped
    try:
        yield consumer
    finally:
        await stop_consumer(consumer)


@asynccontextmanager
async def open_reader(kafka: Mapping[str, Any], *topics: str) -> AsyncIterator[TopicReader]:
    """Provide a reader of `topics`."""
    async with open_consumer(kafka) as consumer:
        fetch_raw_batches(consumer, frozenset(topics))
        yield TopicReader(consumer)


async def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Return the partitions of a topic, in order; none when it does not exist."""
    await refresh_metadata(consumer)
    numbers = consumer.partitions_for_topic(topic) or ()
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def run_on(kafka: Kafka, work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; raises `TopicReadError` when Kafka does not answer."""
    try:
        return asyncio.run(work)
    except KafkaError as error:
        raise TopicReadError(f"Kafka at {kafka.bootstrap} failed: {error!r}") from error
