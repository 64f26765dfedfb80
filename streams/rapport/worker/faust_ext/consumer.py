"""The batch lane: Faust delivers one message per chunk of a partition, not one per record.

Faust's per-message machinery costs many times what a record's own work costs, and unpacking a
record costs as much as reading it. This transport hands over some record batches of an input
topic as ONE message, still packed: its value is a `Chunk` and its offset the LAST record's. What is
committed is the end of the last chunk that is done, some seconds later, so the committed offset
reaches the end of the partition even when nothing follows, and a crash replays these seconds and
the chunks in flight. Replay is harmless: the ledger is idempotent. What is read of a partition has
no hole: a chunk that does not follow the one before it is read again from there. Assignment,
rebalance, tables and recovery stay Faust's own.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from math import inf
from typing import Any, ClassVar, Final

import faust
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import ConsumerMessage

from rapport.kafka.chunks import Chunk
from rapport.kafka.raw_fetch import fetch_raw_batches, set_fetch_wait

log = logging.getLogger(__name__)
COMMIT_DELAY_SECONDS: Final = 10.0
"""How long what is done waits to be committed: twice what it takes to see foreign records."""
FETCH_WAIT_MS: Final = 50


async def seek_to_committed(
    consumer: Any, topics: frozenset[str]
) -> dict[TopicPartition, int | None]:
    """Have a consumer read on where its group is; return the offset that each partition reads next.

    A partition of `topics` where nothing is committed begins at its first record. The client leaves
    it where it stands, and what was fetched and dropped during a rebalance would not come again.
    """
    places: dict[TopicPartition, int | None] = await consumer.seek_to_committed()
    fresh = [place for place, offset in places.items() if place.topic in topics and not offset]
    if fresh:
        places.update(await consumer.beginning_offsets(fresh))
        for place in fresh:
            consumer.seek(place, places[place])
    return places


class BatchConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc] # Faust ships no types
    """Faust's consumer thread, but input topics stay packed, and no partition waits for another."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust asks the broker to hold a fetch for 1.5 s; a node has one fetch in flight, so a
        # drained partition would wait that long for partitions that have nothing.
        set_fetch_wait(consumer, FETCH_WAIT_MS)
        return consumer

    async def on_start(self) -> None:
        """Start the consumer, and have it hand over record batches of the raw topics."""
        await super().on_start()
        fetch_raw_batches(self._consumer, self.app.raw_topics)

    async def seek_to_committed(self) -> dict[TopicPartition, int | None]:
        """Read on where the group is, on partitions of which nothing is committed as well."""
        found: dict[TopicPartition, int | None] = await self.call_thread(
            seek_to_committed, self._ensure_consumer(), self.app.lane_topics
        )
        return found


