"""What people record survives kills, moves and repetition, and its text is nowhere else."""

import asyncio
import shutil
import urllib.request
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from aiokafka import AIOKafkaProducer

from rapport.devkit.testing import WorkerProcess, records_of
from rapport.domain.desk.stored import decode_entry
from rapport.publish import Publisher
from rapport.web.client import fetch_json
from rapport_schemas.client import ClientRegistered
from rapport_schemas.desk import ActionRecorded, ConcernAcknowledged, NoteRecorded
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseMade,
    PromiseSettled,
    RelationshipWithdrawn,
)
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import (
    CHANGELOG_TOPIC,
    DESK_TOPIC,
    OUTBOX_TOPIC,
    RELATIONSHIP_HEALTH_TOPIC,
)

pytestmark = pytest.mark.kafka
NOW = datetime.now(UTC) - timedelta(hours=1)
TODAY = NOW.date()
TEXT = "zebra-42"
"""Is in every text that is recorded here, and in nothing else."""
CLIENTS = ("finance", "logistics")
"""They are on partitions that two workers share."""


@pytest.fixture(autouse=True)
def another_client(running):
    publish(running, ("logistics", ClientRegistered(client="logistics", name="L", owner="a")))


def publish(running, *events):
    """Publish (id, data), each under the same source and time."""
    with Publisher(running.bootstrap, source="urn:test") as publisher:
        for event_id, data in events:
            publisher.publish(data, id=event_id, time=NOW)


def events_of(client):
    """One event of each kind, of which two have a posting in the ledger."""
    soon = TODAY + timedelta(days=9)
    return [
        (
            f"{client}-goals",
            ProfileUpdated(
                client=client,
                facet="goals",
                held_from="client",
                statement=f"Grow in the north, {TEXT}.",
                link=f"https://wiki.example/{TEXT}",
            ),
        ),
        (
            f"{client}-made",
            PromiseMade(
                client=client, promise_id="P1", made_on=TODAY, due_on=soon, what=f"Mend {TEXT}"
            ),
        ),
        (
            f"{client}-settled",
            PromiseSettled(client=client, kept=True, promise_id="P1", made_on=TODAY, revision=1),
        ),
        (
            f"{client}-action-1",
            ActionRecorded(
                client=client,
                action_id="A1",
                revision=1,
                what=f"Call {TEXT}",
                kind="talk",
                who="rm-team",
                status="done",
                done_on=TODAY,
            ),
        ),
        (
            f"{client}-action-0",
            ActionRecorded(
                client=client, action_id="A1", what=f"Call {TEXT}", kind="talk", who="rm-team"
            ),
        ),
        (
            f"{client}-note",
            NoteRecorded(client=client, note_id="N1", happened_on=TODAY, text=f"Moved {TEXT}"),
        ),
    ]


def desk_of(worker, client):
    """What a worker says was recorded of a client; None where it does not know it."""
    try:
        answer = fetch_json(f"{worker.url}/clients/{client}/desk")
    except (RapportError, OSError):
        return None
    return {
        "goals": [one["statement"] for one in answer["knowledge"]["goals"]],
        "promises": [(one["what"], one["state"]) for one in answer["promises"]],
        "actions": [(one["what"], one["status"], one["revision"]) for one in answer["actions"]],
        "notes": [one["text"] for one in answer["notes"]],
    }


WHOLE = {
    "goals": [f"Grow in the north, {TEXT}."],
    "promises": [(f"Mend {TEXT}", "kept")],
    "actions": [(f"Call {TEXT}", "done", 1)],
    "notes": [f"Moved {TEXT}"],
}
WITHDRAWN = RelationshipWithdrawn(
    client="finance", event_id="finance-goals", occurred_on=NOW.date()
)


LATE = PromiseMade(
    client="finance",
    promise_id="P2",
    made_on=TODAY - timedelta(days=9),
    due_on=TODAY - timedelta(days=2),
    what=f"Late {TEXT}",
)
KNOWN = ConcernAcknowledged(
    client="finance",
    concern="promise_overdue",
    reason=f"Because of {TEXT}",
    until=TODAY + timedelta(days=3),
    points=15,
)
KEPT = PromiseSettled(
    client="finance", kept=True, promise_id="P2", made_on=LATE.made_on, revision=1
)


def overdue_of(running):
    """Until when an overdue promise of finance is acknowledged: in JSON, and 0 or 1 as a series."""
    try:
        concerns = fetch_json(f"{running.url}/clients/finance")["concerns"]
    except RapportError:
        return None
    with urllib.request.urlopen(f"{running.url}/metrics", timeout=10) as answer:  # noqa: S310 # its own worker
        series = answer.read().decode()
    found = [one["acknowledged_until"] for one in concerns if one["kind"] == "promise_overdue"]
    name = 'rapport_client_concern_acknowledged{client="finance",concern="promise_overdue"} '
    return found, [line.removeprefix(name) for line in series.splitlines() if name in line]


def has_all(worker, expected=WHOLE):
    return all(desk_of(worker, client) == expected for client in CLIENTS)


def entries_in_kafka(running):
    """Key -> the newest entry in the changelog; without those that were removed."""
    newest = {one.key: one for one in records_of(running.bootstrap, DESK_TOPIC)}
    return {
        key: decode_entry(
            key.decode().split("|")[0], int(key.decode().split("|")[1], 16), one.value
        )
        for key, one in newest.items()
        if one.value is not None
    }


