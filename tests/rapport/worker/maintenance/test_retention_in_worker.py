"""A real worker on a real broker removes what is past the horizon, and a restart finds it gone."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer

from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import Page, encode
from rapport.kafka.connection import PARTITIONS
from rapport.kafka.partitioner import partition_of
from rapport.runtime.policy_file import DEFAULT_POLICY
from rapport.worker.storage.pages import SPLIT_MARK
from rapport_schemas.ticket import TicketResolved
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
NOW = datetime.now(UTC)
TODAY = (NOW.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
PARTITION = partition_of(b"finance", PARTITIONS)
MARGIN_DAYS = 2
"""The day may change while the test runs."""
CLOSED = encode_fact(("ticket.closed", "P3", True, "person", 0))


def page(days_ago, count=1, half="0|0", spare=0):
    day = TODAY - days_ago
    entries = dict.fromkeys(range(spare, spare + count), (0, day, CLOSED))
    return f"finance|{day}|{half}".encode(), encode(Page(entries), day)


def mark(days_ago, half="0|0"):
    return f"finance|{TODAY - days_ago}|{half}".encode(), SPLIT_MARK


KEPT = dict([page(400 - MARGIN_DAYS, 3), page(300, 2), mark(200), page(200, 4, "1|0")])
OLD = dict(
    [
        page(401, 500),
        mark(403),
        page(403, 4, "1|0"),
        mark(403, "1|1"),
        page(403, 4, "2|1"),
        page(403, 4, "2|3"),
        # A worker ended when it had removed the page above these.
        mark(404, "1|0"),
        page(404, 100, "2|0"),
        page(404, 100, "2|2"),
    ]
)


async def send(bootstrap, records):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for topic, partition, key, value, headers, days_ago in records:
            at = NOW - timedelta(days=days_ago)
            milliseconds = int(at.timestamp() * 1000)
            await producer.send_and_wait(
                topic, value, key, partition, timestamp_ms=milliseconds, headers=headers
            )
    finally:
        await producer.stop()


def ticket(number, days_ago):
    topic, key, value, headers = write_binary(
        TicketResolved(client="finance", ticket_id=f"T{number}", priority="P3", sla_met=True),
        event_id=str(number),
        source="urn:test",
        time=NOW - timedelta(days=days_ago, seconds=10),
    )
    return topic, None, key, value, headers, min(days_ago, 2)


def newest_pages(running):
    """Key -> value in the changelog as it stands now; None where a page was removed."""
    return {key: one.value for key, one in running.newest_records().items()}


@pytest.mark.timeout(300)
def test_pages_past_the_horizon_are_gone_from_kafka_and_store_and_scores(running):
    bootstrap = running.bootstrap
    path = running.directory / "policy.toml"
    path.write_text(DEFAULT_POLICY.read_text().replace("horizon_days = 1600", "horizon_days = 400"))
    pages = [
        (CHANGELOG_TOPIC, PARTITION, key, value, None, 0) for key, value in (KEPT | OLD).items()
    ]
    asyncio.run(send(bootstrap, [*pages, *(ticket(number, number) for number in (2, 1, 0))]))
    running.start("worker", "--policy", str(path))
    running.until(lambda: running.status().get("pages_removed") == len(OLD))
    newest = newest_pages(running)
    assert {key: newest[key] for key in OLD} == dict.fromkeys(OLD)
    assert {key: newest[key] for key in KEPT} == KEPT
    running.until_handled(3)

    asyncio.run(send(bootstrap, [ticket(5, 401)]))
    running.until(lambda: running.status()["dead_letters"].get("too-old") == 1)
    shown = running.status()
    assert (shown["pages_removed"], shown["pages_past_horizon"]) == (len(OLD), 0)
    running.worker.kill()

    left = len(KEPT) - 1 + 3  # a mark is no page that counts
    for name in ("worker", "another"):
        running.start(name, "--policy", str(path))
        running.until(lambda: running.status()["ready"])
        assert running.status()["recovered_pages"] == left
        running.worker.kill()


@pytest.mark.timeout(300)
def test_a_horizon_that_is_lowered_while_the_worker_runs_removes_nothing_at_once(running):
    path = running.directory / "policy.toml"
    path.write_text(DEFAULT_POLICY.read_text())
    old = dict([page(700, 5), page(401, 5)])
    pages = [(CHANGELOG_TOPIC, PARTITION, key, value, None, 0) for key, value in old.items()]
    asyncio.run(
        send(running.bootstrap, [*pages, *(ticket(number, number) for number in (2, 1, 0))])
    )
    running.start("worker", "--policy", str(path))
    running.until_handled(3)
    assert running.status()["pages_past_horizon"] == 0
    path.write_text(path.read_text().replace("horizon_days = 1600", "horizon_days = 400"))
    running.until(lambda: running.status()["pages_past_horizon"] == len(old))
    assert f"{len(old)} pages of the ledger, from" in running.worker.tail()
    newest = newest_pages(running)
    assert {key: newest[key] for key in old} == old
    path.write_text(DEFAULT_POLICY.read_text())
    running.until(lambda: running.status()["pages_past_horizon"] == 0)
    assert running.status()["pages_removed"] == 0
