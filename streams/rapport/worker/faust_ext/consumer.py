"""Batch consumer: Faust delivers one message per chunk of a partition, not one per record.

Private API of faust-streaming, verified with version 0.15.3.

Faust's work per message costs many times what a record's own work costs. This transport delivers
some record batches of an input topic as one message: its value is a `Chunk`, still compressed, and
its offset is the last record's. Assignment, rebalance, tables and recovery stay Faust's own.

Delivery is at least once, in contiguous offsets. The committed offset is the end of the last chunk
that is done, with a delay, so a crash replays the delay and the chunks in flight; the ledger is
idempotent. A chunk that does not continue the chunk before it is fetched again from the gap on.
Only committed records are read. The offsets of a chunk pass over aborted records and markers.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from math import inf
from typing import Any, ClassVar, Final

import faust
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import ConsumerMessage

from rapport.kafka.raw_fetch import (
    fetch_raw_batches,
    log_ends,
    read_committed,
    set_fetch_wait,
)
from rapport.kafka.record_batch import Chunk
from rapport.runtime.private_api import require
from rapport.worker.faust_ext.commit_meter import DONE, FAILED, CommitMeter

log = logging.getLogger(__name__)
COMMIT_DELAY_SECONDS: Final = 10.0
"""How long a finished chunk waits for its commit: twice the period of the zombie-write check."""
FETCH_WAIT_MS: Final = 50
require(
    driver.AIOKafkaConsumerThread,
    *("_create_worker_consumer", "_ensure_consumer", "_consumer", "_highwaters", "highwater"),
    library="faust-streaming",
)
require(
    driver.Consumer,
    *("_new_consumer_thread", "_wait_next_records", "_add_gap", "_filter_tps_with_pending_acks"),
    *("_new_offset", "_commit", "_commit_offsets", "_to_message"),
    *("_buffered_partitions", "_read_offset", "_committed_offset", "_unacked_messages"),
    library="faust-streaming",
)
require(faust.App, "_new_transport", library="faust-streaming")


async def seek_to_committed(
    consumer: Any, topics: frozenset[str]
) -> dict[TopicPartition, int | None]:
    """Seek a consumer to its group's committed offsets; return the next offset of each partition.

    A partition of `topics` without a committed offset begins at its first record. aiokafka leaves
    its position unchanged, and records that a rebalance discarded would not be fetched again.
    """
    offsets: dict[TopicPartition, int | None] = await consumer.seek_to_committed()
    uncommitted = [tp for tp, offset in offsets.items() if tp.topic in topics and not offset]
    if uncommitted:
        offsets.update(await consumer.beginning_offsets(uncommitted))
        for tp in uncommitted:
            consumer.seek(tp, offsets[tp])
    return offsets


class BatchConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc] # Faust ships no types
    """Faust's consumer thread; it delivers raw batches, and no partition waits for another."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust asks the broker to hold a fetch for 1.5 s. A node has one fetch in flight, so a
        # drained partition would wait that long for partitions without data.
        set_fetch_wait(consumer, FETCH_WAIT_MS)
        read_committed(consumer)
        return consumer

    async def on_start(self) -> None:
        """Start the consumer, and let it deliver record batches of the raw topics."""
        await super().on_start()
        fetch_raw_batches(self._consumer, self.app.raw_topics)

    async def seek_to_committed(self) -> dict[TopicPartition, int | None]:
        """Seek to the group's committed offsets, or to the first record where there is none."""
        offsets: dict[TopicPartition, int | None] = await self.call_thread(
            seek_to_committed, self._ensure_consumer(), self.app.input_topics
        )
        return offsets

    def highwater(self, tp: TopicPartition) -> int | None:
        """Return the last stable offset: what an open transaction holds back is no lag."""
        offset: int | None = self._ensure_consumer().last_stable_offset(tp)
        return offset

    async def _highwaters(self, partitions: Iterable[TopicPartition]) -> Mapping[Any, int]:
        """Return the ends of changelogs, which recovery must reach.

        An open transaction holds back every later record. Pages that are recovered without those
        records would be written over them, so recovery waits for the end of the transaction.
        """
        consumer, tps = self._ensure_consumer(), list(partitions)
        ends, stable = await log_ends(consumer, tps), await consumer.end_offsets(tps)
        for tp in tps:
            if stable[tp] < ends[tp]:
                log.warning(
                    "%s: another program's open transaction holds back the records from %d to %d; "
                    "the worker waits until it is committed or aborted",
                    *(tp, stable[tp], ends[tp]),
                )
        return ends


