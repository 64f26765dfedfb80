"""A real worker with the days of the organisation's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from kafka import KafkaProducer

from rapport.domain.calendar import dated, day_number
from rapport.publish.publisher import Publisher
from rapport.web.client import fetch_json
from rapport_schemas.ticket import TicketReopened, TicketWithdrawn
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
TIMES = [NOW - timedelta(hours=hours) for hours in range(0, 48, 3)]


def publish(bootstrap, *events):
    with Publisher(bootstrap, source="urn:test") as publisher:
        for data, event_id, at in events:
            publisher.publish(data, id=event_id, time=at)


def reopened(number, at):
    return TicketReopened(client="finance", ticket_id=f"T{number}"), str(number), at


def page_days(running):
    keys = [key.decode().split("|") for key, one in running.newest_records().items() if one.value]
    return {dated(int(day)) for _, day, _, _ in keys}


def local_days(zone, times=TIMES):
    return {at.astimezone(ZoneInfo(zone)).date() for at in times}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_pages_and_today_are_those_of_the_zone_after_a_restart_too(running, zone):
    running.start("worker", "--zone", zone)
    publish(running.bootstrap, *(reopened(*one) for one in enumerate(TIMES)))
    running.until_handled(len(TIMES))
    assert running.status()["zone"] == zone
    assert page_days(running) == local_days(zone)
    headers = {
        name: value for one in running.newest_records().values() for name, value in one.headers
    }
    assert headers["zone"] == zone.encode()
    before = fetch_json(f"{running.url}/clients")
    assert shown_day(running) == datetime.now(ZoneInfo(zone)).date()
    running.worker.stop()
    # Without the option: the zone of the ledger. From the changelog alone, on another machine.
    running.start("another")
    running.until(lambda: running.status()["recovered_pages"] == len(local_days(zone)))
    assert running.status()["zone"] == zone
    withdrawn = TicketWithdrawn(client="finance", event_id="5", occurred_on=TIMES[5].date())
    publish(running.bootstrap, (withdrawn, "5/withdrawn", NOW))
    running.until_handled(1)
    assert running.status()["outcomes"]["applied"] == 1
    assert len(fetch_json(f"{running.url}/clients")) == len(before)


def shown_day(running):
    return date.fromisoformat(fetch_json(f"{running.url}/clients/finance/explanation")["day"])


def test_a_worker_with_another_zone_ends_with_a_sentence(running):
    running.start("worker", "--zone", "Pacific/Auckland")
    first = running.worker
    try:
        with pytest.raises(RapportError) as raised:
            running.start("second", "--zone", "Europe/Amsterdam")
    finally:
        first.stop()
    text = str(raised.value)
    assert "has the days of Pacific/Auckland, and this worker was given --zone Europe" in text
    assert "Traceback" not in text


def test_without_a_zone_the_changelog_is_what_it_always_was(running):
    running.start()
    publish(running.bootstrap, *(reopened(*one) for one in enumerate(TIMES)))
    running.until_handled(len(TIMES))
    assert running.status()["zone"] == "UTC"
    assert page_days(running) == {at.date() for at in TIMES}
    assert {name for one in running.newest_records().values() for name, _ in one.headers} == {
        "term"
    }


def test_a_changelog_with_the_days_of_another_zone_is_refused_at_every_start(running):
    running.start("worker", "--zone", "Asia/Tokyo")
    publish(running.bootstrap, reopened(1, NOW))
    running.until_handled(1)
    running.worker.stop()
    one = next(iter(running.newest_records().values()))
    producer = KafkaProducer(bootstrap_servers=running.bootstrap)
    day = day_number(NOW.date()) - 9
    headers = [("term", b"99")]  # of UTC
    producer.send(CHANGELOG_TOPIC, one.value, b"finance|%d|0|0" % day, headers, one.partition)
    producer.close()
    for _ in range(2):
        running.start("worker")
        with pytest.raises(RapportError) as raised:
            running.until(lambda: running.status()["ready"])
        assert "1 pages with the days of UTC, and the ledger has those of Asia/Tokyo" in str(
            raised.value
        )
        running.worker.stop()
    # A rebuild removes such a page.
    producer = KafkaProducer(bootstrap_servers=running.bootstrap)
    producer.send(CHANGELOG_TOPIC, None, b"finance|%d|0|0" % day, [("term", b"100")], one.partition)
    producer.close()
    running.start("worker")
    running.until(lambda: running.status()["ready"])
    assert running.status()["recovered_pages"] == 1
