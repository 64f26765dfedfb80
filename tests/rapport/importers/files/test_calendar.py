"""Calendars: repeated, moved and cancelled meetings; addresses become roles, and are dropped."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.calendar import CalendarTable
from rapport.importers.files.open import open_table, sniff_format
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import FileOptions
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, Skipped, SourceRecord

NOW = datetime.now(UTC)
WEEKS = 4
FIRST = (NOW - timedelta(weeks=WEEKS, days=1)).replace(hour=9, minute=0, second=0, microsecond=0)


def event(*lines, uid="weekly@host", start=FIRST):
    return "\r\n".join(
        ("BEGIN:VEVENT", f"UID:{uid}", f"DTSTART:{start:%Y%m%dT%H%M%SZ}", *lines, "END:VEVENT")
    )


def calendar(tmp_path, *events):
    path = tmp_path / "meetings.ics"
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//test")
    path.write_text("\r\n".join((*head, *events, "END:VCALENDAR", "")))
    return path


WEEKLY = "RRULE:FREQ=WEEKLY"
DAY = f"{FIRST:%Y%m%d}"
PEOPLE = (
    "SUMMARY:Roadmap of finance",
    "ORGANIZER;CN=Chief:MAILTO:CIO@it.example.org",
    "ATTENDEE;CN=Ann:mailto:ann@finance.example.org",
    "ATTENDEE:mailto:stranger@elsewhere.example",
)


def rows(path):
    table = CalendarTable(path)
    return [row.cells for row in table.rows()]


def test_a_repeated_meeting_has_a_row_for_each_past_date(tmp_path):
    found = rows(calendar(tmp_path, event(WEEKLY, *PEOPLE)))
    starts = [datetime.fromisoformat(cells["start"]) for cells in found]
    assert starts == [FIRST + timedelta(weeks=n) for n in range(WEEKS + 1)]
    assert len({cells["key"] for cells in found}) == WEEKS + 1


def test_a_cancelled_date_is_not_held_and_a_moved_one_keeps_its_key(tmp_path):
    second = FIRST + timedelta(weeks=1)
    before = rows(calendar(tmp_path, event(WEEKLY)))
    moved = event(f"RECURRENCE-ID:{second:%Y%m%dT%H%M%SZ}", start=second + timedelta(days=1))
    third = FIRST + timedelta(weeks=2)
    after = rows(calendar(tmp_path, event(WEEKLY, f"EXDATE:{third:%Y%m%dT%H%M%SZ}"), moved))
    assert len(after) == len(before) - 1
    assert after[1]["key"] == before[1]["key"]
    assert datetime.fromisoformat(after[1]["start"]) == second + timedelta(days=1)
    assert before[2]["key"] not in {cells["key"] for cells in after}


def records(path):
    table, found = open_records(path, preset("calendar"))
    try:
        return list(found)
    finally:
        table.close()


def test_addresses_become_a_client_and_roles_and_are_in_no_event(tmp_path):
    (record,) = records(calendar(tmp_path, event(*PEOPLE)))
    assert isinstance(record, SourceRecord), record
    (one,) = record.events
    assert (one.data.client, one.data.roles, one.data.kind) == ("finance", ["cio"], "roadmap_talk")
    assert one.at == FIRST
    assert "@" not in f"{record}"
    assert "Ann" not in f"{record}"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("ORGANIZER:mailto:cio@it.example.org",), "no client took part"),
        (("ATTENDEE:mailto:ann@finance.example.org",), "no role of IT took part"),
        ((*PEOPLE, "STATUS:CANCELLED"), "status is cancelled"),
    ],
)
def test_a_meeting_that_does_not_count_is_left_out(tmp_path, lines, reason):
    assert records(calendar(tmp_path, event(*lines))) == [Skipped(4, reason)]


def test_a_future_meeting_is_no_row_yet(tmp_path):
    assert rows(calendar(tmp_path, event(start=NOW + timedelta(days=2)))) == []


def test_an_all_day_meeting_and_one_without_a_zone_are_read(tmp_path):
    day = f"{FIRST:%Y%m%d}"
    whole = event(uid="a").replace(f"DTSTART:{FIRST:%Y%m%dT%H%M%SZ}", f"DTSTART;VALUE=DATE:{day}")
    local = event(uid="b").replace("Z\r\nEND", "\r\nEND")
    found = {cells["start"] for cells in rows(calendar(tmp_path, whole, local))}
    assert found == {f"{FIRST:%Y-%m-%d}", f"{FIRST:%Y-%m-%dT%H:%M:%S}"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
            "is cut off or damaged: 1 meetings",
        ),
        ("BEGIN:VCALENDAR\r\nno colon\r\n", "is no calendar that can be read"),
    ],
)
def test_a_damaged_calendar_is_refused_in_words(tmp_path, text, reason):
    path = tmp_path / "damaged.ics"
    path.write_text(text)
    with pytest.raises(ImportFailed, match=reason):
        CalendarTable(path)


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.7, 0.95, 0.99])
def test_a_calendar_that_is_cut_off_is_refused(tmp_path, kept):
    path = calendar(tmp_path, *(event(*PEOPLE, uid=f"{n}") for n in range(5)))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ImportFailed, match=r"is cut off or damaged|is no calendar"):
        CalendarTable(path)


def test_a_calendar_is_known_by_its_first_line(tmp_path):
    path = calendar(tmp_path, event())
    assert sniff_format(path) == "ics"
    assert isinstance(open_table(path, FileOptions()), CalendarTable)


GOOD = event(*PEOPLE, uid="good@host")


def meeting(*lines):
    """A meeting of exactly these lines, with the same people."""
    return "\r\n".join(
        ("BEGIN:VEVENT", "UID:ann@finance.example.org", *lines, *PEOPLE, "END:VEVENT")
    )


START = f"DTSTART:{DAY}T090000Z"
FAULTS = [
    ((), "DTSTART", "has no start"),
    (("DTSTART:next Tuesday with Ann",), "DTSTART", "not valid iCalendar"),
    (("DTSTART:20261345T990000Z",), "DTSTART", "not valid iCalendar"),
    (("DTSTART:",), "DTSTART", "not valid iCalendar"),
    (("DTSTART",), "DTSTART", "not valid iCalendar"),
    ((START, START), "DTSTART", "more than once"),
    ((START, "DTEND:later"), "DTEND", "not valid iCalendar"),
    ((START, "DURATION:an hour"), "DURATION", "not valid iCalendar"),
    ((START, "DURATION:-PT1H"), "DURATION", "less than nothing"),
    ((START, f"DTEND:{DAY}T080000Z"), "DTEND", "ends before it starts"),
    ((f"DTSTART;VALUE=DATE:{DAY}", "DTEND;VALUE=DATE:20200101"), "DTEND", "ends before"),
    ((START, "DTEND;VALUE=DATE:20200101"), "DTEND", "ends before"),
    ((START, f"DTEND:{DAY}T080000"), "DTEND", "ends before"),
    ((START, "DTEND;VALUE=PERIOD:20260701T090000Z/PT1H"), "DTEND", "not valid iCalendar"),
    ((START, "RECURRENCE-ID:P1W"), "RECURRENCE-ID", "not valid iCalendar"),
    ((START, "CATEGORIES;VALUE=DATE:P1W"), "the meeting", "not valid iCalendar"),
    ((START, f"RDATE;VALUE=PERIOD;TZID=Nowhere:{DAY}T1/PT1H"), "RDATE", "not valid iCalendar"),
    (
        (START, f"RDATE;VALUE=PERIOD;TZID=Nowhere:{DAY}T100000/PT1H"),
        "RDATE",
        "zone 'Nowhere' is unknown",
    ),
    ((START, "EXDATE:none"), "EXDATE", "not valid iCalendar"),
    ((START, "RDATE:20269999"), "RDATE", "not valid iCalendar"),
    ((START, "RECURRENCE-ID:first"), "RECURRENCE-ID", "not valid iCalendar"),
    ((START, "RRULE:every week"), "RRULE", "has no FREQ"),
    ((START, "RRULE:FREQ=SOMETIMES"), "RRULE", "not valid iCalendar"),
    ((START, "RRULE:COUNT=3"), "RRULE", "has no FREQ"),
    ((START, "RRULE:FREQ=DAILY;INTERVAL=0"), "RRULE", "less than 1"),
    ((START, "RRULE:FREQ=DAILY;UNTIL=soon"), "RRULE", "not valid iCalendar"),
    ((START, "RRULE:FREQ=DAILY;BYHOUR=8,9,10,11,12;BYMINUTE=0,10,20,30,40"), "RRULE", "25 times"),
    ((START, "RRULE:FREQ=SECONDLY"), "RRULE", "repeats SECONDLY"),
    ((START, "RRULE:FREQ=MINUTELY"), "RRULE", "repeats MINUTELY"),
    ((START, "RRULE:FREQ=HOURLY"), "RRULE", "repeats HOURLY"),
    ((START, "ATTENDEE ann@finance.example.org"), "ATTENDEE", "not valid iCalendar"),
    ((f"DTSTART;TZID=Custom 1:{DAY}T090000",), "DTSTART", "zone 'Custom 1' is unknown"),
    ((f"DTSTART;TZID=ann@host:{DAY}T090000",), "DTSTART", "the time zone is unknown"),
    ((START, f"DTEND;TZID=Nowhere:{DAY}T100000"), "DTEND", "zone 'Nowhere' is unknown"),
    ((START, WEEKLY, f"EXDATE;TZID=Nowhere:{DAY}T090000"), "EXDATE", "'Nowhere' is unknown"),
    (
        (f'DTSTART;TZID="(UTC-05:00) Eastern Time (US & Canada)":{DAY}T090000',),
        "DTSTART",
        "Eastern Time .* is unknown",
    ),
    (
        (f'DTSTART;TZID="(UTC+05:00) Amsterdam, Berlin":{DAY}T090000',),
        "DTSTART",
        "Amsterdam, Berlin' is unknown",
    ),
]


@pytest.mark.parametrize(("lines", "path", "reason"), FAULTS)
def test_a_meeting_that_cannot_be_read_is_rejected_and_the_others_are_read(
    tmp_path, lines, path, reason
):
    rejected, good = records(calendar(tmp_path, meeting(*lines), GOOD))
    assert isinstance(rejected, Rejection), rejected
    assert (rejected.line, rejected.path) == (4, path)
    assert re.search(reason, rejected.reason)
    assert not re.search(r"ann|cio|@|chief", f"{rejected}", re.IGNORECASE)
    assert isinstance(good, SourceRecord)


def test_every_meeting_that_begins_is_counted(tmp_path):
    broken = [meeting(*lines) for lines, *_ in FAULTS]
    apart = [text.replace("UID:", f"UID:{n}") for n, text in enumerate(broken)]
    table = CalendarTable(calendar(tmp_path, *apart, event(WEEKLY, *PEOPLE)))
    found = [row.cells for row in table.rows()]
    assert sum(isinstance(cells, RowError) for cells in found) == len(FAULTS)
    assert table.rows_counted == len(found) == len(FAULTS) + WEEKS + 1


def test_a_changed_date_that_cannot_be_read_rejects_all_dates_of_its_meeting(tmp_path):
    changed = event("RECURRENCE-ID:the second").replace("DTSTART", "COMMENT")
    first, second, good = records(calendar(tmp_path, event(WEEKLY, *PEOPLE), changed, GOOD))
    assert (first.path, second.path) == ("UID", "RECURRENCE-ID")
    assert f"on line {second.line} " in first.reason
    assert isinstance(good, SourceRecord)


ALARM = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:soon", "END:VALARM")


def test_a_faulty_alarm_or_task_changes_no_meeting(tmp_path):
    task = "\r\n".join(("BEGIN:VTODO", "DUE:once", *ALARM, "END:VTODO"))
    (found,) = records(calendar(tmp_path, task, meeting(START, *ALARM)))
    assert isinstance(found, SourceRecord)
    assert found.line == 4 + 7


ZONES = [
    ("Europe/Amsterdam", 8),
    ("W. Europe Standard Time", 8),
    ("Romance Standard Time", 8),
    ("GMT Standard Time", 9),
    ("/freeassociation.sourceforge.net/Europe/Berlin", 8),
    ('"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"', 8),
    ('"(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"', 8),
    ('"(GMT+01:00) Sarajevo, Skopje, Warsaw, Zagreb"', 8),
    ('"(UTC+00:00) Dublin, Edinburgh, Lisbon, London"', 9),
    ('"(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius"', 7),
    ('"(UTC) Coordinated Universal Time"', 9),
    ('"tzone://Microsoft/Utc"', 9),
]


@pytest.mark.parametrize(("zone", "hour"), ZONES)
def test_times_are_read_in_the_zone_that_the_calendar_names(tmp_path, zone, hour):
    """In winter: nine o'clock there, in hours of UTC."""
    lines = (f"DTSTART;TZID={zone}:20260112T090000", f"DTEND;TZID={zone}:20260112T100000")
    (found,) = records(calendar(tmp_path, meeting(*lines)))
    assert isinstance(found, SourceRecord), found
    assert found.events[0].at == datetime(2026, 1, 12, hour, tzinfo=UTC)


