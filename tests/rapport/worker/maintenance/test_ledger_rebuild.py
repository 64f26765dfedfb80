"""`rapport ledger rebuild`, with real workers before and after it."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from typer.testing import CliRunner

from rapport.admin import ledger_rebuild
from rapport.cli.operate.ledger import app, reach_lines
from rapport.domain.calendar import dated
from rapport.kafka.connection import Kafka
from rapport.publish.publisher import Publisher
from rapport.worker.storage.ledger_zone import LedgerZone, ZoneRefusedError, read_zone, settle_zone
from rapport_schemas.procurement import PurchaseRecorded
from rapport_schemas.ticket import TicketReopened, TicketWithdrawn

pytestmark = pytest.mark.kafka
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
TIMES = [NOW - timedelta(hours=hours) for hours in range(0, 48, 3)]
BOUGHT = (NOW - timedelta(days=9)).date()
EVENTS = len(TIMES) + 2


def publish(bootstrap):
    with Publisher(bootstrap, source="urn:test") as publisher:
        for number, at in enumerate(TIMES):
            data = TicketReopened(client="finance", ticket_id=f"T{number}")
            publisher.publish(data, id=str(number), time=at)
        withdrawn = TicketWithdrawn(client="finance", event_id="3", occurred_on=TIMES[3].date())
        publisher.publish(withdrawn, id="w", time=NOW)
        bought = {"supplier": "Acme", "category": "software", "currency": "EUR"}
        purchase = PurchaseRecorded(
            client="law", purchase_id="P1", amount_minor=100, purchased_on=BOUGHT, **bought
        )
        publisher.publish(purchase, time=NOW)


def days(running):
    keys = [key.decode().split("|") for key, one in running.newest_records().items() if one.value]
    return {dated(int(day)) for _, day, _, _ in keys}


def local_days(zone):
    local = {at.astimezone(ZoneInfo(zone)).date() for at in TIMES}
    withdrawn = TIMES[3].date()
    start = datetime(withdrawn.year, withdrawn.month, withdrawn.day, tzinfo=UTC)
    # A withdrawal is on both days that a day of UTC touches, of those that have begun.
    touched = {(start + timedelta(seconds=s)).astimezone(ZoneInfo(zone)).date() for s in (0, 86399)}
    today = NOW.astimezone(ZoneInfo(zone)).date()
    return local | {day for day in touched if day <= today} | {BOUGHT}


def rebuild(running, *options, answer=""):
    return CliRunner().invoke(
        app, ["rebuild", "--bootstrap", running.bootstrap, *options], input=answer
    )


@pytest.fixture
def filled(running):
    """A ledger with the days of UTC, and its worker."""
    running.start()
    publish(running.bootstrap)
    running.until_handled(EVENTS)
    assert days(running) == local_days("UTC")
    return running


def test_the_ledger_gets_other_days_and_says_first_how_far_its_inputs_reach(filled):
    before = {key: one.value for key, one in filled.newest_records().items()}
    filled.worker.stop()
    declined = rebuild(filled, "--zone", "Pacific/Kiritimati", answer="n\n")
    assert declined.exit_code == 1
    assert {key: one.value for key, one in filled.newest_records().items()} == before
    assert f"2 clients, {BOUGHT} to {max(local_days('UTC'))}, in the days of UTC" in declined.output
    assert f"  tickets: {EVENTS - 1} records since 20" in declined.output
    assert "  procurement: 1 records since 20" in declined.output
    assert "  surveys: 0 records; none is deleted" in declined.output
    assert "the days of UTC become those of Pacific/Kiritimati" in declined.output

    done = rebuild(filled, "--zone", "Pacific/Kiritimati", "--yes")
    assert done.exit_code == 0, (done.output, done.exception)
    assert f"they read {EVENTS} records" in done.output
    assert days(filled) == set()
    with pytest.raises(ZoneRefusedError, match="has the days of Pacific/Kiritimati"):
        asyncio.run(settle_zone(Kafka(filled.bootstrap), "UTC"))
    # The same worker, whose local store has the days of before.
    filled.start()
    filled.until_handled(EVENTS)
    assert filled.status()["zone"] == "Pacific/Kiritimati"
    assert days(filled) == local_days("Pacific/Kiritimati")


def test_a_rebuild_with_the_same_days_gives_the_same_ledger(filled, monkeypatch):
    before = {key: one.value for key, one in filled.newest_records().items()}
    with monkeypatch.context() as patched:
        patched.setattr(ledger_rebuild, "MEMBERS_SECONDS_MAX", 2)
        refused = rebuild(filled, "--yes")
    assert isinstance(refused.exception, ledger_rebuild.RebuildError)
    assert "1 workers are members of the group" in str(refused.exception)
    assert {key: one.value for key, one in filled.newest_records().items()} == before
    filled.worker.stop()
    done = rebuild(filled, answer="y\n")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "become" not in done.output
    assert asyncio.run(read_zone(Kafka(filled.bootstrap))) == ("UTC", 1)
    filled.start()
    filled.until_handled(EVENTS)
    assert {key: one.value for key, one in filled.newest_records().items()} == before


def test_what_kafka_has_deleted_is_said(running):
    publish(running.bootstrap)
    asyncio.run(delete_records(running.bootstrap, "procurement"))
    asyncio.run(settle_zone(Kafka(running.bootstrap), "Asia/Tokyo"))
    reach = asyncio.run(ledger_rebuild.ledger_reach(Kafka(running.bootstrap)))
    text = "\n".join(reach_lines(reach, "Asia/Tokyo"))
    assert "the ledger has no pages; its days are those of Asia/Tokyo" in text
    assert "procurement: 0 records; 1 earlier ones are deleted" in text
    assert "loses what only the deleted records of procurement said" in text
    assert reach.zone == LedgerZone("Asia/Tokyo", 0)


async def delete_records(bootstrap, topic):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        tps = [TopicPartition(topic, number) for number in range(8)]
        await admin.delete_records({tp: RecordsToDelete(before_offset=-1) for tp in tps})
    finally:
        await admin.close()


def test_a_zone_that_is_none_is_refused_before_anything_is_asked(running):
    done = rebuild(running, "--zone", "europe/amsterdam", "--yes")
    assert "do you mean Europe/Amsterdam" in str(done.exception)
    assert done.output == ""