class BatchConsumer(driver.Consumer):  # type: ignore[misc] # Faust ships no types
    """Faust's consumer; a message of an input topic is one chunk."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._seeking = asyncio.Lock()
        """Held during a seek."""
        self._next_offset: dict[TopicPartition, int] = {}
        """Partition -> the offset at which its next chunk begins."""
        self._done: dict[TopicPartition, int] = {}
        """Partition -> the offset before which every record is done."""
        self._pending_commit: dict[TopicPartition, tuple[int, float]] = {}
        """Partition -> the offset to commit next, and since when it waits; monotonic seconds."""
        self._rejected_commits: dict[TopicPartition, int | None] = {}
        """Partition -> its last committed offset, where Kafka rejected the newest commit."""

    def _new_consumer_thread(self) -> Any:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TopicPartition, Any]]:  # noqa: ASYNC109 # Faust's own signature
        """Yield (partition, message); the value of an input topic's message is a `Chunk`."""
        records, active = await self._wait_next_records(timeout)
        async with self._seeking:
            pass  # a seek that is under way decides which of these records are next
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self._seek_back()
            return
        for tp, items in list(records.items()):
            if active is None or tp in active or tp in self._buffered_partitions:
                self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
                is_raw = tp.topic in self.app.raw_topics
                to_message = self._chunk_message if is_raw else self._to_message
                for item in items:
                    # A rebalance may have begun while the previous message was handled: then all
                    # fetched records come again, and must not count as read.
                    if not self.flow_active or self.app.consumer_generation_id != generation:
                        return
                    if is_raw:
                        if not await self._is_contiguous(tp, item):
                            break
                        # Faust would drop the chunk if its own offset said that it was read.
                        self._read_offset[tp] = None
                    yield tp, to_message(tp, item)

    async def _is_contiguous(self, tp: TopicPartition, chunk: Chunk) -> bool:
        """Return whether a chunk continues what was read; if not, fetch the gap again."""
        next_offset = self._next_offset.get(tp)
        if next_offset is None:
            return False  # the committed offset is not known yet: the chunk is fetched again
        if chunk.first_offset > next_offset:
            try:
                next_offset = await self._recover_gap(tp, next_offset, chunk.first_offset)
            except (TimeoutError, KafkaError) as error:
                log.warning("%s: cannot read again from %d (%s)", tp, next_offset, error)
                return False  # the next chunk leaves the same gap, and tries again
        if chunk.first_offset > next_offset:
            return False
        self._next_offset[tp] = max(next_offset, chunk.next_offset)
        return True

    async def _recover_gap(self, tp: TopicPartition, next_offset: int, gap_end: int) -> int:
        """Seek back to the gap before `gap_end`; return the offset that is read next."""
        first = (await self.earliest_offsets(tp))[tp]
        if next_offset < first:
            if tp in self._done:
                log.error(
                    "%s: Kafka deleted the records from %d to %d before they were read; "
                    "let the topic's retention be longer than a worker is ever stopped",
                    *(tp, next_offset, first),
                )
                self._done[tp] = first
            # Recovery begins one before the first record of a changelog: nothing is lost there.
            self._next_offset[tp] = next_offset = first
        if next_offset < gap_end:
            log.warning("%s: %d to %d were skipped: fetching them again", tp, next_offset, gap_end)
            await self.seek_wait({tp: next_offset})
        return next_offset

    async def _add_gap(self, tp: TopicPartition, offset_from: int, offset_to: int) -> None:
        """Do nothing: a chunk states its own offsets."""

    def ack(self, message: Any) -> bool:
        """Note that a chunk, and all before it, is done; callers acknowledge in order.

        Faust's own bookkeeping would also count a chunk that is not done, when a chunk of an older
        fetch ended within it.
        """
        if message.acked or message.topic not in self.app.input_topics:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        chunk, done = message.value, self._done.get(message.tp)
        if done is None:
            return False
        if chunk.first_offset > done:
            log.warning("%s: %d to %d are not done yet", message.tp, done, chunk.first_offset)
            self._next_offset[message.tp] = done
            return False
        self._done[message.tp] = max(chunk.next_offset, done)
        return True

    def handled_offsets(self) -> dict[TopicPartition, int]:
        """Return partition -> the offset before which every record is processed."""
        return self._done.copy()

    def _filter_tps_with_pending_acks(self, _topics: Any = None) -> Iterator[TopicPartition]:
        return iter([tp for tp, offset in self._done.items() if offset])

    def _new_offset(self, tp: TopicPartition) -> int | None:
        """Return the offset to commit: what was done `COMMIT_DELAY_SECONDS` ago.

        A crash before then leaves records uncommitted, so they are read again.
        """
        now = time.monotonic()
        offset, since = self._pending_commit.get(tp, (None, -inf))
        if now - since >= COMMIT_DELAY_SECONDS:
            self._pending_commit[tp] = self._done[tp], now
            return offset
        return None

    async def seek_to_committed(self) -> Mapping[TopicPartition, int | None]:
        """Seek to the committed offsets; what is done beyond them is read again."""
        async with self._seeking:
            offsets: Mapping[TopicPartition, int | None] = await super().seek_to_committed()
            inputs = self.app.input_topics
            begins = {tp: offset or 0 for tp, offset in offsets.items() if tp.topic in inputs}
            self._next_offset.update(begins)
            self._done = begins
            self._pending_commit.clear()
        return offsets

    async def seek_wait(self, partitions: Mapping[TopicPartition, int]) -> None:
        """Seek, and expect the next chunk at these offsets."""
        async with self._seeking:
            await super().seek_wait(partitions)
            self._next_offset.update(partitions)

    async def _commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        started = time.monotonic()
        done: bool = await super()._commit(offsets)
        self.app.commit_meter.add(DONE if done else FAILED, time.monotonic() - started)
        if not done:
            self._rejected_commits = {tp: self._committed_offset[tp] for tp in offsets}
        return done

    async def _commit_offsets(
        self,
        offsets: Mapping[TopicPartition, int],
        start_new_transaction: bool = True,  # noqa: FBT001, FBT002 # Faust's own signature
    ) -> bool:
        """Commit, and restore the committed offsets that Kafka rejected.

        Faust counts a rejected offset as committed, and would not commit it again.
        """
        self._rejected_commits = {}
        done: bool = await super()._commit_offsets(offsets, start_new_transaction)
        self._committed_offset.update(self._rejected_commits)
        return done

    def _chunk_message(self, tp: TopicPartition, chunk: Chunk) -> Any:
        return ConsumerMessage(
            topic=tp.topic,
            partition=tp.partition,
            offset=chunk.next_offset - 1,
            timestamp=chunk.newest_milliseconds / 1000.0,
            timestamp_type=0,
            headers=None,
            key=None,
            value=chunk,
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def _seek_back(self) -> None:
        try:
            await self.perform_seek()
        except (TimeoutError, KafkaError) as error:
            self.log.warning("could not seek while the flow was paused: %s", error)


class BatchTransport(driver.Transport):  # type: ignore[misc] # Faust ships no types
    """Faust's aiokafka transport with the batch consumer."""

    Consumer: ClassVar[type[Any]] = BatchConsumer


class BatchApp(faust.App):  # type: ignore[misc] # Faust ships no types
    """A Faust application that reads its input topics by the batch consumer."""

    input_topics: frozenset[str] = frozenset()
    """The topics of events."""
    raw_topics: frozenset[str] = frozenset()
    """The topics that are fetched as raw batches: the input topics and the changelogs."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.commit_meter = CommitMeter()

    def _new_transport(self) -> Any:
        return BatchTransport(self.conf.broker_consumer, self)


class BatchSchema(faust.Schema):  # type: ignore[misc] # Faust ships no types
    """Passes a chunk through unread: the decoders read it."""

    def compile(self, app: Any, **_handlers: Any) -> Callable[..., Any]:
        """Return the decoder that makes one event of one chunk."""
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001 # Faust's own signature
            return create_event(None, message.value, None, message)

        return decode