def test_a_repeated_meeting_follows_the_clock_of_its_zone(tmp_path):
    zone = '"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"'
    lines = (
        f"DTSTART;TZID={zone}:20260326T090000",
        f"EXDATE;TZID={zone}:20260409T090000",
        "RRULE:FREQ=WEEKLY;COUNT=3",
    )
    found = records(calendar(tmp_path, meeting(*lines)))
    expected = [datetime(2026, 3, 26, 8, tzinfo=UTC), datetime(2026, 4, 2, 7, tzinfo=UTC)]
    assert [record.events[0].at for record in found] == expected


OWN_ZONE = "\r\n".join(
    (
        *(
            "BEGIN:VTIMEZONE",
            "TZID:Custom of this file",
            "BEGIN:STANDARD",
            "DTSTART:16010101T000000",
        ),
        *("TZOFFSETFROM:+0300", "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE"),
    )
)


@pytest.mark.parametrize("described_first", [True, False])
def test_a_zone_that_the_calendar_describes_is_used_wherever_it_stands(tmp_path, described_first):
    one = meeting("DTSTART;TZID=Custom of this file:20260112T090000")
    parts = (OWN_ZONE, one) if described_first else (one, OWN_ZONE)
    (found,) = records(calendar(tmp_path, *parts))
    assert found.events[0].at == datetime(2026, 1, 12, 6, tzinfo=UTC)


