"""What a transaction aborted is not counted, and what is not committed yet is not counted yet."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from rapport.publish.publisher import Publisher
from rapport.web.client import fetch
from rapport_schemas.client import ClientRegistered
from rapport_schemas.procurement import PurchaseRecorded
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
SCRIPT = Path(__file__).parents[3] / "data" / "field" / "27-transactions.py"
NOW = datetime.now(UTC) - timedelta(minutes=1)
# In the last closed weeks, whatever the weekday: a purchase of the running week counts later.
BOUGHT_ON = NOW.date() - timedelta(days=8)
PARTITIONS = range(4)


def producing(bootstrap, transactional_id=None):
    return AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=transactional_id)


def purchase(name, amount_minor=1_000, client="finance"):
    data = PurchaseRecorded(
        client=client,
        purchase_id=name,
        purchased_on=BOUGHT_ON,
        supplier="Acme",
        category="Software",
        amount_minor=amount_minor,
        currency="EUR",
        sanctioned=False,
    )
    return write_binary(data, event_id=name, source="urn:test", time=NOW)


async def send_all(producer, events, partition=None):
    for topic, key, value, headers in events:
        await producer.send(topic, value, key, headers=headers, partition=partition)
    await producer.flush()


def register(bootstrap, client):
    with Publisher(bootstrap, source="urn:test") as publisher:
        publisher.publish(ClientRegistered(client=client, name=client.title(), owner="team-a"))


def purchases(running, client):
    """Return (number, euros) of a client's outside purchases, as `/metrics` says."""
    lines = fetch(f"{running.url}/metrics").decode().splitlines()
    said = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    names = (
        f'purchases{{client="{client}",sanction="outside"}}',
        f'purchase_spend{{client="{client}",currency="EUR",sanction="outside"}}',
    )
    number, spend = (float(said.get(f"rapport_client_{name}", -1)) for name in names)
    return number, spend


def until_drained(running):
    running.until(lambda: running.status()["lag_records"] == 0)


def rebuild(running):
    """Start a worker on an empty store, after the one that runs."""
    running.worker.stop()
    running.start("rebuilt")
    running.until(lambda: running.status()["ready"])


def test_the_fields_own_case_two_purchases_of_ten_euros_also_after_a_rebuild(running):
    register(running.bootstrap, "legal")
    running.start()
    subprocess.run(
        [sys.executable, SCRIPT, running.bootstrap, "tx", BOUGHT_ON.isoformat()],
        check=True,
        timeout=120,
    )
    running.until_handled(2)
    until_drained(running)
    assert running.until(lambda: purchases(running, "legal") == (2, 20))
    assert running.status()["outcomes"] == {"applied": 2}
    rebuild(running)
    assert running.until(lambda: purchases(running, "legal") == (2, 20))
    until_drained(running)


def test_transactions_that_run_beside_each_other_in_every_partition(running):
    async def publish():
        one, two = producing(running.bootstrap, "one"), producing(running.bootstrap, "two")
        async with one as aborting, two as committing:
            for number in range(3):
                await aborting.begin_transaction()
                await committing.begin_transaction()
                for partition in PARTITIONS:
                    name = f"{number}-{partition}"
                    bad = [purchase(f"aborted-{name}-{item}", 10**8) for item in range(50)]
                    good = [purchase(f"good-{name}-{item}") for item in range(5)]
                    await send_all(aborting, bad[:25], partition)
                    await send_all(committing, good, partition)
                    await send_all(aborting, bad[25:], partition)
                await aborting.abort_transaction()
                await committing.commit_transaction()

    running.start()
    asyncio.run(publish())
    total = 3 * len(PARTITIONS) * 5
    running.until_handled(total)
    until_drained(running)
    assert running.until(lambda: purchases(running, "finance") == (total, total * 10))
    assert running.status()["outcomes"]["applied"] == total
    assert running.status()["dead_letters"] == {}
    # Markers and aborted records are committed offsets too: a restart reads nothing again.
    running.until(lambda: running.committed("procurement") > 3 * len(PARTITIONS) * 55)
    running.worker.stop()
    running.start()
    running.until(lambda: running.status()["ready"])
    until_drained(running)
    assert running.status()["events"] == 0
    assert running.until(lambda: purchases(running, "finance") == (total, total * 10))


def test_what_is_not_committed_is_no_lag_and_is_counted_when_it_is_committed(running):
    running.start()

    async def publish():
        async with (
            producing(running.bootstrap, "slow") as slow,
            producing(running.bootstrap) as plain,
        ):
            await send_all(plain, [purchase("before")])
            await slow.begin_transaction()
            await send_all(slow, [purchase("within-1"), purchase("within-2")])
            await send_all(plain, [purchase("behind")])
            await asyncio.to_thread(running.until_handled, 1)
            await asyncio.to_thread(until_drained, running)
            held_back = running.status()
            await slow.commit_transaction()
            return held_back

    held_back = asyncio.run(publish())
    assert held_back["outcomes"] == {"applied": 1}
    running.until_handled(4)
    until_drained(running)
    assert running.until(lambda: purchases(running, "finance") == (4, 40))


def test_recovery_waits_for_an_open_transaction_on_the_changelog_and_forgets_what_it_aborts(
    running,
):
    running.start()

    async def publish():
        async with producing(running.bootstrap) as plain:
            await send_all(plain, [purchase(f"good-{number}") for number in range(3)])

    async def overwrite(pages):
        """Write over pages in a transaction, and abort it while a worker recovers."""
        async with producing(running.bootstrap, "careless mirror") as mirror:
            await mirror.begin_transaction()
            for key, page in pages.items():
                await mirror.send(CHANGELOG_TOPIC, b"rubbish", key, partition=page.partition)
            await mirror.flush()
            await asyncio.to_thread(running.start, "rebuilt")
            log = running.worker.log
            waits = "open transaction holds back the records"
            await asyncio.to_thread(running.until, lambda: waits in log.read_text())
            ready = running.status()["ready"]
            await mirror.abort_transaction()
            return ready

    asyncio.run(publish())
    running.until_handled(3)
    assert running.until(lambda: purchases(running, "finance") == (3, 30))
    running.worker.stop()
    newest = running.newest_records()
    assert not asyncio.run(overwrite({key: newest[key] for key in newest if b"finance" in key}))
    running.until(lambda: running.status()["ready"])
    assert running.until(lambda: purchases(running, "finance") == (3, 30))


def test_an_aborted_registration_makes_no_client(running):
    async def publish():
        async with producing(running.bootstrap, "registry") as producer:
            for name, finish in (
                ("aborted", producer.abort_transaction),
                ("committed", producer.commit_transaction),
            ):
                data = ClientRegistered(client=name, name=name.title(), owner="team-a")
                event = write_binary(data, event_id=name, source="urn:test", time=NOW)
                await producer.begin_transaction()
                await send_all(producer, [event])
                await finish()
        async with producing(running.bootstrap) as producer:
            names = ("aborted", "committed")
            await send_all(producer, [purchase(name, client=name) for name in names])

    running.start()
    asyncio.run(publish())
    running.until_handled(2)
    assert running.status()["outcomes"] == {"applied": 1, "dead_lettered": 1}
    assert running.status()["dead_letters"] == {"unknown-client": 1}
