"""A topic of dead letters that takes only small records stops no event."""

import asyncio
import json
import os
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from rapport_schemas.ticket import TicketReopened
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import DEAD_LETTERS_TOPIC

pytestmark = pytest.mark.kafka
NOW = datetime.now(UTC)


async def limit(bootstrap, topic, bytes_max):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        changes = {"max.message.bytes": str(bytes_max)}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, changes)])
    finally:
        await admin.close()


def event(name):
    data = TicketReopened(client="finance", ticket_id=name)
    return write_binary(data, event_id=name, source="urn:test", time=NOW)


async def send_all(bootstrap, events):
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        sent = [
            await producer.send(topic, value, key, headers=headers)
            for topic, key, value, headers in events
        ]
        await asyncio.gather(*sent)


async def dead_letters(bootstrap, count):
    async with AIOKafkaConsumer(
        DEAD_LETTERS_TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        return [await asyncio.wait_for(consumer.getone(), 60) for _ in range(count)]


def test_what_does_not_fit_keeps_its_origin_and_what_fits_is_whole(running):
    asyncio.run(limit(running.bootstrap, DEAD_LETTERS_TOPIC, 4_000))
    topic, key, _, headers = event("bad")
    texts = [b"no JSON " + os.urandom(size).hex().encode() for size in (100, 20_000, 100, 800)]
    bad = [(topic, key, text, headers) for text in texts]
    running.start()
    asyncio.run(send_all(running.bootstrap, [event("before"), *bad, event("after")]))
    running.until(lambda: running.status()["events"] == 6)
    assert running.status()["outcomes"] == {"applied": 2, "dead_lettered": 4}
    assert running.status()["dead_letters_withheld"] == {"origin": 1}
    found = asyncio.run(dead_letters(running.bootstrap, 4))
    why = [json.loads(dict(one.headers)["rapport_dead_letter"]) for one in found]
    kept = {
        details["offset"]: (one.value, details["cut"])
        for one, details in zip(found, why, strict=True)
    }
    assert kept == {
        1: (texts[0], []),
        2: (b"", ["value"]),
        3: (texts[2], []),
        4: (texts[3], []),
    }
    assert "offset 2, is too big for topic dead-letters" in running.worker.log.read_text()