def test_a_zone_of_the_calendar_that_is_unknown_rejects_only_what_repeats(tmp_path):
    weekly = event(WEEKLY, *PEOPLE)
    rejected, good = records(calendar(tmp_path, "X-WR-TIMEZONE:Nowhere", weekly, GOOD))
    assert (rejected.path, good.events[0].at) == ("X-WR-TIMEZONE", FIRST)
    assert "'Nowhere' is unknown" in rejected.reason


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("CANCEL", "status is cancelled"),
        ("cancel", "status is cancelled"),
        ("REPLY", "status is reply"),
        ("COUNTER", "status is counter"),
        ("DECLINECOUNTER", "status is declinecounter"),
        ("REFRESH", "status is refresh"),
    ],
)
def test_a_calendar_that_cancels_or_answers_has_no_meeting_that_was_held(tmp_path, method, reason):
    path = calendar(tmp_path, f"METHOD:{method}", event(*PEOPLE, "STATUS:CONFIRMED"))
    assert records(path) == [Skipped(5, reason)]


@pytest.mark.parametrize("method", ["PUBLISH", "REQUEST", "ADD"])
def test_a_calendar_that_invites_has_meetings_that_are_held(tmp_path, method):
    (found,) = records(calendar(tmp_path, f"METHOD:{method}", event(*PEOPLE)))
    assert isinstance(found, SourceRecord)


