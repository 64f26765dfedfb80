"""A real worker on a real broker: every codec, bad input, strays, duplicates, restarts."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from rapport.publish.publisher import Publisher
from rapport.runtime.child_process import Child, rapport_command
from rapport.runtime.policy_file import DEFAULT_POLICY
from rapport.web.client import fetch, fetch_json
from rapport_schemas.ticket import TicketResolved
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
SECONDS_MAX = 60
WITH_DECODERS = ("--decoders", "2")
NOW = datetime.now(UTC)
NOW = max(NOW - timedelta(hours=1), NOW.replace(hour=0, minute=0, second=0, microsecond=0))
"""An hour ago, but today: points of yesterday count less."""


def resolved(number, client="finance", *, met=True):
    return TicketResolved(client=client, ticket_id=f"T{number}", priority="P3", sla_met=met)


async def send_records(bootstrap, records, codec=None):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=codec)
    await producer.start()
    try:
        for topic, key, value, headers in records:
            await producer.send_and_wait(topic, value, key, headers=headers)
    finally:
        await producer.stop()


async def read_all(bootstrap, topic, count):
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found = []
    try:
        while len(found) < count:
            batches = await asyncio.wait_for(consumer.getmany(timeout_ms=500), SECONDS_MAX)
            found += [record for batch in batches.values() for record in batch]
    finally:
        await consumer.stop()
    return found


def test_every_codec_is_read_bad_input_is_a_dead_letter_and_the_next_event_is_handled(running):
    running.start("worker", *WITH_DECODERS)
    for number, codec in enumerate((None, "gzip", "lz4", "snappy", "zstd")):
        event = write_binary(resolved(number), event_id=str(number), source="urn:test", time=NOW)
        asyncio.run(send_records(running.bootstrap, [event], codec))
    topic, key, value, headers = write_binary(
        resolved(9), event_id="9", source="urn:test", time=NOW
    )
    unknown_client = write_binary(
        resolved(10, "nobody"), event_id="10", source="urn:test", time=NOW
    )
    late = write_binary(
        resolved(11), event_id="11", source="urn:test", time=NOW - timedelta(days=3000)
    )
    early = write_binary(
        resolved(12), event_id="12", source="urn:test", time=NOW + timedelta(days=1)
    )
    other = write_binary(resolved(9, met=False), event_id="9", source="urn:test", time=NOW)
    good = (topic, key, value, headers)
    bad = [
        (topic, key, b"not json", headers),
        (topic, key, None, headers),
        (topic, key, b'{"client": "finance"}', headers),
        unknown_client,
        late,
        early,
    ]
    asyncio.run(send_records(running.bootstrap, [*bad, good, good, other]))
    running.until_handled(5 + len(bad) + 3)
    status = running.status()
    assert status["outcomes"] == {"applied": 6, "dead_lettered": 7, "duplicate": 1}
    assert status["dead_letters"] == {
        "conflict": 1,
        "from-the-future": 1,
        "invalid": 1,
        "not-json": 2,
        "too-old": 1,
        "unknown-client": 1,
    }
    letters = asyncio.run(read_all(running.bootstrap, "dead-letters", 7))
    why = [json.loads(dict(letter.headers)["rapport_dead_letter"]) for letter in letters]
    invalid = next(one for one in why if one["reason"] == "invalid")
    assert (invalid["path"], invalid["topic"]) == ("data.ticket_id", "tickets")
    assert b"not json" in {letter.value for letter in letters}
    assert len(fetch_json(f"{running.url}/clients")) == 2


def test_an_alias_and_another_partitioner_reach_the_right_page(running):
    running.start()
    with Publisher(running.bootstrap, source="urn:test") as publisher:
        for number in range(20):
            publisher.publish(resolved(number, "FINANCE"), id=str(number), time=NOW)
            publisher.publish(resolved(number, "finance"), id=str(number), time=NOW)
    running.until(lambda: running.status()["outcomes"].get("duplicate", 0) >= 20)
    assert running.status()["outcomes"]["applied"] == 20


def test_after_a_crash_and_the_loss_of_its_store_every_event_counts_once(running):
    running.start("worker", *WITH_DECODERS)
    with Publisher(running.bootstrap, source="urn:test") as publisher:
        for number in range(500):
            publisher.publish(resolved(number), id=str(number), time=NOW)
    running.until(lambda: running.status()["events"] > 0)
    running.worker.kill()
    running.start("another", *WITH_DECODERS)
    with Publisher(running.bootstrap, source="urn:test") as publisher:
        for number in range(400, 600):
            publisher.publish(resolved(number), id=str(number), time=NOW)
    running.until(lambda: closed_points(running) == closed_points_of(600))


def closed_points(running):
    try:
        client = fetch_json(f"{running.url}/clients/finance")
    except RapportError:
        return None
    return client["trust"]["contributions"].get("closed"), running.status()["ready"]


def closed_points_of(_count):
    # 600 tickets in time are far over the cap of 20 units: 0.5 * 20 / 22 points of trust.
    return pytest.approx(10 / 22), True


def test_the_committed_offset_reaches_the_end_though_nothing_follows(running):
    running.start()
    with Publisher(running.bootstrap, source="urn:test") as publisher:
        # The first event alone: Faust takes its offset, 0, for none.
        publisher.publish(resolved(0), id="0", time=NOW).wait()
        running.until_handled(1)
        for number in range(1, 300):
            publisher.publish(resolved(number), id=str(number), time=NOW)
    running.until_handled(300)
    running.until(lambda: running.committed("tickets") == 300)
    assert CHANGELOG_TOPIC == "rapport-ledger-changelog"


def test_sigterm_ends_it_and_a_second_on_its_directory_is_refused(running):
    running.start("worker", *WITH_DECODERS)
    again = Child(
        rapport_command(
            "worker",
            *("--bootstrap", running.bootstrap, "--http-port", "0"),
            *("--data-dir", str(running.directory / "worker")),
        ),
        running.directory / "again.log",
    )
    running.until(lambda: again.exit_code is not None)
    assert again.exit_code == 1
    assert "is in use by process" in again.tail()
    child = running.worker.child
    # Faust installs its signal handlers when it starts, after the HTTP server listens.
    running.until(lambda: running.status()["ready"])
    running.worker.stop()
    # It ended by itself: a worker that does not is killed, and then has another exit code.
    assert child.exit_code == 0


def test_a_changed_policy_changes_scores_without_replay_and_a_bad_one_changes_nothing(running):
    path = running.directory / "policy.toml"
    path.write_text(DEFAULT_POLICY.read_text())
    running.start("worker", "--policy", str(path))
    with Publisher(running.bootstrap, source="urn:test") as publisher:
        for number in range(100):
            publisher.publish(resolved(number), id=str(number), time=NOW)
    running.until(lambda: closed_points(running) == (pytest.approx(10 / 22), True))
    before = running.status()
    path.write_text(path.read_text().replace("\nclosed = 20", "\nclosed = 98"))
    running.until(lambda: closed_points(running) == closed_points_under(98))
    changed = running.status()
    assert changed["policy"]["hash"] != before["policy"]["hash"]
    assert changed["pages_written"] == before["pages_written"]
    path.write_text(path.read_text().replace("\nclosed = 98", "\nclosed = -98"))
    running.until(lambda: running.status()["policy"]["refused_because"])
    refused = running.status()["policy"]
    assert "trust.caps.closed (line " in refused["refused_because"]
    assert refused["hash"] == changed["policy"]["hash"]
    assert closed_points(running) == closed_points_under(98)


def closed_points_under(cap):
    # 100 tickets of priority 3 bring 50 units, less what a day's decay takes: under the cap of 98.
    assert cap > 50
    return pytest.approx(0.5 * 50 / 52, abs=0.001), True


def test_a_worker_serves_the_client_pages_with_the_reasons_of_its_own_ledger(running):
    running.start()
    events = [
        write_binary(resolved(number), event_id=str(number), source="urn:test", time=NOW)
        for number in range(30)
    ]
    asyncio.run(send_records(running.bootstrap, events))
    running.until_handled(len(events))
    running.until(lambda: b"/pages/finance?" in fetch(f"{running.url}/"))
    page = fetch(f"{running.url}/pages/finance?lang=en").decode()
    assert "<h1><bdi>Finance</bdi></h1>" in page
    assert "/pages/finance/reasons?" in page
    reasons = fetch(f"{running.url}/pages/finance/reasons?lang=en").decode()
    assert "<bdi>Finance</bdi></a></p>\n<h1>What changed, and the events behind it</h1>" in reasons
    assert 'id="behind"' in reasons, "the worker answered in time"
    assert "tickets resolved within SLA" in reasons