class BatchConsumer(driver.Consumer):  # type: ignore[misc] # Faust ships no types
    """Faust's consumer, but for the input topics one message is one chunk."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._seeking = asyncio.Lock()
        """Held while partitions are sent to where the group is."""
        self._following: dict[TopicPartition, int] = {}
        """Partition -> the offset at which its next chunk begins."""
        self._done: dict[TopicPartition, int] = {}
        """Partition -> the offset after the last record that is done, with all before it."""
        self._ripening: dict[TopicPartition, tuple[int, float]] = {}
        """Partition -> the offset to be committed next, and since when it is; monotonic seconds."""
        self._refused: dict[TopicPartition, int | None] = {}
        """What was committed, as this worker knows, where Kafka refused its newest commit."""

    def _new_consumer_thread(self) -> Any:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TopicPartition, Any]]:  # noqa: ASYNC109 # Faust's own signature
        """Yield (partition, message); the value of an input topic's message is a `Chunk`."""
        records, active = await self._wait_next_records(timeout)
        async with self._seeking:
            pass  # what was fetched is judged by where a seek that is under way leads
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self._seek_back()
            return
        for partition, found in list(records.items()):
            if active is None or partition in active or partition in self._buffered_partitions:
                self.app.monitor.track_tp_end_offset(partition, self.highwater(partition))
                to_message = self._message_of(partition)
                for item in found:
                    # A rebalance may have begun while the message before was taken: then all that
                    # was fetched comes again, and must not count as read.
                    if not self.flow_active or self.app.consumer_generation_id != generation:
                        return
                    if partition.topic in self.app.raw_topics:
                        if not await self._follows(partition, item):
                            break
                        # Faust would drop what it takes for read already, by its own account.
                        self._read_offset[partition] = None
                    yield partition, to_message(partition, item)

    async def _follows(self, place: TopicPartition, chunk: Chunk) -> bool:
        """Return whether a chunk leaves no hole in what is read; if it would, read it again."""
        following = self._following.get(place)
        if following is None:
            return False  # it is not known yet where the group is: all comes again
        if chunk.first_offset > following:
            try:
                following = await self._hole(place, following, chunk.first_offset)
            except (TimeoutError, KafkaError) as error:
                log.warning("%s: cannot read again from %d (%s)", place, following, error)
                return False  # so is what comes next, which tries again
        if chunk.first_offset > following:
            return False
        self._following[place] = max(following, chunk.next_offset)
        return True

    async def _hole(self, place: TopicPartition, following: int, begins: int) -> int:
        """Return where a partition is to be read on, before `begins`, and have it read there."""
        first = (await self.earliest_offsets(place))[place]
        if following < first:
            if place in self._done:
                log.error(
                    "%s: Kafka deleted the records from %d to %d before they were read; "
                    "let the topic's retention be longer than a worker is ever away",
                    *(place, following, first),
                )
                self._done[place] = first
            # Recovery begins one before the first record of a changelog: that is no loss.
            self._following[place] = following = first
        if following < begins:
            log.warning("%s: %d to %d were passed over: read again", place, following, begins)
            await self.seek_wait({place: following})
        return following

    async def _add_gap(self, tp: TopicPartition, offset_from: int, offset_to: int) -> None:
        """Do nothing: a chunk says itself which records it holds."""

    def ack(self, message: Any) -> bool:
        """Note that a chunk, and all before it, is done; whoever calls keeps that order.

        Faust's own bookkeeping lets an acknowledgement speak for a chunk that is not done, when one
        of an older fetch ended within it.
        """
        if message.acked or message.topic not in self.app.lane_topics:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        chunk, done = message.value, self._done.get(message.tp)
        if done is None:
            return False
        if chunk.first_offset > done:
            log.warning("%s: %d to %d are not done yet", message.tp, done, chunk.first_offset)
            self._following[message.tp] = done
            return False
        self._done[message.tp] = max(chunk.next_offset, done)
        return True

    def _filter_tps_with_pending_acks(self, _topics: Any = None) -> Iterator[TopicPartition]:
        return iter([place for place, offset in self._done.items() if offset])

    def _new_offset(self, tp: TopicPartition) -> int | None:
        """Return what is to be committed: what was done some seconds ago, and is done still.

        What a crash within these seconds leaves undone in the changelog is read again.
        """
        now = time.monotonic()
        offset, since = self._ripening.get(tp, (None, -inf))
        if now - since >= COMMIT_DELAY_SECONDS:
            self._ripening[tp] = self._done[tp], now
            return offset
        return None

    async def seek_to_committed(self) -> Mapping[TopicPartition, int | None]:
        """Seek to what is committed; what is done beyond it is read again."""
        async with self._seeking:
            places: Mapping[TopicPartition, int | None] = await super().seek_to_committed()
            lane = self.app.lane_topics
            begun = {place: at or 0 for place, at in places.items() if place.topic in lane}
            self._following.update(begun)
            self._done = begun
            self._ripening.clear()
        return places

    async def seek_wait(self, partitions: Mapping[TopicPartition, int]) -> None:
        """Seek, and read on from there without a hole."""
        async with self._seeking:
            await super().seek_wait(partitions)
            self._following.update(partitions)

    async def _commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        done: bool = await super()._commit(offsets)
        if not done:
            self._refused = {place: self._committed_offset[place] for place in offsets}
        return done

    async def _commit_offsets(
        self,
        offsets: Mapping[TopicPartition, int],
        start_new_transaction: bool = True,  # noqa: FBT001, FBT002 # Faust's own signature
    ) -> bool:
        """Commit; what Kafka refused counts as it did before.

        Faust counts it as committed, and would not commit it again.
        """
        self._refused = {}
        done: bool = await super()._commit_offsets(offsets, start_new_transaction)
        self._committed_offset.update(self._refused)
        return done

    def _message_of(self, partition: TopicPartition) -> Callable[[TopicPartition, Any], Any]:
        in_lane = partition.topic in self.app.raw_topics
        return self._chunk_message if in_lane else self._to_message

    def _chunk_message(self, partition: TopicPartition, chunk: Chunk) -> Any:
        return ConsumerMessage(
            topic=partition.topic,
            partition=partition.partition,
            offset=chunk.next_offset - 1,
            timestamp=chunk.newest_milliseconds / 1000.0,
            timestamp_type=0,
            headers=None,
            key=None,
            value=chunk,
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=partition,
            generation_id=self.app.consumer_generation_id,
        )

    async def _seek_back(self) -> None:
        try:
            await self.perform_seek()
        except (TimeoutError, KafkaError) as error:
            self.log.warning("could not seek while the flow was paused: %s", error)


class BatchTransport(driver.Transport):  # type: ignore[misc] # Faust ships no types
    """Faust's aiokafka transport with the batch lane."""

    Consumer: ClassVar[type[Any]] = BatchConsumer


class BatchApp(faust.App):  # type: ignore[misc] # Faust ships no types
    """A Faust application whose input topics travel in the batch lane."""

    lane_topics: frozenset[str] = frozenset()
    """The input topics."""
    raw_topics: frozenset[str] = frozenset()
    """These, and the changelog."""

    def _new_transport(self) -> Any:
        return BatchTransport(self.conf.broker_consumer, self)


class BatchSchema(faust.Schema):  # type: ignore[misc] # Faust ships no types
    """Passes a chunk through: decoders read it."""

    def compile(self, app: Any, **_handlers: Any) -> Callable[..., Any]:
        """Return the decoder that makes one event of one chunk."""
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001 # Faust's own signature
            return create_event(None, message.value, None, message)

        return decode
