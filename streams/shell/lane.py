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
from types import FunctionType, MethodType
from typing import Any, ClassVar, Final

import faust
from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaError
from aiokafka.record.memory_records import MemoryRecords
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from rapport.streams.shell.chunks import Chunk, chunks

log = logging.getLogger(__name__)
RIPE_SECONDS: Final = 10.0
"""How long what is done waits to be committed: twice what it takes to see foreign records."""
FETCH_WAIT_MS: Final = 50
CHUNK_RECORDS: Final = 4_000
"""About how many records a chunk has, so that a replay after a crash is short."""


class FetchedBytes:
    """What a fetch gave for one partition, as bytes, where aiokafka expects its own reader."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.records = MemoryRecords(raw)

    def has_next(self) -> bool:
        """Return whether there is a whole record batch."""
        found: bool = self.records.has_next()
        return found

    def size_in_bytes(self) -> int:
        """Return how many bytes were fetched."""
        return len(self.raw)


def _lane_records(topics: frozenset[str]) -> type[Any]:
    """Return aiokafka's iterator over fetched records, which leaves `topics` packed."""

    class LaneRecords(fetcher.PartitionRecords):  # type: ignore[misc] # aiokafka ships no types
        next_fetch_offset: int

        def __init__(self, partition: TP, fetched: FetchedBytes, *rest: Any) -> None:
            super().__init__(partition, fetched.records, *rest)
            if partition.topic in topics:
                self._records_iterator = self._chunks(fetched.raw)

        def _chunks(self, raw: bytes) -> Iterator[Chunk]:
            for chunk in chunks(raw, self.next_fetch_offset, CHUNK_RECORDS):
                self.next_fetch_offset = chunk.next_offset
                yield chunk

    return LaneRecords


def leave_packed(consumer: Any, topics: frozenset[str]) -> None:
    """Have a started aiokafka consumer hand over the records of `topics` as chunks."""
    names = {"MemoryRecords": FetchedBytes, "PartitionRecords": _lane_records(topics)}
    method = fetcher.Fetcher._proc_fetch_request  # noqa: SLF001 # aiokafka has no setting for it
    # The same function over two other names: nothing else of aiokafka is changed.
    function = FunctionType(method.__code__, {**method.__globals__, **names})
    own = consumer._fetcher  # noqa: SLF001
    own._proc_fetch_request = MethodType(function, own)  # noqa: SLF001


async def seek_to_committed(consumer: Any, topics: frozenset[str]) -> dict[TP, int | None]:
    """Have a consumer read on where its group is; return the offset that each partition reads next.

    A partition of `topics` where nothing is committed begins at its first record. The client leaves
    it where it stands, and what was fetched and dropped during a rebalance would not come again.
    """
    places: dict[TP, int | None] = await consumer.seek_to_committed()
    fresh = [place for place, offset in places.items() if place.topic in topics and not offset]
    if fresh:
        places.update(await consumer.beginning_offsets(fresh))
        for place in fresh:
            consumer.seek(place, places[place])
    return places


class LaneThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc] # Faust ships no types
    """Faust's consumer thread, but input topics stay packed, and no partition waits for another."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust asks the broker to hold a fetch for 1.5 s; a node has one fetch in flight, so a
        # drained partition would wait that long for partitions that have nothing.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 # Faust has no setting for it
        return consumer

    async def on_start(self) -> None:
        """Start the consumer, and have its fetcher leave the lane's topics packed."""
        await super().on_start()
        leave_packed(self._consumer, self.app.packed_topics)

    async def seek_to_committed(self) -> dict[TP, int | None]:
        """Read on where the group is, on partitions of which nothing is committed as well."""
        found: dict[TP, int | None] = await self.call_thread(
            seek_to_committed, self._ensure_consumer(), self.app.lane_topics
        )
        return found


