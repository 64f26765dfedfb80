"""After a rebalance a partition of which nothing is committed is read from its first record."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from rapport.worker.faust_ext.consumer import seek_to_committed

pytestmark = pytest.mark.kafka
INPUT, CHANGELOG = "seek-input", "seek-changelog"
RECORDS = 3


async def fill(kafka):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await admin.start()
    await producer.start()
    try:
        await admin.create_topics([NewTopic(INPUT, 2, 1), NewTopic(CHANGELOG, 1, 1)])
        for topic, partition in ((INPUT, 0), (INPUT, 1), (CHANGELOG, 0)):
            for _ in range(RECORDS):
                await producer.send_and_wait(topic, b"x", partition=partition)
    finally:
        await producer.stop()
        await admin.close()


async def read_past(consumer):
    """Read everything, as a worker that drops what it fetched during a rebalance does."""
    read = 0
    while read < 3 * RECORDS:
        read += sum(map(len, (await consumer.getmany(timeout_ms=500)).values()))


def test_what_was_fetched_and_dropped_before_anything_was_committed_comes_again(kafka):
    async def script():
        await fill(kafka)
        consumer = AIOKafkaConsumer(
            INPUT,
            CHANGELOG,
            bootstrap_servers=kafka,
            group_id="seek",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            await read_past(consumer)
            await consumer.commit({TopicPartition(INPUT, 1): 2})
            tps = await seek_to_committed(consumer, frozenset({INPUT}))
            return tps, {tp: await consumer.position(tp) for tp in tps}
        finally:
            await consumer.stop()

    tps, positions = asyncio.run(script())
    fresh, begun, changelog = (
        TopicPartition(INPUT, 0),
        TopicPartition(INPUT, 1),
        TopicPartition(CHANGELOG, 0),
    )
    assert tps == {fresh: 0, begun: 2, changelog: None}
    assert positions == {fresh: 0, begun: 2, changelog: RECORDS}
