"""A damaged local store is discarded and rebuilt; a page of the future is refused clearly."""

import asyncio
import os
import time
from datetime import UTC, datetime

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from rapport.devkit.testing import reset_broker
from rapport.domain.ledger.page import PAGE_VERSION, Page, encode
from rapport.publish import Publisher
from rapport.web.client import fetch_json
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
EVENTS = 4_000


@pytest.fixture
def line(kafka_broker, line_on):
    """A line on the broker of the whole run: no test of this file kills it."""
    reset_broker(kafka_broker.bootstrap)
    with line_on(kafka_broker) as one:
        yield one


def publish(line, first, last):
    from plan import plan

    events = plan(1, EVENTS, datetime.now(UTC))
    with Publisher(line.broker.bootstrap, source="urn:test") as publisher:
        for planned in events[first:last]:
            publisher.publish(planned.data, id=planned.event_id, time=planned.at)


def fleet(line):
    found = fetch_json(f"{line.slot.url}/clients")
    return {one["id"]: (one["trust"], one["engagement"], one["purchases"]) for one in found}


def garbage(path):
    path.write_bytes(os.urandom(len(path.read_bytes())))


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def middle(path):
    """Damage pages within a file that still opens."""
    content = bytearray(path.read_bytes())
    content[200 : len(content) // 2] = os.urandom(len(content) // 2 - 200)
    path.write_bytes(content)


def newer(path):
    """Write what a newer RocksDB would: a table format that this one does not know."""
    content = bytearray(path.read_bytes())
    content[-12:-8] = (99).to_bytes(4, "little")
    path.write_bytes(content)


DAMAGES = [
    ("CURRENT", garbage),
    ("MANIFEST-*", half),
    ("*.sst", half),
    ("*.sst", middle),
    ("*.sst", newer),
    ("CURRENT", lambda path: path.write_bytes(b"MANIFEST-999999\n")),
]


def stores(line):
    found = [path for path in line.slot.data_dir.rglob("ledger-*.db") if any(path.glob("*.sst"))]
    return sorted(found, key=lambda path: path.name)


def test_a_damaged_local_store_is_discarded_with_a_clear_message_and_rebuilt(line):
    line.start()
    publish(line, 0, EVENTS)
    line.until_handled(EVENTS)
    before, pages = fleet(line), line.slot.status()["pages_written"]
    assert pages > len(DAMAGES)
    line.slot.stop()
    line.start()  # RocksDB writes its tables when it opens what a process left in its log
    line.slot.stop()
    damaged = stores(line)[: len(DAMAGES)]
    assert len(damaged) == len(DAMAGES)
    for path, (pattern, damage) in zip(damaged, DAMAGES, strict=True):
        for file in path.glob(pattern):
            damage(file)
    line.start()
    line.until(lambda: line.slot.status()["evaluated_clients"])
    assert fleet(line) == before
    lines = [text for text in line.log().splitlines() if "is damaged" in text]
    assert {path.name for path in damaged} == {
        path.name for path in damaged for text in lines if path.name in text
    }
    assert all("deleted and rebuilt from the changelog; nothing is lost" in text for text in lines)


def settle(line):
    """Wait until every event is committed and scored; return what the worker shows."""
    from faults import COMMIT_POLL_SECONDS, uncommitted

    def committed():
        time.sleep(COMMIT_POLL_SECONDS)
        return uncommitted(line.broker.bootstrap) == 0

    line.until(committed)
    events = line.slot.status()["events"]
    line.until_handled(events)
    line.until(lambda: line.slot.status()["evaluated_clients"])
    return fleet(line)


def start_anew(line, end):
    """End the worker, start it, and return what it shows and how many pages it had to count."""
    end()
    line.start()
    status = line.slot.status()
    return settle(line), (status["recounted_pages"], status["recovered_pages"])


def test_what_was_counted_is_kept_over_kills_and_not_believed_when_damaged(line):
    line.start()
    publish(line, 0, EVENTS // 2)
    settle(line)
    recounted, pages = start_anew(line, line.slot.kill)[1]
    assert recounted == pages > 0
    publish(line, EVENTS // 2, EVENTS)
    before = settle(line)
    shown, (recounted, pages) = start_anew(line, line.slot.kill)
    assert (shown, recounted > 0) == (before, True)
    assert start_anew(line, line.slot.kill) == (before, (0, pages))
    line.slot.stop()
    for path in line.slot.data_dir.rglob("*.counted"):
        garbage(path)
    assert start_anew(line, line.slot.stop) == (before, (pages, pages))


async def write_to_changelog(bootstrap, key, value):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(CHANGELOG_TOPIC, value, key, partition=0)
    finally:
        await producer.stop()


def test_a_page_of_a_newer_version_ends_the_worker_with_what_to_do(line):
    page = msgspec.msgpack.decode(encode(Page(), 20_000))
    page[0] = PAGE_VERSION + 1
    value = msgspec.msgpack.encode([*page, "what is not known today"])
    asyncio.run(write_to_changelog(line.broker.bootstrap, b"client-01|20000|0|0", value))
    line.slot.launch()
    process, deadline = line.slot.child, time.monotonic() + 60
    while process.exit_code is None:
        assert time.monotonic() < deadline, process.tail(40)
        time.sleep(0.2)
    assert process.exit_code == 1
    assert "a newer Rapport wrote it" in process.tail(60)