class LaneConsumer(driver.Consumer):  # type: ignore[misc] # Faust ships no types
    """Faust's consumer, but for the input topics one message is one chunk."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._seeking = asyncio.Lock()
        """Held while partitions are sent to where the group is."""
        self._following: dict[TP, int] = {}
        """Partition -> the offset at which its next chunk begins."""
        self._done: dict[TP, int] = {}
        """Partition -> the offset after the last record that is done, with all before it."""
        self._ripening: dict[TP, tuple[int, float]] = {}
        """Partition -> the offset to be committed next, and since when it is; monotonic seconds."""
        self._refused: dict[TP, int | None] = {}
        """What was committed, as this worker knows, where Kafka refused its newest commit."""

    def _new_consumer_thread(self) -> Any:
        return LaneThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 # Faust's own signature
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
                    if partition.topic in self.app.packed_topics:
                        if not await self._follows(partition, item):
                            break
                        # Faust would drop what it takes for read already, by its own account.
                        self._read_offset[partition] = None
                    yield partition, to_message(partition, item)

    async def _follows(self, place: TP, chunk: Chunk) -> bool:
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

    async def _hole(self, place: TP, following: int, begins: int) -> int:
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

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
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

    def _filter_tps_with_pending_acks(self, _topics: Any = None) -> Iterator[TP]:
        return iter([place for place, offset in self._done.items() if offset])

    def _new_offset(self, tp: TP) -> int | None:
        """Return what is to be committed: what was done some seconds ago, and is done still.

        What a crash within these seconds leaves undone in the changelog is read again.
        """
        now = time.monotonic()
        offset, since = self._ripening.get(tp, (None, -inf))
        if now - since >= RIPE_SECONDS:
            self._ripening[tp] = self._done[tp], now
            return offset
        return None

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        """Seek to what is committed; what is done beyond it is read again."""
        async with self._seeking:
            places: Mapping[TP, int | None] = await super().seek_to_committed()
            lane = self.app.lane_topics
            begun = {place: at or 0 for place, at in places.items() if place.topic in lane}
            self._following.update(begun)
            self._done = begun
            self._ripening.clear()
        return places

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek, and read on from there without a hole."""
        async with self._seeking:
            await super().seek_wait(partitions)
            self._following.update(partitions)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        done: bool = await super()._commit(offsets)
        if not done:
            self._refused = {place: self._committed_offset[place] for place in offsets}
        return done

    async def _commit_offsets(
        self,
        offsets: Mapping[TP, int],
        start_new_transaction: bool = True,  # noqa: FBT001, FBT002 # Faust's own signature
    ) -> bool:
        """Commit; what Kafka refused counts as it did before.

        Faust counts it as committed, and would not commit it again.
        """
        self._refused = {}
        done: bool = await super()._commit_offsets(offsets, start_new_transaction)
        self._committed_offset.update(self._refused)
        return done

    def _message_of(self, partition: TP) -> Callable[[TP, Any], Any]:
        in_lane = partition.topic in self.app.packed_topics
        return self._chunk_message if in_lane else self._to_message

    def _chunk_message(self, partition: TP, chunk: Chunk) -> Any:
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


class LaneTransport(driver.Transport):  # type: ignore[misc] # Faust ships no types
    """Faust's aiokafka transport with the batch lane."""

    Consumer: ClassVar[type[Any]] = LaneConsumer


class LaneApp(faust.App):  # type: ignore[misc] # Faust ships no types
    """A Faust application whose input topics travel in the batch lane."""

    lane_topics: frozenset[str] = frozenset()
    """The input topics."""
    packed_topics: frozenset[str] = frozenset()
    """These, and the changelog."""

    def _new_transport(self) -> Any:
        return LaneTransport(self.conf.broker_consumer, self)


class LaneSchema(faust.Schema):  # type: ignore[misc] # Faust ships no types
    """Passes a chunk through: decoders read it."""

    def compile(self, app: Any, **_handlers: Any) -> Callable[..., Any]:
        """Return the decoder that makes one event of one chunk."""
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001 # Faust's own signature
            return create_event(None, message.value, None, message)

        return decode
