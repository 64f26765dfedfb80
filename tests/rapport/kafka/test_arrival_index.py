"""The days of arrival, from a real broker's time index."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from rapport.kafka import arrival_index
from rapport.kafka.arrival_index import HISTORY_DAYS, ArrivalIndexReader, today
from rapport.kafka.connection import Kafka

pytestmark = pytest.mark.kafka
SECONDS_MAX = 30
DAY_MS = 86_400_000
DAYS = (0, 1, 2, 5, 30, 31, HISTORY_DAYS - 1)


async def make_topic(kafka, topic):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        # Kafka deletes by the records' own times, and these are a year old.
        kept = {"retention.ms": "-1"}
        await admin.create_topics([NewTopic(topic, 3, 1, topic_configs=kept)])
    finally:
        await admin.close()


async def arrived_on(kafka, topic, days):
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for partition, ago in enumerate(sorted(days, reverse=True)):
            at = (today() - ago) * DAY_MS + 1000
            await producer.send_and_wait(topic, b"x", partition=partition % 3, timestamp_ms=at)
    finally:
        await producer.stop()


def test_the_days_on_which_something_arrived_are_known_without_reading_it(kafka, monkeypatch):
    monkeypatch.setattr(arrival_index, "FOLLOW_SECONDS", 0.1)
    topic, found = "arrivals-of-a-year", {}

    def noted(source, days):
        found.setdefault(source, set()).update(days)

    async def script():
        await make_topic(kafka, topic)
        await arrived_on(kafka, topic, DAYS[1:])
        reader = ArrivalIndexReader([topic, "not-there"], Kafka(kafka).aiokafka, noted)
        task = asyncio.create_task(reader.follow())
        try:
            await until(lambda: len(found.get(topic, ())) >= len(DAYS) - 1)
            await arrived_on(kafka, topic, [0])
            await until(lambda: today() in found[topic])
        finally:
            task.cancel()

    asyncio.run(script())
    assert {today() - day for day in found[topic]} >= set(DAYS)
    assert found["not-there"] == set()


async def until(holds):
    async with asyncio.timeout(SECONDS_MAX):
        while not holds():  # noqa: ASYNC110 # polls state that has no event
            await asyncio.sleep(0.05)
