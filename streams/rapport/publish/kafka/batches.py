"""Appends encoded records to kafka-python's batches.

`KafkaProducer.send` spends 20 us an event on checks, a future and callbacks for every record. Here
a record is encoded once, and a batch has one future for all of its records. kafka-python does the
rest: lingering, compression, checksums, retries, splitting of batches that are too large.

Private API of kafka-python, verified with version 3.0.12. A test compares the bytes with those of
its own builder.
"""

import time
from typing import Any

from kafka import KafkaProducer
from kafka.errors import IllegalStateError, KafkaTimeoutError
from kafka.producer.future import FutureProduceResult
from kafka.producer.producer_batch import ProducerBatch
from kafka.producer.record_accumulator import RecordAccumulator
from kafka.producer.sender import Sender
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecordsBuilder

from rapport.publish.event_record import EventRecord
from rapport.publish.record_encoding import varint
from rapport.runtime.private_api import require

require(KafkaProducer, "_accumulator", "_metadata", "_sender", "_closed", library="kafka-python")
require(
    RecordAccumulator, *("_tp_lock", "_closed", "_batches", "_incomplete"), library="kafka-python"
)
require(ProducerBatch, "produce_future", "records", "_record_futures", library="kafka-python")
require(MemoryRecordsBuilder, "_builder", "_next_offset", "_batch_size", library="kafka-python")
require(
    DefaultRecordBatchBuilder,
    *("_first_timestamp", "_max_timestamp", "_last_offset", "_num_records", "_buffer"),
    library="kafka-python",
)
require(Sender, "force_close", "wakeup", library="kafka-python")
require(FutureProduceResult, "_latch", library="kafka-python")


class RecordDelivery:
    """The outcome of one record: that of its batch, or of the batch that it was split into."""

    __slots__ = ("_future", "_index")

    def __init__(self, future: Any, index: int) -> None:
        self._future, self._index = future, index

    @property
    def is_done(self) -> bool:
        """Whether Kafka has answered, or the producer has given up."""
        return bool(self._future.is_done)

    @property
    def exception(self) -> BaseException | None:
        """What went wrong, or None."""
        future = self._future
        if not future.is_done or future.exception is not None:
            return future.exception  # type: ignore[no-any-return] # kafka-python ships no types
        exception_of = future.value[2]
        return exception_of(self._index) if exception_of else None

    def succeeded(self) -> bool:
        """Whether Kafka has the record."""
        return self.is_done and self.exception is None

    def get(self, timeout: float) -> None:
        """Wait until Kafka has the record; raises `KafkaError` when it was not written."""
        deadline = time.monotonic() + timeout
        while not self._future.is_done:
            # A split wakes this up, to wait for another future.
            if not self._future.wait(max(0.0, deadline - time.monotonic())):
                raise KafkaTimeoutError(f"no answer in {timeout:g} s")
        if self.exception is not None:
            raise self.exception

    def rebind(self, future: Any, index: int) -> None:
        """Move to the batch that now holds the record; kafka-python calls it when it splits one."""
        before, self._future, self._index = self._future, future, index
        before._latch.set()  # noqa: SLF001 # as kafka-python's own futures do


class _Records(MemoryRecordsBuilder):  # type: ignore[misc] # kafka-python ships no types
    """A batch of kafka-python that accepts encoded records."""

    __slots__ = ()

    def append_body(self, encoded: bytes, timestamp_ms: int) -> bool:
        """Append a record; False when the batch is closed, or full."""
        builder = self._builder
        if builder is None:
            return False
        if builder._first_timestamp is None:  # noqa: SLF001 # required above
            builder._first_timestamp = builder._max_timestamp = timestamp_ms  # noqa: SLF001 # required above
        header = varint(timestamp_ms - builder._first_timestamp) + varint(self._next_offset)  # noqa: SLF001 # required above
        length = 1 + len(header) + len(encoded)
        buffer = builder._buffer  # noqa: SLF001 # required above
        if self._next_offset and len(buffer) + length + 5 > self._batch_size:
            return False
        buffer += b"".join((varint(length), b"\0", header, encoded))
        builder._max_timestamp = max(builder._max_timestamp, timestamp_ms)  # noqa: SLF001 # required above
        builder._last_offset = self._next_offset  # noqa: SLF001 # required above
        builder._num_records += 1  # noqa: SLF001 # required above
        self._next_offset += 1
        return True


def append(producer: Any, tp: Any, event: EventRecord) -> RecordDelivery:
    """Put an event into the open batch of a partition, or a new one; raises `KafkaError`."""
    accumulator = producer._accumulator  # noqa: SLF001 # required above
    encoded, timestamp_ms = event.record, int(time.time() * 1000)
    with accumulator._tp_lock(tp):  # noqa: SLF001 # required above
        if accumulator._closed:  # noqa: SLF001 # required above
            raise IllegalStateError("the producer is closed")
        waiting = accumulator._batches[tp]  # noqa: SLF001 # required above
        fresh = not waiting or not _appended(waiting[-1], encoded, timestamp_ms)
        if fresh:
            waiting.append(_new_batch(accumulator, tp))
            accumulator._incomplete.add(waiting[-1])  # noqa: SLF001 # required above
            _appended(waiting[-1], encoded, timestamp_ms)
        batch = waiting[-1]
        delivery = RecordDelivery(batch.produce_future, batch.records.next_offset() - 1)
        batch._record_futures.append(delivery)  # noqa: SLF001 # required above
    if fresh:
        producer._sender.wakeup()  # noqa: SLF001 # required above
    return delivery


def _appended(batch: Any, encoded: bytes, timestamp_ms: int) -> bool:
    # After a split, kafka-python makes batches of its own class, which accept no encoded records.
    records = batch.records
    return isinstance(records, _Records) and records.append_body(encoded, timestamp_ms)


def _new_batch(accumulator: Any, tp: Any) -> Any:
    config = accumulator.config
    records = _Records(config["message_version"], config["compression_attrs"], config["batch_size"])
    return ProducerBatch(tp, records)


def partition_count(producer: Any, topic: str) -> int:
    """Return the number of partitions of a topic; the public method waits even if it is known."""
    return len(
        producer._metadata.partitions_for_topic(topic)  # noqa: SLF001 # required above
        or producer.partitions_for(topic)
    )


def abandon(producer: Any) -> None:
    """Discard the records in flight: `close` flushes, and waits while the broker is unreachable."""
    producer._sender.force_close()  # noqa: SLF001 # required above
    disown(producer)


def disown(producer: Any) -> None:
    """Mark a producer as closed without closing it, so that nothing waits for it at exit."""
    producer._closed = True  # noqa: SLF001 # required above
