"""Events are folded into the days of the organisation's zone, and withdrawn from them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.calendar import Calendar, dated
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.events import decoder
from rapport.domain.events.decoder import decode_carefully, decode_event
from rapport.domain.ledger.page import RETRACTED, iter_facts
from rapport.kafka.record_batch import iter_chunks
from rapport.worker.ingest.decoding import decode
from rapport.worker.ingest.router import Router, RoutingResult
from rapport.worker.storage.desk_store import DeskStore
from rapport.worker.storage.pages import PageStore
from rapport_schemas.procurement import PurchaseRecorded
from rapport_schemas.survey import SurveyAnswered, SurveyWithdrawn
from rapport_schemas.ticket import TicketReopened, TicketWithdrawn
from rapport_schemas.wire.envelope import write_binary

ZONES = (
    *("UTC", "Europe/Amsterdam", "America/Los_Angeles", "Pacific/Auckland", "Pacific/Kiritimati"),
    *("Pacific/Pago_Pago", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"),
)
NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
HORIZON_DAYS = 400
TIMES = st.datetimes(
    NOW.replace(tzinfo=None) - timedelta(days=390), NOW.replace(tzinfo=None), timezones=st.just(UTC)
)


def nothing(_text):
    return ()


class NothingStored:
    def get(self, _partition, _key):
        return None


class Ledger:
    """A ledger in memory, in the days of a zone."""

    def __init__(self, zone):
        self.calendar = Calendar(zone)
        directory = Directory()
        directory.register(Client("finance", "Finance", "team-a", ()))
        self.pages = PageStore(NothingStored())
        self.router = Router(
            *(self.pages, DeskStore(NothingStored()), directory, lambda _: 0),
            *(HORIZON_DAYS, HORIZON_DAYS, self.calendar),
        )
        self.result = RoutingResult()

    def ingest(self, *events, now=NOW):
        """Ingest (data, id, time); returns the reasons of the rejected events, by their number."""
        builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
        for number, (data, event_id, at) in enumerate(events):
            _, key, value, headers = write_binary(
                data, event_id=event_id, source="urn:test", time=at
            )
            builder.append(number, 0, key, value, headers)
        (chunk,) = iter_chunks(bytes(builder.build()), 0, 1000)
        decoded = decode(chunk, nothing, self.calendar)
        self.result = RoutingResult()
        self.router.route(decoded, 0, self.result, now.timestamp())
        return {number: rejected.reason for number, rejected in self.result.dead.items()}

    def days(self):
        """Return the day of each fact that counts, with its number."""
        values = self.pages.encode_pages(self.pages.take_touched())
        facts = [fact for value in values.get(0, {}).values() for fact in iter_facts(value)]
        return Counter({str(dated(day)): n for day, code, n in facts if code != RETRACTED})


def reopened(event_id, at):
    return TicketReopened(client="finance", ticket_id="T1"), event_id, at


def withdrawn(event_id, at, model=TicketWithdrawn, sent=None):
    data = model(client="finance", event_id=event_id, occurred_on=at.date())
    return data, f"{event_id}/withdrawn", sent or at


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), TIMES, st.sampled_from(["seconds", "milliseconds", "microseconds"]))
def test_an_event_is_on_the_day_of_its_zone_on_both_paths(zone, at, digits):
    _, _, value, headers = write_binary(
        *reopened("e-1", at)[:1], event_id="e", source="urn:t", time=at
    )
    stamp = at.isoformat(timespec=digits).replace("+00:00", "Z").encode()
    headers = [(name, stamp if name == "ce_time" else text) for name, text in headers]
    calendar = Calendar(zone)
    _, page_day, posting, *_ = found = decode_event(value, headers, nothing, calendar)
    assert found == decode_carefully(value, headers, nothing, calendar)
    assert dated(page_day) == dated(posting.day) == at.astimezone(ZoneInfo(zone)).date()


def test_a_minute_of_two_days_is_decoded_carefully():
    """Monrovia's clocks were 44 minutes and 30 seconds behind, until 1972."""
    calendar = Calendar("Africa/Monrovia")
    for second, day in ((29, "1971-06-01"), (30, "1971-06-02")):
        at = datetime(1971, 6, 2, 0, 44, second, tzinfo=UTC)
        _, _, value, headers = write_binary(
            reopened("", at)[0], event_id="e", source="urn:t", time=at
        )
        assert decoder._fast(value, headers, calendar) is None
        assert str(dated(decode_event(value, headers, nothing, calendar)[1])) == day


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=40, deadline=None)
@given(st.lists(TIMES, min_size=1, max_size=6), st.data())
def test_a_withdrawal_finds_its_event_in_every_zone_and_order(zone, times, data):
    events = [reopened(str(number), at) for number, at in enumerate(times)]
    chosen = data.draw(st.sets(st.sampled_from(range(len(times)))))
    messages = [*events, *(withdrawn(str(one), times[one]) for one in chosen)]
    ledger = Ledger(zone)
    assert ledger.ingest(*data.draw(st.permutations(messages))) == {}
    kept = [at for number, at in enumerate(times) if number not in chosen]
    expected = Counter(str(at.astimezone(ZoneInfo(zone)).date()) for at in kept)
    assert ledger.days() == expected
    assert sum(ledger.result.counts.values()) == len(messages)