def test_a_cancellation_in_the_same_file_counts_for_its_meeting(tmp_path):
    path = calendar(tmp_path, event(*PEOPLE))
    cancelled = path.read_text().replace("VERSION:2.0", "VERSION:2.0\nMETHOD:CANCEL")
    path.write_text(path.read_text() + cancelled)
    (found,) = records(path)
    assert found.reason == "status is cancelled"


ANN = "mailto:ann@finance.example.org"
CIO = "mailto:cio@it.example.org"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((f"ATTENDEE;PARTSTAT=DECLINED:{ANN}",), "no client took part"),
        ((f"ATTENDEE;partstat=declined:{ANN}",), "no client took part"),
        ((f"ATTENDEE;PARTSTAT=DELEGATED:{ANN}",), "no client took part"),
        ((f"ATTENDEE;CUTYPE=ROOM:{ANN}",), "no client took part"),
        ((f"ATTENDEE;CUTYPE=RESOURCE;PARTSTAT=ACCEPTED:{ANN}",), "no client took part"),
        ((f"ATTENDEE;ROLE=NON-PARTICIPANT:{ANN}",), "no client took part"),
        ((f"ATTENDEE:{ANN}", f"ATTENDEE;PARTSTAT=DECLINED:{CIO}"), "no role of IT took part"),
    ],
)
def test_who_declined_and_rooms_take_no_part(tmp_path, lines, reason):
    path = calendar(tmp_path, event(f"ORGANIZER:{CIO}", *lines))
    assert records(path) == [Skipped(4, reason)]


@pytest.mark.parametrize(
    "parameters",
    ["", ";PARTSTAT=ACCEPTED", ";PARTSTAT=NEEDS-ACTION", ";PARTSTAT=TENTATIVE", ";CUTYPE=GROUP"],
)
def test_who_did_not_decline_took_part(tmp_path, parameters):
    path = calendar(
        tmp_path, event("SUMMARY:Roadmap", f"ORGANIZER:{CIO}", f"ATTENDEE{parameters}:{ANN}")
    )
    (found,) = records(path)
    assert found.events[0].data.client == "finance"


def test_meetings_without_a_uid_are_meetings_apart(tmp_path):
    one = event(*PEOPLE).replace("UID:weekly@host\r\n", "")
    found = rows(calendar(tmp_path, one, one.replace("Roadmap", "Workshop")))
    assert len({cells["key"] for cells in found}) == 2
