"""The days of arrival, from a real broker's time index."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from rapport.domain.calendar import Calendar
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


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Pacific/Apia"])
def test_the_days_of_arrival_are_those_of_the_ledger_s_zone(kafka, zone):
    topic, calendar = f"arrivals-{zone.rpartition('/')[2]}", Calendar(zone)
    now = int(time.time())
    # Each hour of the last nine days but those of every third day.
    hours = [at for at in range(now - 9 * 86_400, now, 3_600) if calendar.day_of(at) % 3]

    async def script():
        await make_topic(kafka, topic)
        producer = AIOKafkaProducer(bootstrap_servers=kafka)
        await producer.start()
        sent = [
            await producer.send(topic, b"x", partition=at % 3, timestamp_ms=at * 1000 + 999)
            for at in hours
        ]
        await asyncio.gather(*sent)
        await producer.stop()
        found = set()

        def noted(_source, days):
            found.update(days)

        reader = ArrivalIndexReader([topic], Kafka(kafka).aiokafka, noted, calendar)
        await reader._read(today(calendar) - HISTORY_DAYS)
        return found

    assert asyncio.run(script()) == {calendar.day_of(at) for at in hours}


async def until(holds):
    async with asyncio.timeout(SECONDS_MAX):
        while not holds():  # noqa: ASYNC110 # polls state that has no event
            await asyncio.sleep(0.05)
