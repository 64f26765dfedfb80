"""The zone of a file's times: said, the file's own, or UTC with an offer; never in silence."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rapport.importers.errors import ImportFailed
from rapport.importers.inspection.inspect import inspect
from rapport.importers.mapping.dates import zones
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord
from rapport.importers.run import with_options

FIELD = Path(__file__).parents[3] / "data" / "field"
MAPPING = """
kind = "tickets"
title = "tickets"
source = "urn:test:tickets"
client = {{ constant = "finance" }}
[id]
columns = ["No"]
[dates]
layouts = ["%d-%m-%Y %H:%M", "%d-%m-%Y", "iso"]
{zone}
[ticket]
opened_at = ["{opened}"]
priority = {{ constant = "P3" }}
"""


def tickets(zone="", opened="Opened"):
    return parse_mapping(MAPPING.format(zone=zone, opened=opened), "test")


def file_of(folder, header, *rows):
    path = folder / "tickets.csv"
    path.write_text("\n".join([header, *rows]))
    return path


def opened(path, mapping):
    table, records = open_records(path, mapping)
    try:
        return [o.events[0].at for o in records if isinstance(o, SourceRecord)]
    finally:
        table.close()


@pytest.fixture
def machine(monkeypatch):
    """This machine's zone as the test says it."""

    def in_zone(name):
        monkeypatch.setattr(zones, "machine_zone", lambda: name)

    return in_zone


def test_a_zone_that_was_said_is_said_again(tmp_path):
    path = file_of(tmp_path, "No,Opened", "1,02-03-2026 09:15")
    mapping = tickets('zone = "Europe/Amsterdam"')
    assert inspect(path, mapping).zone == "Europe/Amsterdam, as was said"
    assert opened(path, mapping) == [datetime(2026, 3, 2, 8, 15, tzinfo=UTC)]
    other = with_options(mapping, zone="America/New_York")
    assert inspect(path, other).zone == "America/New_York, as was said"
    assert opened(path, other) == [datetime(2026, 3, 2, 14, 15, tzinfo=UTC)]


def test_without_a_zone_that_of_the_machine_is_offered(tmp_path, machine):
    path = file_of(tmp_path, "No,Opened", "1,02-03-2026 09:15")
    machine("Europe/Amsterdam")
    assert inspect(path, tickets()).zone == (
        "UTC, as nothing says another; this machine is in Europe/Amsterdam: "
        "--zone Europe/Amsterdam reads times so"
    )
    machine(None)
    assert "--zone ZONE" in inspect(path, tickets()).zone


def test_times_that_say_their_zone_need_no_other(tmp_path, machine):
    machine("Europe/Amsterdam")
    path = file_of(tmp_path, "No,Opened", "1,2026-03-02T09:15Z", "2,2026-03-02 09:15 CET")
    assert inspect(path, tickets()).zone == "that of each time, as the file says"
    mixed = file_of(tmp_path, "No,Opened", "1,2026-03-02T09:15Z", "2,2026-03-02 09:15")
    assert inspect(mixed, tickets()).zone.endswith("1 times say their own")


def test_days_without_a_time_need_no_zone(tmp_path):
    path = file_of(tmp_path, "No,Opened", "1,02-03-2026")
    assert inspect(path, tickets()).zone is None


@pytest.mark.parametrize(
    "name", ["Timezone", "Time zone", "TIME_ZONE", "Tijdzone", "Zeitzone", "timezone"]
)
def test_a_column_of_zones_is_believed_unless_a_zone_was_said(tmp_path, name):
    path = file_of(
        tmp_path,
        f"No,Opened,{name}",
        "1,02-03-2026 09:15,Europe/Amsterdam",
        "2,02-03-2026 09:15,UTC",
        "3,2026-03-02T09:15Z,Asia/Tokyo",
        "4,02-03-2026 09:15,",
    )
    hours = [8, 9, 9, 9]
    assert [at.hour for at in opened(path, tickets())] == hours
    assert [at.hour for at in opened(path, tickets(f'zone_column = "{name}"'))] == hours
    said = with_options(tickets(), zone="America/New_York")
    assert [at.hour for at in opened(path, said)] == [14, 14, 9, 14]


@pytest.mark.parametrize(
    ("name", "hour"),
    [
        *(("Opened (UTC)", 9), ("opened_at_utc", 9), ("Opened GMT", 9), ("Opened [CET]", 8)),
        *(("Opened (GMT+2)", 7), ("Opened (Asia/Tokyo)", 0), ("Opened (EST)", 14)),
        *(("Opened (local)", 14), ("Opened", 14)),
    ],
)
def test_a_zone_in_the_name_of_a_column_counts(tmp_path, name, hour):
    path = file_of(tmp_path, f"No,{name}", "1,02-03-2026 09:15")
    (at,) = opened(path, tickets('zone = "America/New_York"', opened=name))
    assert at == datetime(2026, 3, 2, hour, 15, tzinfo=UTC)


def qualtrics(folder, zone):
    path = folder / "answers.csv"
    path.write_text(
        "ResponseId,RecordedDate,client,trust\n"
        "Response ID,Recorded Date,Client,Do you trust IT?\n"
        f'"{{""ImportId"":""_recordId""}}","{{""ImportId"":""recordedDate"",""timeZone"":""{zone}""}}"'
        ',"{""ImportId"":""QID2""}","{""ImportId"":""QID1""}"\n'
        "R_1,2026-03-02 09:15:00,Finance,4\n"
    )
    return path


