"""A frozen worker wakes and writes an old page over a newer one: nothing of either is lost."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer

from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import Page, decode, encode
from rapport.publish import Publisher, TicketResolved
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
NOW = datetime.now(UTC) - timedelta(hours=1)
FOREIGN = 4711


def newest_pages(running):
    """Key -> (partition, value), as a worker that recovers now would read them."""
    return {key: (one.partition, one.value) for key, one in running.newest_records().items()}


async def write_as_a_zombie_writer(bootstrap, partition, key, value):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(CHANGELOG_TOPIC, value, key, partition=partition)
    finally:
        await producer.stop()


def ingest(running):
    """Have a worker ingest 50 tickets of two clients; return key -> (partition, entries)."""
    running.start()
    with Publisher(running.bootstrap, source="urn:test") as publisher:
        for client in ("finance", "law"):
            for number in range(50):
                ticket = TicketResolved(
                    client=client, ticket_id=f"T{number}", priority="P3", sla_met=True
                )
                publisher.publish(ticket, id=f"{client}-{number}", time=NOW)
    running.until_handled(100)
    pages = newest_pages(running)
    found = {
        key: (partition_of_page, decode(value).entries)
        for key, (partition_of_page, value) in pages.items()
    }
    assert [len(entries) for _, entries in found.values()] == [50, 50]
    return found


def foreign_page(entries, key):
    """Return an old page, with one entry that only the zombie writer has; and that entry."""
    day = int(key.split(b"|")[1])
    foreign = {FOREIGN: (0, day, encode_fact(("ticket.reopened",)))}
    return encode(Page(dict(list(entries.items())[:10]) | foreign), day), foreign


def repaired(running, pages):
    newest = newest_pages(running)
    values = {key: newest.get(key, (0, None))[1] for key in pages}
    return all(value is not None for value in values.values()) and pages == {
        key: decode(value).entries for key, value in values.items()
    }


@pytest.mark.timeout(200)
def test_what_a_zombie_writer_writes_into_the_changelog_is_joined_and_takes_nothing_away(running):
    key, (partition, entries) = next(iter(ingest(running).items()))
    old, foreign = foreign_page(entries, key)
    asyncio.run(write_as_a_zombie_writer(running.bootstrap, partition, key, old))
    running.until(lambda: repaired(running, {key: entries | foreign}))
    assert running.status()["outcomes"] == {"applied": 100}


@pytest.mark.timeout(200)
def test_foreign_records_remove_nothing_though_the_owner_ends_before_the_repair(running):
    pages = ingest(running)
    (key, (partition, entries)), (other, (its_partition, its_entries)) = pages.items()
    running.until(lambda: running.committed("tickets") == 100)
    running.worker.kill()
    old, foreign = foreign_page(entries, key)
    asyncio.run(write_as_a_zombie_writer(running.bootstrap, partition, key, old))
    asyncio.run(write_as_a_zombie_writer(running.bootstrap, its_partition, other, None))
    # Recovery passes over the foreign records, and ends before it is joined.
    running.start()
    running.until(lambda: running.status()["ready"])
    running.worker.kill()
    newest = newest_pages(running)
    assert newest[key] == (partition, old), "it was repaired too early for this test"
    shutil.rmtree(running.directory / "worker")
    running.start()
    running.until(lambda: repaired(running, {key: entries | foreign, other: its_entries}))
    assert running.status()["outcomes"] == {}


@pytest.mark.timeout(200)
def test_foreign_records_that_are_not_repaired_are_found_again_after_the_next_crash(running):
    pages = ingest(running)
    key, (partition, entries) = next(iter(pages.items()))
    running.until(lambda: running.committed("tickets") == 100)
    running.worker.kill()
    old, foreign = foreign_page(entries, key)
    asyncio.run(write_as_a_zombie_writer(running.bootstrap, partition, key, old))
    running.start()
    running.until(lambda: running.status()["ready"])
    running.worker.kill()
    running.start()
    running.until(lambda: repaired(running, {key: entries | foreign}))
