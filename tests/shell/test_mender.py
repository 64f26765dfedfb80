"""A frozen worker wakes and writes an old page over a newer one: nothing of either is lost."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from rapport.publish import Publisher, TicketResolved
from rapport.streams.core.coding import coded
from rapport.streams.core.ledger import Page, decode, encode
from rapport.streams.shell.topics import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
NOW = datetime.now(UTC) - timedelta(hours=1)
STRANGE = 4711


async def newest_pages(bootstrap):
    """Key -> (partition, value), as a worker that recovers now would read them."""
    consumer = AIOKafkaConsumer(
        CHANGELOG_TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    found = {}
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found.update((one.key, (one.partition, one.value)) for one in records)
    finally:
        await consumer.stop()
    return found


async def write_as_a_stranger(bootstrap, partition, key, value):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(CHANGELOG_TOPIC, value, key, partition=partition)
    finally:
        await producer.stop()


@pytest.mark.timeout(200)
def test_what_a_stranger_writes_into_the_changelog_is_joined_and_takes_nothing_away(running):
    bootstrap = running.bootstrap
    running.start()
    with Publisher(bootstrap, source="urn:test") as publisher:
        for number in range(50):
            ticket = TicketResolved(
                client="finance", ticket_id=f"T{number}", priority="P3", sla_met=True
            )
            publisher.publish(ticket, id=str(number), time=NOW)
    running.until_handled(50)
    ((key, (partition, value)),) = asyncio.run(newest_pages(bootstrap)).items()
    entries = decode(value).entries
    assert len(entries) == 50
    day = int(key.split(b"|")[1])
    strange = (0, day, coded(("ticket.reopened",)))
    old = Page(dict(list(entries.items())[:10]) | {STRANGE: strange})
    asyncio.run(write_as_a_stranger(bootstrap, partition, key, encode(old, day)))

    def mended():
        _, newest = asyncio.run(newest_pages(bootstrap))[key]
        return decode(newest).entries == entries | {STRANGE: strange}

    running.until(mended)
    assert running.status()["outcomes"] == {"applied": 50}