def said(running):
    """All that a worker says beside the desk: series, status, scores, its log, its topics."""
    texts = [running.worker.tail(10_000)]
    for path in ("metrics", "status", "clients", "clients/finance/explanation?since=7d"):
        with urllib.request.urlopen(f"{running.url}/{path}", timeout=10) as answer:  # noqa: S310 # its own worker
            texts.append(answer.read().decode())
    for topic in (CHANGELOG_TOPIC, OUTBOX_TOPIC, RELATIONSHIP_HEALTH_TOPIC):
        texts += [repr((one.key, one.value)) for one in records_of(running.bootstrap, topic)]
    return "\n".join(texts)


@pytest.mark.timeout(200)
def test_what_was_recorded_survives_a_kill_repetition_and_the_loss_of_the_store(running):
    running.start()
    publish(running, *events_of("finance"), *events_of("logistics"))
    running.until(lambda: has_all(running.worker))
    running.worker.kill()
    # Meanwhile the same events come again, in another order, and one is withdrawn.
    publish(running, *reversed(events_of("logistics")), *events_of("logistics")[:2])
    publish(running, ("withdrawal", WITHDRAWN))
    running.start()
    without_goals = {**WHOLE, "goals": []}
    running.until(lambda: desk_of(running.worker, "finance") == without_goals)
    running.until(lambda: running.committed("relationship") == 21)
    assert desk_of(running.worker, "logistics") == WHOLE
    outcomes = running.status()["outcomes"]
    assert outcomes.get("dead_lettered", 0) == 0
    # What was not committed before the kill was read again, and counted no second time.
    assert outcomes["applied"] == 1, "the withdrawal"
    # A withdrawn event that comes again, or late, brings no text back.
    publish(running, events_of("finance")[0])
    running.until(lambda: running.committed("relationship") == 22)
    running.worker.kill()
    shutil.rmtree(running.directory / "worker")
    running.start()
    running.until(lambda: desk_of(running.worker, "finance") == without_goals)
    assert desk_of(running.worker, "logistics") == WHOLE
    assert not [
        one
        for one in entries_in_kafka(running).values()
        if b"goals" in (one.content or b"") and one.client == "finance"
    ]
    publish(running, ("late", LATE))
    running.until(lambda: overdue_of(running) == ([None], ["0.0"]))
    publish(running, ("known", KNOWN))
    running.until(lambda: overdue_of(running) == ([KNOWN.until.isoformat()], ["1.0"]))
    running.worker.kill()
    running.start()
    running.until(lambda: overdue_of(running) == ([KNOWN.until.isoformat()], ["1.0"]))
    publish(running, ("kept", KEPT))
    running.until(lambda: overdue_of(running) == ([], []))
    assert TEXT not in said(running)


def page_of(running, client):
    with urllib.request.urlopen(f"{running.url}/pages/{client}", timeout=10) as answer:  # noqa: S310 # its own worker
        return answer.read().decode()


def has_page(worker, client):
    """Return whether a worker has a client itself: another one leads to it."""
    address = urlsplit(worker.url)
    connection = HTTPConnection(address.hostname, address.port, timeout=10)
    try:
        connection.request("GET", f"/pages/{client}")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.mark.timeout(200)
def test_two_workers_share_what_was_recorded_and_one_takes_over_what_a_killed_one_had(running):
    running.start("one", "--link-host", "wiki.example")
    publish(running, *events_of("finance"), *events_of("logistics"))
    running.until(lambda: has_all(running.worker))
    page = page_of(running, "finance")
    assert f'<a href="https://wiki.example/{TEXT}" rel="noreferrer' in page
    other = WorkerProcess(running.bootstrap, running.directory, "--decoders", "0", name="two")
    other.start()
    try:
        one = running.worker

        def is_shared():
            owners = [
                [worker for worker in (one, other) if has_page(worker, client)]
                for client in CLIENTS
            ]
            whole = all(has_all(worker) for worker in (one, other))
            return whole and all(len(some) == 1 for some in owners) and owners[0] != owners[1]

        running.until(is_shared)
        publish(
            running,
            (
                "note",
                NoteRecorded(
                    client="finance", note_id="N2", happened_on=date(2020, 1, 1), text="second"
                ),
            ),
        )
        publish(
            running,
            (
                "note-2",
                NoteRecorded(
                    client="logistics", note_id="N2", happened_on=date(2020, 1, 1), text="second"
                ),
            ),
        )
        one.kill()
        expected = {**WHOLE, "notes": {"second", f"Moved {TEXT}"}}

        def took_over():
            found = [desk_of(other, client) for client in CLIENTS]
            return all(
                each is not None and {**each, "notes": set(each["notes"])} == expected
                for each in found
            )

        running.worker = other
        running.until(took_over)
        assert f"https://wiki.example/{TEXT}" not in page_of(running, "finance"), "not allowed"
    finally:
        one.stop()
        other.stop()


async def write_as_a_zombie_writer(bootstrap, records):
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for partition, key, value in records:
            await producer.send_and_wait(DESK_TOPIC, value, key, partition=partition)


@pytest.mark.timeout(200)
def test_what_a_zombie_writer_overwrites_is_joined_and_nothing_is_lost(running):
    running.start()
    publish(running, *events_of("finance"))
    running.until(lambda: desk_of(running.worker, "finance") == WHOLE)
    newest = {one.key: one for one in records_of(running.bootstrap, DESK_TOPIC)}
    before = entries_in_kafka(running)
    tombstones = [(one.partition, key, None) for key, one in newest.items()]
    asyncio.run(write_as_a_zombie_writer(running.bootstrap, tombstones))
    assert entries_in_kafka(running) != before, "it was repaired too early for this test"
    running.until(lambda: entries_in_kafka(running) == before)
    assert desk_of(running.worker, "finance") == WHOLE
