"""Due days end with their day; a date and its time of the day may have columns of their own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.importers.inspection.inspect import inspect
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.row import Rejection
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
zone = "{zone}"
[ticket]
opened_at = "Opened"
resolved_at = "Resolved"
priority = {{ constant = "P3" }}
sla = {{ due = "Due" }}
"""


def in_time(outcomes):
    return [
        event.data.sla_met
        for outcome in outcomes
        for event in outcome.events
        if event.slot == "resolved"
    ]


@pytest.fixture(scope="session")
def sla_met(tmp_path_factory, outcomes_of):
    """Whether a ticket was resolved in time."""
    path = tmp_path_factory.mktemp("due-days") / "tickets.csv"

    def read(resolved, due, zone="Europe/Amsterdam"):
        path.write_text(
            f"No,Opened,Resolved,Due\n1,01-01-2026 09:00,{resolved},{due}\n", encoding="utf-8"
        )
        mapping = parse_mapping(MAPPING.format(zone=zone), "test")
        (met,) = in_time(outcomes_of(path, mapping))
        return met

    return read


def test_a_due_day_is_over_at_its_end(outcomes_of):
    found = outcomes_of(FIELD / "08-due-day-without-time.csv", preset("topdesk"))
    assert in_time(found) == [True, False, False]


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/Los_Angeles", "Pacific/Auckland"])
@pytest.mark.parametrize(
    ("resolved", "due", "met"),
    [
        ("03-03-2026 00:00", "03-03-2026", True),
        ("03-03-2026 23:59", "03-03-2026", True),
        ("04-03-2026 00:00", "03-03-2026", False),
        ("03-03-2026", "03-03-2026", True),
        ("04-03-2026", "03-03-2026", False),
        ("03-03-2026", "03-03-2026 17:00", True),
        ("04-03-2026", "03-03-2026 17:00", False),
        ("02-03-2026", "03-03-2026 00:30", True),
        ("03-03-2026 17:01", "03-03-2026 17:00", False),
        ("03-03-2026 17:00", "03-03-2026 17:00", True),
    ],
)
def test_days_are_compared_where_a_time_of_the_day_is_missing(sla_met, zone, resolved, due, met):
    assert sla_met(resolved, due, zone) is met


def test_a_time_with_a_zone_of_its_own_is_on_the_day_of_the_mapping(sla_met):
    assert sla_met("2026-03-03T22:59:00Z", "2026-03-03") is True
    assert sla_met("2026-03-03T23:00:00Z", "2026-03-03") is False


@given(
    day=st.sampled_from(["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05"]),
    zone=st.sampled_from(["Europe/Amsterdam", "America/New_York", "Pacific/Auckland"]),
    seconds=st.integers(-7_200, 7_200),
)
def test_a_day_of_23_or_25_hours_ends_at_its_own_midnight(sla_met, day, zone, seconds):
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)) + timedelta(days=1)
    resolved = midnight.astimezone(UTC) + timedelta(seconds=seconds)
    assert sla_met(resolved.isoformat(), day, zone) is (seconds < 0)


def test_date_and_time_in_columns_of_their_own_are_joined(outcomes_of):
    found = outcomes_of(FIELD / "09-date-and-time-columns.csv", preset("topdesk"))
    assert in_time(found) == [True, False]
    first, _ = found
    opened, resolved = first.events
    assert opened.at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert resolved.at == datetime(2026, 3, 2, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_every_time_of_a_mapping_may_be_two_columns(csv_file, outcomes_of, mark):
    text = MAPPING.format(zone="UTC").replace(
        'opened_at = "Opened"', 'opened_at = { date = ["Day", "Opened"], time = "Clock" }'
    )
    rows = [
        ["No", "Day", "Clock", "Resolved", "Due"],
        ["1", "02-03-2026", "9:15 PM", "", ""],
        ["2", "02-03-2026", "", "", ""],
        ["3", "", "09:15", "", ""],
    ]
    path = csv_file(*(mark.join(row) for row in rows))
    first, second, third = outcomes_of(path, parse_mapping(text, "test"))
    assert first.events[0].at == datetime(2026, 3, 2, 21, 15, tzinfo=UTC)
    assert second.events[0].at == datetime(2026, 3, 2, tzinfo=UTC)
    assert isinstance(third, Rejection)
    assert "a time of the day, '09:15', but no date" in third.reason


def test_month_names_of_a_dutch_export_are_read(outcomes_of):
    found = outcomes_of(FIELD / "06-dutch-month-names.csv", preset("topdesk"))
    days = [one.events[0].at.date().isoformat() for one in found]
    assert days == ["2026-03-02", "2026-05-04", "2026-10-12"]


def test_an_anonymised_survey_is_refused_with_the_cause(outcomes_of):
    found = outcomes_of(FIELD / "10-limesurvey-anonymised.csv", preset("limesurvey"))
    assert len(found) == 3
    assert all("anonymised survey" in rejection.reason for rejection in found)


@pytest.fixture
def tickets(csv_file):
    """A file of tickets, each with its times of resolution and due."""

    def write(*rows):
        lines = [f"{n},01-01-2026 09:00,{resolved},{due}" for n, (resolved, due) in enumerate(rows)]
        return csv_file("No,Opened,Resolved,Due", *lines)

    return write


AMSTERDAM = parse_mapping(MAPPING.format(zone="Europe/Amsterdam"), "test")


@pytest.mark.parametrize("mark", ["03-03-2026 00:00", "2026-03-03T00:00:00", "2026-03-03 00:00"])
def test_due_times_that_are_all_midnight_are_asked_for(tickets, outcomes_of, mark):
    path = tickets(("03-03-2026 15:30", mark), ("04-03-2026 09:00", mark), ("", mark))
    (doubt,) = inspect(path, AMSTERDAM).doubts
    assert (doubt.line, doubt.column, doubt.text, doubt.rows) == (2, "Due", mark, 1)
    assert "--due-midnight day" in doubt.settle
    day = with_options(AMSTERDAM, due_midnight="day")
    assert inspect(path, day).doubts == []
    assert in_time(outcomes_of(path, day)) == [True, False]
    instant = with_options(AMSTERDAM, due_midnight="time")
    assert inspect(path, instant).doubts == []
    assert in_time(outcomes_of(path, instant)) == [False, False]


@pytest.mark.parametrize(
    "rows",
    [
        [("03-03-2026 15:30", "03-03-2026 00:00"), ("", "04-03-2026 17:00")],
        [("02-03-2026 15:30", "03-03-2026 00:00"), ("04-03-2026 00:30", "03-03-2026 00:00")],
        [("03-03-2026", "03-03-2026 00:00")],
        [("03-03-2026 15:30", "03-03-2026")],
    ],
    ids=["other times", "no row depends on it", "no time of resolution", "days"],
)
def test_midnight_is_not_asked_for_where_nothing_depends_on_it(tickets, rows):
    assert inspect(tickets(*rows), AMSTERDAM).doubts == []
