"""Calendars: repeated, moved and cancelled meetings; addresses become roles, and are dropped."""

from datetime import UTC, datetime, timedelta

import pytest

from rapport.importers.errors import ImportFailed
from rapport.importers.files.calendar import CalendarTable
from rapport.importers.files.open import open_table, sniff_format
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import FileOptions
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Skipped, SourceRecord

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
    assert records(calendar(tmp_path, event(*lines))) == [Skipped(1, reason)]


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


@pytest.mark.parametrize("often", ["SECONDLY", "MINUTELY", "HOURLY"])
def test_a_rule_without_end_in_seconds_is_refused(tmp_path, often):
    with pytest.raises(ImportFailed, match=f"a meeting repeats {often}"):
        CalendarTable(calendar(tmp_path, event(f"RRULE:FREQ={often}")))


def test_a_calendar_is_known_by_its_first_line(tmp_path):
    path = calendar(tmp_path, event())
    assert sniff_format(path) == "ics"
    assert isinstance(open_table(path, FileOptions()), CalendarTable)