def test_the_zone_row_of_an_export_is_believed(tmp_path):
    path = qualtrics(tmp_path, "America/Denver")
    assert opened(path, preset("qualtrics")) == [
        datetime(2026, 3, 2, 9, 15, tzinfo=ZoneInfo("America/Denver"))
    ]
    inspection = inspect(path, preset("qualtrics"))
    assert inspection.zone == "America/Denver, as a row of the file says"


def test_a_zone_that_was_said_goes_before_the_zone_row_and_the_difference_is_said(tmp_path):
    mapping = with_options(preset("qualtrics"), zone="Europe/Amsterdam")
    path = qualtrics(tmp_path, "America/Denver")
    assert opened(path, mapping) == [datetime(2026, 3, 2, 8, 15, tzinfo=UTC)]
    (note,) = inspect(path, mapping).notes
    assert "a row of the file says the zone America/Denver" in note


def test_a_zone_row_that_means_nothing_is_an_error_with_its_line(tmp_path):
    with pytest.raises(ImportFailed, match="line 3 has the file's zone: Mars/Olympus is not"):
        opened(qualtrics(tmp_path, "Mars/Olympus"), preset("qualtrics"))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        *(("Amsterdam", "Europe/Amsterdam"), ("new york", "America/New_York")),
        *(("Europe/Londen", "Europe/London"), ("../etc/passwd", "Europe/Amsterdam")),
        *(("Europe", "Europe/Amsterdam"), ("", "Europe/Amsterdam")),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest(name, near):
    with pytest.raises(ImportFailed, match=f"{name!r} is not a time zone such as {near}"):
        with_options(tickets(), zone=name)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("Datum aangemeld", "Tijd aangemeld"),
        ("Aanmaakdatum", "Aanmaaktijd"),
        ("OpenedDate", "OpenedTime"),
        ("opened_date", "opened_time"),
        ("Date opened", "Time opened"),
        ("Erstelldatum", "Erstellzeit"),
        ("Datum", "Uhrzeit"),
        ("Date", "Heure"),
    ],
)
def test_a_time_of_the_day_that_is_not_read_is_said(tmp_path, date, time):
    path = file_of(tmp_path, f"No,{date},{time}", "1,02-03-2026,09:15", "2,03-03-2026,")
    (note,) = inspect(path, tickets(opened=date)).notes
    assert f"the time of the day in {time!r} is not read" in note
    assert f'opened_at = {{ date = "{date}", time = "{time}" }}' in note


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("No,Opened date,Opened time", "1,02-03-2026 09:15,09:15"),
        ("No,Opened date,Response time", "1,02-03-2026,00:15"),
        ("No,Opened date,Opened time", "1,02-03-2026,00:00"),
        ("No,Opened date,Opened time", "1,02-03-2026,soon"),
    ],
)
def test_nothing_is_said_about_a_time_that_is_none_or_is_read(tmp_path, header, row):
    path = file_of(tmp_path, header, row)
    assert inspect(path, tickets(opened="Opened date")).notes == []


def test_the_preset_reads_the_two_columns_so_nothing_is_said():
    assert inspect(FIELD / "09-date-and-time-columns.csv", preset("topdesk")).notes == []


@pytest.mark.parametrize(
    "titles",
    [
        ["Time zone: Europe/Amsterdam,"],
        ["Calls of March,", "Timezone,Europe/Amsterdam"],
        ["Tijdzone = Europe/Amsterdam (UTC+01:00),", ","],
        ["All times are in Europe/Amsterdam,"],
    ],
)
def test_the_zone_in_a_title_is_believed_unless_a_zone_was_said(tmp_path, titles):
    path = file_of(tmp_path, "\n".join(titles), "No,Opened", "1,02-03-2026 09:15")
    assert opened(path, tickets()) == [datetime(2026, 3, 2, 8, 15, tzinfo=UTC)]
    assert inspect(path, tickets()).zone == "Europe/Amsterdam, as a row of the file says"
    said = with_options(tickets(), zone="UTC")
    assert opened(path, said) == [datetime(2026, 3, 2, 9, 15, tzinfo=UTC)]
    assert "a row of the file says the zone Europe/Amsterdam" in inspect(path, said).notes[0]


@pytest.mark.parametrize("title", ["Tijdzone: CET", "Time zone: (UTC+01:00) Amsterdam"])
def test_an_offset_in_a_title_is_said_and_not_believed(tmp_path, title):
    path = file_of(tmp_path, f"{title},", "No,Opened", "1,02-03-2026 09:15")
    assert opened(path, tickets()) == [datetime(2026, 3, 2, 9, 15, tzinfo=UTC)]
    (note,) = inspect(path, tickets()).notes
    assert title in note
    assert "--zone Europe/Amsterdam" in note


@pytest.mark.parametrize("kind", ["tickets", "surveys"])
def test_a_zone_in_the_comment_of_a_row_is_not_believed(tmp_path, machine, kind):
    machine(None)
    comment = '"{""timeZone"":""America/Denver""}"'
    if kind == "tickets":
        path = file_of(tmp_path, "No,Opened,Note", f"INC1,2026-03-02 09:00:00,{comment}")
        found = inspect(path, tickets())
    else:
        rows = [f"R{n},2026-03-02 10:00:00,law,4,{comment}" for n in (1, 2)]
        header = "id,submitdate,department,trust,comment"
        found = inspect(file_of(tmp_path, header, *rows), preset("limesurvey"))
    assert str(found.zone).startswith("UTC, as nothing says another")
    assert found.notes == []
