"""The days of every zone, compared with the date that Python's own zones give, and its borders."""

import pickle
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rapport.domain.calendar import (
    DAY_SECONDS,
    HOUR_SECONDS,
    Calendar,
    ZoneError,
    dated,
    day_number,
    last_day_of,
    week_of,
)

ZONES = sorted(available_timezones() - {"Factory"})
CHECKED = (
    *("UTC", "Europe/Amsterdam", "America/Los_Angeles", "Pacific/Auckland", "Pacific/Chatham"),
    *("Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Apia", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "America/St_Johns", "America/Sao_Paulo", "America/Havana"),
    *("Africa/Casablanca", "Asia/Pyongyang", "America/Caracas", "Europe/Istanbul", "Asia/Tehran"),
    *("America/Nuuk", "Pacific/Kwajalein", "Africa/Monrovia", "Antarctica/Troll"),
)
FIRST = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
INSTANTS = st.integers(FIRST, LAST)


def at(text):
    return int(datetime.fromisoformat(text).timestamp())


def slow_day(zone, seconds):
    """What the clock on the wall says."""
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).date()


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ZONES), INSTANTS, st.integers(-3, 3))
@example("Africa/Monrovia", at("1972-01-07T00:44:29+00:00"), 1)
@example("America/St_Johns", at("2006-10-29T02:31:00+00:00"), 0)
@example("Pacific/Apia", at("2011-12-30T10:00:00+00:00"), -1)
def test_the_day_of_an_instant_is_the_date_of_its_zone(zone, seconds, hours):
    calendar = Calendar(zone)
    for one in (seconds, seconds + hours * HOUR_SECONDS, seconds, seconds + hours):
        assert dated(calendar.day_of(one)) == slow_day(zone, one)


def clock_changes(zone):
    """The starts, in UTC, of the days from 1993 to 2027 in which a zone sets its clocks."""
    known, days = ZoneInfo(zone), range(day_number(date(1993, 1, 1)), day_number(date(2027, 1, 1)))
    midnights = [datetime.fromtimestamp(day * DAY_SECONDS, known) for day in days]
    for one, other in pairwise(midnights):
        if one.utcoffset() != other.utcoffset():
            yield int(one.timestamp())


@pytest.mark.parametrize("zone", CHECKED)
def test_the_days_around_every_clock_change_are_those_of_the_zone(zone):
    calendar, known = Calendar(zone), ZoneInfo(zone)
    for start in clock_changes(zone):
        for seconds in range(start - 6 * HOUR_SECONDS, start + 30 * HOUR_SECONDS, 15 * 60):
            for one in (seconds - 1, seconds, seconds + 61):
                assert dated(calendar.day_of(one)) == datetime.fromtimestamp(one, known).date()


