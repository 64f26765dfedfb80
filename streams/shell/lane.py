"""The batch lane: Faust delivers one message per fetched batch of a partition, not one per record.

Faust's per-message machinery costs many times what a record's own work costs. This transport
hands over each fetched batch of an input topic as ONE message: its value is the list of raw
records and its offset the LAST record's. Faust sees the records before the last as a gap that it
acknowledges together with the message, so the committed offset reaches the end of the partition
even when nothing follows, and a crash replays at most the batches in flight. Replay is harmless:
the ledger is idempotent. Assignment, rebalance, tables and recovery stay Faust's own.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar, Final

import faust
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

FETCH_WAIT_MS: Final = 50
BATCH_RECORDS_MAX: Final = 4_000
"""Bounds a batch, so that the loop is never held long and a replay after a crash is short."""


class LaneThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc] # Faust ships no types
    """Faust's consumer thread, but an idle partition does not hold up a busy one."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust asks the broker to hold a fetch for 1.5 s; a node has one fetch in flight, so a
        # drained partition would wait that long for partitions that have nothing.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 # Faust has no setting for it
        return consumer


class LaneConsumer(driver.Consumer):  # type: ignore[misc] # Faust ships no types
    """Faust's consumer, but for the input topics one message is one batch."""

    def _new_consumer_thread(self) -> Any:
        return LaneThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 # Faust's own signature
        """Yield (partition, message); a message of an input topic holds a list of records."""
        records, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self._seek_back()
            return
        for partition, batch in list(records.items()):
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if active is None or partition in active or partition in self._buffered_partitions:
                self.app.monitor.track_tp_end_offset(partition, self.highwater(partition))
                for message in self._messages(partition, batch):
                    yield partition, message

    def _messages(self, partition: TP, batch: list[Any]) -> list[Any]:
        if partition.topic not in self.app.lane_topics:
            return [self._to_message(partition, record) for record in batch]
        return [self._batch_message(partition, batch)] if batch else []

    def _batch_message(self, partition: TP, batch: list[Any]) -> Any:
        last = batch[-1]
        return ConsumerMessage(
            topic=last.topic,
            partition=last.partition,
            offset=last.offset,
            timestamp=last.timestamp / 1000.0,
            timestamp_type=last.timestamp_type,
            headers=None,
            key=None,
            value=batch,
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

    def _new_transport(self) -> Any:
        return LaneTransport(self.conf.broker_consumer, self)


class LaneSchema(faust.Schema):  # type: ignore[misc] # Faust ships no types
    """Passes a batch through undecoded: the fold reads the records itself."""

    def compile(self, app: Any, **_handlers: Any) -> Callable[..., Any]:
        """Return the decoder that makes one event of one batch."""
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001 # Faust's own signature
            return create_event(None, message.value, None, message)

        return decode
