"""A topic is read to its end, or followed for ever, and says plainly when Kafka gives nothing."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.errors import KafkaConnectionError

from rapport.devkit.kafka.broker import Broker
from rapport.kafka import topic_reader
from rapport.kafka.connection import Kafka
from rapport.kafka.topic_reader import (
    SLICE_RECORDS,
    TopicFollower,
    TopicReader,
    TopicReadError,
    open_consumer,
    open_reader,
    partitions_of,
    run_on,
)

SECONDS_MAX = 60
DAY_MS = 86_400_000
HERE = Kafka("127.0.0.1:1")


def test_an_error_of_kafka_is_shown_in_a_sentence_with_its_address():
    async def away():
        raise KafkaConnectionError("nobody there")

    with pytest.raises(TopicReadError, match=r"Kafka at 127\.0\.0\.1:1 failed: .*nobody there"):
        run_on(HERE, away())


def test_what_was_asked_is_returned():
    async def answer():
        return 42

    assert run_on(HERE, answer()) == 42


class Silent:
    """A consumer of a partition whose leader is away."""

    def assign(self, _partitions):
        pass

    def seek(self, _partition, _offset):
        pass

    async def getmany(self, timeout_ms):
        await asyncio.sleep(timeout_ms / 1e6)
        return {}

    async def position(self, _partition):
        return 7


def test_reading_ends_with_the_partition_and_the_offset_when_nothing_comes():
    async def script():
        spans = {TopicPartition("quiet", 1): (7, 9), TopicPartition("quiet", 0): (0, 3)}
        async for _ in TopicReader(Silent()).read(spans, silence_seconds_max=0.01):
            pass

    with pytest.raises(TopicReadError) as error:
        asyncio.run(script())
    assert str(error.value) == (
        "topic quiet, partition 1: Kafka sent nothing for 0.01 s, at offset 7 of 9; "
        "check that its brokers run and that the partition has a leader"
    )


def test_a_span_without_records_needs_no_fetch():
    async def script():
        reader = TopicReader(Silent())
        return [one async for one in reader.read({TopicPartition("empty", 0): (3, 3)})]

    assert asyncio.run(script()) == []


class Topic:
    """A topic on the broker of the tests."""

    def __init__(self, bootstrap, name):
        self.kafka, self.name = Kafka(bootstrap).aiokafka, name

    async def create(self, partitions=1):
        async with self.admin() as admin:
            kept = {"retention.ms": "-1"}
            await admin.create_topics([NewTopic(self.name, partitions, 1, topic_configs=kept)])

    async def fill(self, values, partition=0, start_ms=None):
        """Send values, one a day from `start_ms` on; by default now."""
        producer = AIOKafkaProducer(**self.kafka)
        await producer.start()
        try:
            for number, value in enumerate(values):
                at = None if start_ms is None else start_ms + number * DAY_MS
                await producer.send_and_wait(
                    self.name, value, b"key", partition=partition, timestamp_ms=at
                )
        finally:
            await producer.stop()

    async def delete_before(self, offset, partition=0):
        async with self.admin() as admin:
            tp = TopicPartition(self.name, partition)
            await admin.delete_records({tp: RecordsToDelete(before_offset=offset)})

    @asynccontextmanager
    async def admin(self):
        admin = AIOKafkaAdminClient(**self.kafka)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    def reader(self):
        return open_reader(self.kafka, self.name)


async def read(reader, spans):
    return [
        (partition.partition, record.offset, record.value)
        async for partition, record in reader.read(spans)
    ]


def numbered(*numbers):
    return [b"%d" % number for number in numbers]


@pytest.mark.kafka
def test_all_partitions_are_read_up_to_where_they_ended_at_the_start(kafka):
    async def script():
        topic = Topic(kafka, "reader-to-the-end")
        await topic.create(partitions=3)
        await topic.fill(numbered(1, 2), partition=0)
        await topic.fill(numbered(3), partition=2)
        async with topic.reader() as reader:
            spans = await reader.spans(topic.name)
            await topic.fill(numbered(4), partition=2)
            assert reader.has_reached({})
            found = await read(reader, spans)
            return list(spans.values()), sorted(found), await reader.ends(spans)

    spans, found, ends = asyncio.run(script())
    assert spans == [(0, 2), (0, 0), (0, 1)]
    assert found == [(0, 0, b"1"), (0, 1, b"2"), (2, 0, b"3")]
    assert list(ends.values()) == [2, 0, 2]


@pytest.mark.kafka
def test_a_reader_reads_one_span_after_another(kafka):
    async def script():
        topic = Topic(kafka, "reader-again")
        await topic.create()
        await topic.fill(numbered(0, 1, 2, 3))
        tp = TopicPartition(topic.name, 0)
        async with topic.reader() as reader:
            return await read(reader, {tp: (1, 3)}), await read(reader, {tp: (0, 1)})

    assert asyncio.run(script()) == ([(0, 1, b"1"), (0, 2, b"2")], [(0, 0, b"0")])


@pytest.mark.kafka
def test_what_kafka_deleted_meanwhile_is_not_waited_for(kafka):
    async def script():
        topic = Topic(kafka, "reader-deleted")
        await topic.create()
        await topic.fill(numbered(0, 1, 2))
        async with topic.reader() as reader:
            spans = await reader.spans(topic.name)
            await topic.delete_before(2)
            some = await read(reader, spans)
            await topic.delete_before(3)
            return some, await read(reader, spans), await reader.spans(topic.name)

    some, none, spans = asyncio.run(script())
    assert (some, none, list(spans.values())) == ([(0, 2, b"2")], [], [(3, 3)])


@pytest.mark.kafka
def test_spans_since_a_time_begin_with_the_first_record_of_that_time(kafka):
    start_ms = 1_700_000_000_000

    async def script():
        topic = Topic(kafka, "reader-since")
        await topic.create(partitions=2)
        await topic.fill(numbered(0, 1, 2), start_ms=start_ms)
        await topic.fill(numbered(3), partition=1, start_ms=start_ms)
        async with topic.reader() as reader:
            spans = await reader.spans(topic.name)
            since = datetime.fromtimestamp((start_ms + DAY_MS) / 1000, UTC)
            return [*(await reader.spans_since(spans, since)).values()]

    assert asyncio.run(script()) == [(1, 3), (1, 1)]


@pytest.mark.kafka
def test_a_topic_that_is_not_there_has_no_partitions_and_no_spans(kafka):
    async def script():
        async with open_consumer(Kafka(kafka).aiokafka) as consumer:
            assert await partitions_of(consumer, "reader-nowhere") == []
        async with open_reader(Kafka(kafka).aiokafka, "reader-nowhere") as reader:
            return await reader.spans("reader-nowhere")

    assert asyncio.run(script()) == {}


class Followed(TopicFollower):
    """Keeps the values that it takes."""

    def __init__(self, topic):
        super().__init__(topic.kafka, topic.name)
        self.taken = []

    def take(self, record):
        self.taken.append(record.value)


@asynccontextmanager
async def following(follower):
    task = asyncio.create_task(follower.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.kafka
def test_a_follower_waits_for_its_topic_and_goes_on_after_its_end(kafka):
    async def script():
        topic = Topic(kafka, "reader-follow")
        follower = Followed(topic)
        async with following(follower):
            with pytest.raises(KafkaConnectionError):
                await follower.ask()
            catching_up = asyncio.create_task(follower.catch_up())
            await topic.create()
            await catching_up
            assert follower.caught_up.is_set()
            await follower.ask()
            await topic.fill(numbered(1, 2))
            await follower.catch_up()
        return follower.taken

    assert asyncio.run(script()) == [b"1", b"2"]


@pytest.mark.kafka
def test_a_follower_outlives_what_it_cannot_read(kafka, monkeypatch):
    async def script():
        topic = Topic(kafka, "reader-outlives")
        await topic.create()
        await topic.fill(numbered(1))
        refused = [KafkaConnectionError("away"), OSError("away")]

        async def spans(self, name):
            if refused:
                raise refused.pop()
            return await own(self, name)

        own = TopicReader.spans
        monkeypatch.setattr(TopicReader, "spans", spans)
        monkeypatch.setattr(topic_reader, "RETRY_SECONDS", 0.01)
        follower = Followed(topic)
        async with following(follower):
            await until(follower.caught_up.is_set)
        return follower.taken, refused

    assert asyncio.run(script()) == ([b"1"], [])


@pytest.mark.kafka
def test_a_follower_has_caught_up_once_all_is_taken_and_not_before(kafka):
    count = SLICE_RECORDS + 5

    async def script():
        topic, caught_up, before = Topic(kafka, "reader-caught-up"), asyncio.Event(), []
        await topic.create()
        await topic.fill(numbered(*range(count)))
        async with topic.reader() as reader:
            spans = await reader.spans(topic.name)
            follow = reader.follow(spans, caught_up.set)
            ends = await reader.ends(spans)
            for _ in range(count):
                await anext(follow)
                before.append(caught_up.is_set() or reader.has_reached(ends))
            next_record = asyncio.ensure_future(anext(follow))
            await until(caught_up.is_set)
            reached = reader.has_reached(ends)
            next_record.cancel()
            await asyncio.gather(next_record, return_exceptions=True)
        return before, reached

    before, reached = asyncio.run(script())
    assert not any(before)
    assert reached


@pytest.mark.kafka
def test_reading_ends_when_kafka_goes_away(tmp_path):
    async def script(broker):
        topic = Topic(broker.bootstrap, "reader-away")
        await topic.create()
        await topic.fill(numbered(1, 2))
        async with topic.reader() as reader:
            spans = await reader.spans(topic.name)
            broker.stop()
            async for _ in reader.read(spans, silence_seconds_max=1):
                pass

    with Broker(tmp_path / "kafka") as broker, pytest.raises(TopicReadError, match="partition 0"):
        asyncio.run(script(broker))


async def until(holds):
    async with asyncio.timeout(SECONDS_MAX):
        while not holds():  # noqa: ASYNC110 # polls state that has no event
            await asyncio.sleep(0.05)
