"""Record batches as Kafka sent them, and what else aiokafka has no public setting for."""

import asyncio
import subprocess
import sys

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from rapport.kafka.raw_fetch import (
    RawRecords,
    fetch_raw_batches,
    read_committed,
    refresh_metadata,
    set_fetch_wait,
    stop_consumer,
)
from rapport.kafka.record_batch import Chunk, iter_records

RAW, UNPACKED = "raw-fetch-raw", "raw-fetch-unpacked"
VALUES = [b"one", b"two", b"three"]


def test_a_fetch_without_a_whole_batch_has_nothing_and_says_its_size():
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    builder.append(0, 0, b"key", b"value", [])
    batch = bytes(builder.build())
    assert not RawRecords(b"").has_next()
    assert not RawRecords(batch[:-1]).has_next()
    assert RawRecords(batch).has_next()
    assert RawRecords(batch).size_in_bytes() == len(batch)


class Away:
    """A consumer whose fetch waits to be tried again when it is stopped."""

    def __init__(self):
        self.closed = False
        self._client = self

    async def stop(self):
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    async def close(self):
        self.closed = True


def test_a_consumer_whose_kafka_is_away_is_stopped_whole_and_cancels_no_other_task():
    async def script():
        consumer = Away()
        await stop_consumer(consumer)
        return consumer.closed

    assert asyncio.run(script())


def test_who_is_cancelled_while_a_consumer_stops_stays_cancelled():
    async def script():
        consumer = Away()
        stopping = asyncio.create_task(stop_consumer(consumer))
        await asyncio.sleep(0)
        stopping.cancel()
        await asyncio.wait([stopping])
        return consumer.closed, stopping.cancelled()

    assert asyncio.run(script()) == (True, True)


@pytest.mark.parametrize(
    "module",
    [
        "admin.dead_letter_store",
        "admin.registry",
        "admin.backfill",
        "worker.ingest.side_outputs",
        "worker.ingest.compacted_topic",
        "web.server",
        "admin.openmetrics_file",
    ],
)
def test_a_command_that_reads_topics_imports_no_faust(module):
    code = f"import rapport.{module}, sys; sys.exit('faust' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


async def create(kafka, *topics):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1) for topic in topics])
    finally:
        await admin.close()


async def fill(kafka, *topics):
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for topic in topics:
            for value in VALUES:
                await producer.send_and_wait(topic, value, partition=0)
    finally:
        await producer.stop()


@pytest.mark.kafka
def test_a_raw_topic_comes_in_chunks_and_every_other_in_records(kafka):
    async def script():
        await create(kafka, RAW, UNPACKED)
        await fill(kafka, RAW, UNPACKED)
        consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
        set_fetch_wait(consumer, 10)
        read_committed(consumer)
        await consumer.start()
        fetch_raw_batches(consumer, frozenset({RAW}))
        partitions = [TopicPartition(RAW, 0), TopicPartition(UNPACKED, 0)]
        consumer.assign(partitions)
        found = {RAW: [], UNPACKED: []}
        try:
            while any([await consumer.position(one) < len(VALUES) for one in partitions]):
                for partition, fetched in (await consumer.getmany(timeout_ms=500)).items():
                    found[partition.topic] += fetched
        finally:
            await consumer.stop()
        return found

    found = asyncio.run(script())
    assert [record.value for record in found[UNPACKED]] == VALUES
    assert all(isinstance(chunk, Chunk) for chunk in found[RAW])
    assert [record.value for chunk in found[RAW] for record in iter_records(chunk)] == VALUES
    assert (found[RAW][0].first_offset, found[RAW][-1].next_offset) == (0, len(VALUES))


@pytest.mark.kafka
def test_a_consumer_that_would_read_uncommitted_records_is_refused(kafka):
    async def script():
        consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
        await consumer.start()
        await asyncio.sleep(0)  # its tasks must start before it can be stopped
        try:
            fetch_raw_batches(consumer, frozenset({RAW}))
        finally:
            await consumer.stop()

    with pytest.raises(ValueError, match="isolation level read_committed"):
        asyncio.run(script())


@pytest.mark.kafka
def test_a_topic_that_was_made_meanwhile_is_known_after_a_refresh(kafka):
    async def script():
        consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
        await consumer.start()
        try:
            await create(kafka, "raw-fetch-new")
            before = consumer.partitions_for_topic("raw-fetch-new")
            await refresh_metadata(consumer)
            return before, consumer.partitions_for_topic("raw-fetch-new")
        finally:
            await consumer.stop()

    assert asyncio.run(script()) == (None, {0, 1})