@pytest.mark.parametrize("zone", ZONES)
def test_an_answer_of_a_survey_is_withdrawn_too(zone):
    answer = SurveyAnswered.model_validate_json(
        '{"client": "finance", "survey_id": "S", "viewpoint": "client", '
        '"answers": [{"question": "trust", "score": 4}]}'
    )
    ledger, at = Ledger(zone), datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    ledger.ingest((answer, "a", at), withdrawn("a", at, SurveyWithdrawn))
    assert ledger.days() == Counter()


def test_a_ticket_of_monday_morning_is_of_the_new_week_where_it_is_monday():
    at = datetime(2026, 3, 1, 20, 30, tzinfo=UTC)  # Monday at 06:30 in Brisbane
    days = {zone: list(one_day(zone, at)) for zone in ("UTC", "Australia/Brisbane")}
    assert days == {"UTC": ["2026-03-01"], "Australia/Brisbane": ["2026-03-02"]}


def one_day(zone, at):
    ledger = Ledger(zone)
    assert ledger.ingest(reopened("1", at)) == {}
    return ledger.days()


@pytest.mark.parametrize(
    ("zone", "day", "reason"),
    [
        ("Pacific/Kiritimati", "2026-03-31", None),  # it is the 31st there
        ("Pacific/Kiritimati", "2026-04-01", "from-the-future"),
        ("UTC", "2026-03-30", None),
        ("UTC", "2026-03-31", "from-the-future"),
        ("Pacific/Pago_Pago", "2026-03-30", None),
    ],
)
def test_a_purchase_of_the_zones_own_today_is_not_from_the_future(zone, day, reason):
    bought = PurchaseRecorded.model_validate_json(
        '{"client": "finance", "purchase_id": "P", "supplier": "Acme", "category": "software", '
        f'"amount_minor": 100, "currency": "EUR", "purchased_on": "{day}"}}'
    )
    at = NOW + timedelta(minutes=4)
    assert Ledger(zone).ingest((bought, "1", at)) == ({} if reason is None else {0: reason})


def test_shortly_before_midnight_of_the_zone_the_next_day_is_no_future():
    midnight = datetime(2026, 3, 30, 11, tzinfo=UTC)  # in Auckland, an hour before summer time ends
    ledger = Ledger("Pacific/Auckland")
    assert ledger.ingest(reopened("1", midnight), now=midnight - timedelta(minutes=5)) == {}
    assert list(ledger.days()) == ["2026-03-31"]
    late = ledger.ingest(reopened("2", midnight), now=midnight - timedelta(minutes=5, seconds=1))
    assert late == {0: "from-the-future"}


@pytest.mark.parametrize("zone", ZONES)
def test_the_horizon_counts_days_of_the_zone(zone):
    calendar = Calendar(zone)
    oldest = calendar.day_of(int(NOW.timestamp())) - HORIZON_DAYS
    start = datetime.fromtimestamp(calendar.start_of(oldest), UTC)
    ledger = Ledger(zone)
    found = ledger.ingest(reopened("1", start), reopened("2", start - timedelta(seconds=1)))
    assert found == {1: "too-old"}
    assert list(ledger.days()) == [str(dated(oldest))]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_a_withdrawal_on_the_border_of_the_ledger_is_taken_when_one_of_its_days_is_within(zone):
    ledger, calendar = Ledger(zone), Calendar(zone)
    oldest = calendar.day_of(int(NOW.timestamp())) - HORIZON_DAYS
    start = datetime.fromtimestamp(calendar.start_of(oldest), UTC)
    assert ledger.ingest(reopened("1", start), withdrawn("1", start, sent=NOW)) == {}
    assert ledger.days() == Counter()
    for days, reasons in ((1, {0: "too-old"}), (2, {0: "too-old"})):
        early = withdrawn("2", start - timedelta(days=days), sent=NOW)
        assert ledger.ingest(early) == reasons
    # Today in UTC, where the organisation's day has not begun, or will end sooner.
    assert ledger.ingest(reopened("3", NOW), withdrawn("3", NOW)) == {}
    assert ledger.days() == Counter()
    for ahead in (timedelta(days=2), timedelta(days=3)):
        assert ledger.ingest(withdrawn("4", NOW + ahead, sent=NOW)) == {0: "from-the-future"}
    assert ledger.ingest(withdrawn("5", NOW, sent=NOW + timedelta(hours=1))) == {
        0: "from-the-future"
    }