@pytest.mark.parametrize("zone", CHECKED)
def test_a_day_starts_at_the_first_instant_that_has_its_date(zone):
    calendar = Calendar(zone)
    changes = [start // DAY_SECONDS + more for start in clock_changes(zone) for more in (-1, 0, 1)]
    for day in (*changes, *range(10_000, 20_000, 100)):
        start = calendar.start_of(day)
        assert calendar.day_of(start) >= day > calendar.day_of(start - 1)
        assert start < calendar.start_of(day + 1) or calendar.day_of(start) > day


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), INSTANTS)
def test_an_instant_lies_between_the_starts_of_its_day_and_the_next(zone, seconds):
    calendar = Calendar(zone)
    day = calendar.day_of(seconds)
    assert calendar.start_of(day) <= seconds
    # St. John's set its clocks back at one minute past midnight: a minute of the next day came
    # before the last hour of this one.
    assert seconds < calendar.start_of(day + 1) + HOUR_SECONDS


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), INSTANTS)
def test_the_days_of_a_utc_day_hold_the_day_of_each_of_its_instants(zone, seconds):
    calendar = Calendar(zone)
    first, last = calendar.days_in_utc_day(seconds // DAY_SECONDS)
    assert calendar.day_of(seconds) in (first, last) or zone == "America/St_Johns"
    assert 0 <= last - first <= 2


CASES = [
    # Across both clock changes: the days of 23 and of 25 hours.
    ("Europe/Amsterdam", "2026-03-28T22:59:59+00:00", "2026-03-28"),
    ("Europe/Amsterdam", "2026-03-28T23:00:00+00:00", "2026-03-29"),
    ("Europe/Amsterdam", "2026-03-29T21:59:59+00:00", "2026-03-29"),
    ("Europe/Amsterdam", "2026-03-29T22:00:00+00:00", "2026-03-30"),
    ("Europe/Amsterdam", "2026-10-24T22:00:00+00:00", "2026-10-25"),
    ("Europe/Amsterdam", "2026-10-25T22:59:59+00:00", "2026-10-25"),
    ("Europe/Amsterdam", "2026-10-25T23:00:00+00:00", "2026-10-26"),
    # Both sides of the date line, at one instant.
    ("Pacific/Kiritimati", "2026-03-01T10:30:00+00:00", "2026-03-02"),
    ("Pacific/Auckland", "2026-03-01T10:30:00+00:00", "2026-03-01"),
    ("Pacific/Auckland", "2026-03-01T11:00:00+00:00", "2026-03-02"),
    ("America/Los_Angeles", "2026-03-01T10:30:00+00:00", "2026-03-01"),
    ("Pacific/Pago_Pago", "2026-03-01T10:30:00+00:00", "2026-02-28"),
    # Rules that changed: no clock change in Tehran from 2022 on, another half in Pyongyang.
    ("Asia/Tehran", "2022-06-01T19:30:00+00:00", "2022-06-02"),
    ("Asia/Tehran", "2023-06-01T20:29:59+00:00", "2023-06-01"),
    ("Asia/Pyongyang", "2018-05-04T14:59:59+00:00", "2018-05-04"),
    ("Asia/Pyongyang", "2018-05-04T15:00:00+00:00", "2018-05-05"),
    ("America/Caracas", "2016-04-30T04:30:00+00:00", "2016-04-30"),
    ("America/Caracas", "2016-05-02T04:00:00+00:00", "2016-05-02"),
    # A day that Samoa never had.
    ("Pacific/Apia", "2011-12-30T09:59:59+00:00", "2011-12-29"),
    ("Pacific/Apia", "2011-12-30T10:00:00+00:00", "2011-12-31"),
]


@pytest.mark.parametrize(("zone", "instant", "expected"), CASES)
def test_the_day_of_known_instants(zone, instant, expected):
    assert dated(Calendar(zone).day_of(at(instant))).isoformat() == expected


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Amsterdam", "2026-03-29", 23),
        ("Europe/Amsterdam", "2026-10-25", 25),
        ("Pacific/Auckland", "2026-09-27", 23),
        ("Pacific/Auckland", "2026-04-05", 25),
        ("America/Los_Angeles", "2026-03-08", 23),
        ("America/Los_Angeles", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Sao_Paulo", "2018-11-04", 23),  # midnight itself was skipped
        ("Pacific/Kiritimati", "2026-03-29", 24),
        ("Pacific/Pago_Pago", "2026-03-29", 24),
        ("Pacific/Apia", "2011-12-30", 0),  # skipped
    ],
)
def test_a_day_is_as_long_as_its_clock_changes_make_it(zone, day, hours):
    calendar, number = Calendar(zone), day_number(date.fromisoformat(day))
    assert calendar.start_of(number + 1) - calendar.start_of(number) == hours * HOUR_SECONDS


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("Pacific/Kiritimati", "2026-03-01T10:00:00+00:00", "2026-03-08T09:59:59+00:00"),
        ("Pacific/Auckland", "2026-03-01T11:00:00+00:00", "2026-03-08T10:59:59+00:00"),
        ("America/Los_Angeles", "2026-03-02T08:00:00+00:00", "2026-03-09T06:59:59+00:00"),
        ("Pacific/Pago_Pago", "2026-03-02T11:00:00+00:00", "2026-03-09T10:59:59+00:00"),
    ],
)
def test_a_week_is_from_the_zones_monday_to_its_sunday(zone, first, last):
    calendar = Calendar(zone)
    week = week_of(calendar.day_of(at(last)))
    assert dated(last_day_of(week)) == slow_day(zone, at(last))
    assert week_of(calendar.day_of(at(first))) == week
    assert week_of(calendar.day_of(at(first) - 1)) == week - 1
    assert week_of(calendar.day_of(at(last) + 1)) == week + 1


@pytest.mark.parametrize("seconds", [-(10**12), -62135596800, -62167219201, 253402300799, 10**12])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_an_instant_that_no_date_has_still_gets_a_day(zone, seconds):
    assert abs(Calendar(zone).day_of(seconds) - seconds // DAY_SECONDS) <= 1


@given(st.integers(-(10**12), 10**12))
def test_the_days_of_utc_are_whole_days_of_seconds(seconds):
    assert Calendar().day_of(seconds) == seconds // DAY_SECONDS


def test_the_cache_of_offsets_has_a_bound(monkeypatch):
    monkeypatch.setattr("rapport.domain.calendar.HOURS_MAX", 10)
    calendar = Calendar("Europe/Amsterdam")
    for hour in range(100):
        calendar.day_of(hour * HOUR_SECONDS)
    assert len(calendar._offsets) <= 10


def test_a_calendar_is_sent_to_another_process_by_the_name_of_its_zone():
    calendar = Calendar("Pacific/Auckland")
    calendar.day_of(0)
    received = pickle.loads(pickle.dumps(calendar))  # noqa: S301 # our own, just made
    assert (received.zone, received._offsets) == ("Pacific/Auckland", {})
    assert received.day_of(12 * HOUR_SECONDS) == 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("europe/amsterdam", "do you mean Europe/Amsterdam?"),
        ("Amsterdam", "such as Europe/Amsterdam"),
        ("CEST", ""),
        ("GMT+2", ""),
        ("", ""),
        ("Europe", ""),
        ("../UTC", ""),
        ("/etc/localtime", ""),
        ("right/UTC", ""),
        ("posix/UTC", ""),
        ("a\0b", ""),
        ("Europe/Amsterdam ", "do you mean Europe/Amsterdam?"),
    ],
)
def test_a_name_that_is_no_zone_is_refused_with_a_name_that_is_like_it(name, hint):
    with pytest.raises(ZoneError) as raised:
        Calendar(name)
    assert repr(name) in str(raised.value)
    assert hint in str(raised.value)


def test_utc_needs_no_database(monkeypatch):
    monkeypatch.setattr("rapport.domain.calendar.ZoneInfo", None)
    assert Calendar().day_of(DAY_SECONDS) == 1
    assert Calendar("UTC").start_of(1) == timedelta(days=1).total_seconds()
