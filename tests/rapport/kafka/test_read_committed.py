"""Topics with transactions on a real broker: their readers see what was committed."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from rapport.admin.registry import read_registry
from rapport.kafka.connection import Kafka
from rapport.kafka.raw_fetch import log_ends
from rapport.kafka.topic_reader import TopicFollower, TopicReadError, open_consumer, open_reader
from rapport.worker.storage.ledger_zone import settle_zone
from rapport_schemas.client import ClientRegistered
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CLIENTS_TOPIC

pytestmark = pytest.mark.kafka
CODECS = (None, "gzip", "lz4", "zstd")


def producing(bootstrap, transactional_id=None, codec=None):
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=transactional_id, compression_type=codec
    )


async def create(bootstrap, topic, partitions=1):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


async def send_all(producer, topic, values, partitions):
    for partition in partitions:
        for value in values:
            await producer.send(topic, value, b"key", partition=partition)
    await producer.flush()


async def read(reader, spans):
    """Return partition -> the values in it, in order."""
    found = {tp.partition: [] for tp in spans}
    async for tp, record in reader.read(spans):
        found[tp.partition].append(record.value)
    return found


def test_transactions_of_two_producers_in_three_partitions_are_read_as_each_ended(kafka):
    topic, partitions = "transactions-interleaved", (0, 1, 2)

    async def script():
        await create(kafka, topic, len(partitions))
        expected = []
        for number, codec in enumerate(CODECS):
            one = producing(kafka, f"one-{number}", codec)
            two = producing(kafka, f"two-{number}", codec)
            async with one as aborting, two as committing, producing(kafka) as plain:
                await aborting.begin_transaction()
                await committing.begin_transaction()
                for step in range(3):
                    names = [b"%d/%d/%d" % (number, step, item) for item in range(20)]
                    await send_all(
                        aborting, topic, [b"aborted " + name for name in names], partitions
                    )
                    await send_all(
                        committing, topic, [b"kept " + name for name in names], partitions
                    )
                    await send_all(plain, topic, [b"plain %d/%d" % (number, step)], partitions)
                    expected += [*(b"kept " + name for name in names)]
                    expected.append(b"plain %d/%d" % (number, step))
                await aborting.abort_transaction()
                await committing.commit_transaction()
                # The same producers again, the other way round.
                for producer, value in ((aborting, b"now kept"), (committing, b"aborted")):
                    await producer.begin_transaction()
                    await send_all(producer, topic, [value], partitions)
                await aborting.commit_transaction()
                await committing.abort_transaction()
                expected.append(b"now kept")
        async with open_reader(Kafka(kafka).aiokafka, topic) as reader:
            spans = await reader.spans(topic)
            return expected, await read(reader, spans)

    expected, found = asyncio.run(script())
    assert found == dict.fromkeys(partitions, expected)


def test_a_topic_ends_where_an_open_transaction_begins_and_goes_on_after_it(kafka):
    topic = "transactions-open"

    async def script():
        await create(kafka, topic)
        tp = TopicPartition(topic, 0)
        async with producing(kafka, "open") as producer, producing(kafka) as plain:
            await send_all(plain, topic, [b"before"], [0])
            await producer.begin_transaction()
            await send_all(producer, topic, [b"within"], [0])
            await send_all(plain, topic, [b"beside"], [0])
            async with open_reader(Kafka(kafka).aiokafka, topic) as reader:
                spans = await reader.spans(topic)
                held_back = spans[tp], (await read(reader, spans))[0]
                with pytest.raises(TopicReadError, match="holds back the records from 1 to 3; try"):
                    await reader.whole_spans(topic)
            async with open_consumer(Kafka(kafka).aiokafka) as consumer:
                ends = await log_ends(consumer, [tp]), await consumer.end_offsets([tp])
            await producer.commit_transaction()
        async with open_reader(Kafka(kafka).aiokafka, topic) as reader:
            spans = await reader.whole_spans(topic)
            return held_back, [end[tp] for end in ends], spans[tp], (await read(reader, spans))[0]

    held_back, ends, span, found = asyncio.run(script())
    assert held_back == ((0, 1), [b"before"])
    assert ends == [3, 1]
    assert span == (0, 4)
    assert found == [b"before", b"within", b"beside"]


def test_a_topic_of_aborted_records_only_is_read_to_its_end(kafka):
    topic = "transactions-aborted-only"

    async def script():
        await create(kafka, topic)
        async with producing(kafka, "aborting") as producer:
            for _ in range(3):
                await producer.begin_transaction()
                await send_all(producer, topic, [b"aborted"] * 5, [0])
                await producer.abort_transaction()
        async with open_reader(Kafka(kafka).aiokafka, topic) as reader:
            spans = await reader.spans(topic)
            return list(spans.values()), await read(reader, spans)

    assert asyncio.run(script()) == ([(0, 18)], {0: []})


class Followed(TopicFollower):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.values = []

    def take(self, record):
        self.values.append(record.value)


def test_a_follower_takes_a_record_when_it_is_committed_and_an_aborted_one_never(kafka):
    topic = "transactions-followed"

    async def script():
        await create(kafka, topic)
        followed = Followed(Kafka(kafka).aiokafka, topic)
        following = asyncio.create_task(followed.follow())
        try:
            async with producing(kafka, "followed") as producer:
                await followed.caught_up.wait()
                await producer.begin_transaction()
                await send_all(producer, topic, [b"aborted"], [0])
                await producer.abort_transaction()
                await producer.begin_transaction()
                await send_all(producer, topic, [b"committed"], [0])
                await followed.catch_up()
                before = list(followed.values)
                await producer.commit_transaction()
                await followed.catch_up()
                return before, followed.values
        finally:
            following.cancel()

    assert asyncio.run(script()) == ([], [b"committed"])


def test_a_client_whose_registration_was_aborted_is_not_in_the_registry(empty_kafka):
    async def script():
        async with producing(empty_kafka, "registering") as producer:
            for name, finish in (
                ("aborted", producer.abort_transaction),
                ("committed", producer.commit_transaction),
            ):
                data = ClientRegistered(client=name, name=name.title(), owner="team")
                topic, key, value, headers = write_binary(
                    data, event_id=name, source="urn:test", time=datetime.now(UTC)
                )
                await producer.begin_transaction()
                await (await producer.send(topic, value, key, headers=headers))
                await finish()
        return await read_registry(Kafka(empty_kafka))

    directory = asyncio.run(script())
    assert directory.resolve("committed") == "committed"
    assert directory.resolve("aborted") is None


def test_the_zone_that_a_first_worker_writes_is_believed_once_it_can_be_read(empty_kafka):
    async def script():
        kafka = Kafka(empty_kafka)
        async with producing(empty_kafka, "open") as producer:
            await producer.begin_transaction()
            await send_all(producer, CLIENTS_TOPIC, [b"{}"], [0])
            settling = asyncio.create_task(settle_zone(kafka, "Europe/Amsterdam"))
            async with open_consumer(kafka.aiokafka) as consumer:
                tp = TopicPartition(CLIENTS_TOPIC, 0)
                while (await log_ends(consumer, [tp]))[tp] < 2:  # noqa: ASYNC110 # Kafka's own end
                    await asyncio.sleep(0.05)
            was_done = settling.done()
            await producer.abort_transaction()
        return was_done, (await settling).name

    assert asyncio.run(script()) == (False, "Europe/Amsterdam")
