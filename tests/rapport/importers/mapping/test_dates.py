"""Dates as programs of many countries write them: what is read, and what is refused in words."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from babel.dates import format_datetime, get_day_names, get_month_names
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from rapport.importers.errors import RowError
from rapport.importers.mapping.dates.names import fold, months
from rapport.importers.mapping.dates.options import DateOptions
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.dates.zones import ABBREVIATIONS, AMBIGUOUS

AMSTERDAM = "Europe/Amsterdam"
INSTANTS = (datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2035-12-31"))


def reader(*layouts, zone=AMSTERDAM):
    return DateReader(DateOptions(layouts=list(layouts), zone=zone))


def read(text, *layouts, zone=AMSTERDAM):
    return reader(*layouts, zone=zone).read(text, "field")


def refusal(text, *layouts, zone=AMSTERDAM, clock=None):
    with pytest.raises(RowError) as error:
        reader(*layouts, zone=zone).reading(text, clock, "field")
    return error.value.reason


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("02-mrt-2026 09:15", "%d-%b-%Y %H:%M"),
        ("02-MRT.-2026 09:15", "%d-%b-%Y %H:%M"),
        ("2 maart 2026 09:15", "%d %B %Y %H:%M"),
        ("2 maart 2026, 09:15 uur", "%d %B %Y %H:%M"),
        ("ma 2 mrt. 2026 09:15", "%a %d %b %Y %H:%M"),
        ("maandag 2 maart 2026 09:15", "%A %d %B %Y %H:%M"),
        ("2. März 2026 09:15 Uhr", "%d. %B %Y %H:%M"),
        ("02.Mär.2026 09:15", "%d.%b.%Y %H:%M"),
        ("02. Mrz. 2026 09:15", "%d. %b %Y %H:%M"),
        ("Mo., 2. Maerz 2026 09:15", "%a, %d. %B %Y %H:%M"),
        ("Montag, 2. Ma\u0308rz 2026 09:15", "%A, %d. %B %Y %H:%M"),
        ("lun. 2 mars 2026 09:15", "%a %d %b %Y %H:%M"),
        ("March 2, 2026 9:15 AM", "%B %d, %Y %I:%M %p"),
        ("Mar 2nd, 2026, 9:15 a.m.", "%b %d, %Y %I:%M %p"),
        ("3/2/2026, 9:15:00\u202fAM", "%m/%d/%Y, %I:%M:%S %p"),
        ("\u200e3/\u200e2/\u200e2026 \u200e9:15:00 AM", "%m/%d/%Y %I:%M:%S %p"),
        ("2-3-2026, 09:15:00", "%d-%m-%Y %H:%M:%S"),
        ("2.3.26, 09:15", "%d.%m.%y %H:%M"),
        ("02-03-2026\u00a0\u00a009:15", "%d-%m-%Y %H:%M"),
        ("Mon Mar 02 2026 09:15:00 GMT+0100 (Central European Standard Time)", "%a %b %d %Y %T"),
        ("Mon, 02 Mar 2026 08:15:00 GMT", "%a, %d %b %Y %T %Z"),
        ("Mon Mar  2 09:15:00 CET 2026", "%a %b %d %T %Z %Y"),
        ("ma 2 mrt 2026 9:15:00 CET", "%a %d %b %Y %T"),
        ("2026/03/02 08:15:00+00", "%Y/%m/%d %T"),
        ("2026-03-02 08:15:00 UTC", "%Y-%m-%d %T %Z"),
        ("2026-03-02 08:15:00 UTC", "%Y-%m-%d %T"),
        ("2026-03-02 08:15:00 utc", "iso"),
        ("2026-03-02 10:15:00 GMT+2", "%Y-%m-%d %T"),
        ("2026-03-02 10:15:00 UTC+02:00", "%Y-%m-%d %T"),
        ("2026-03-02 10:15:00 +0200", "%Y-%m-%d %T %z"),
        ("2026-03-02 03:15:00 -05", "iso"),
        ("2026-03-02 03:15:00 \u22125:00", "iso"),
        ("2026-03-02T08:15:00.1234567Z", "iso"),
        ("2026-03-02T09:15+01:00[Europe/Amsterdam]", "iso"),
        ("2026-03-02 17:15 Asia/Tokyo", "iso"),
        ("2026-03-02 9:15:00 AM MEZ", "%Y-%m-%d %I:%M:%S %p"),
        ("2026-03-02 09:15:00 +0100 CET", "iso"),
        ("2026-03-02 09:15:00.123456 +0100 CET", "%Y-%m-%d %T"),
        ("02-03-2026 08:15:00.000 (UTC)", "%d-%m-%Y %T"),
        ("02-03-2026 08:15 (GMT+00:00)", "%d-%m-%Y %H:%M"),
        ("02-MAR-26 09.15.00.000000 AM", "%d-%b-%y %I.%M.%S.%f %p"),
        ("2026-03-02 08:15:00.000000+00", "%Y-%m-%d %T"),
        ("02.03.2026 09:15:00,5", "%d.%m.%Y %T"),
        ("1772439300", "epoch"),
        ("1772439300000", "epoch"),
        ("1772439300000.0", "epoch"),
        ("/Date(1772439300000+0100)/", "epoch"),
        ("1772439300000000", "epoch"),
    ],
)
def test_the_same_moment_in_many_notations(text, layout):
    layout = layout.replace("%T", "%H:%M:%S")
    assert read(text, layout).replace(microsecond=0) == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize("locale", ["nl", "nl_BE", "en_GB", "en_US", "de", "de_AT", "de_CH", "fr"])
@pytest.mark.parametrize("width", ["abbreviated", "wide"])
@pytest.mark.parametrize("context", ["format", "stand-alone"])
def test_every_name_of_a_month_and_weekday_is_read(locale, width, context):
    for month, name in get_month_names(width, context, locale).items():
        for form in {name, name.upper(), name.lower(), name.removesuffix("."), f"{name}."}:
            assert read(f"15 {form} 2026", "%d %b %Y").month == month
            assert read(f"15-{form}-26", "%d-%B-%y").month == month
    for weekday, name in get_day_names(width, context, locale).items():
        day = date(2026, 6, 1) + timedelta(days=weekday)
        assert read(f"{name} {day:%d/%m/%Y}", "%a %d/%m/%Y").date() == day


def test_no_name_means_two_months():
    for locale in ("nl", "en", "en_GB", "de", "de_AT", "fr"):
        for width in ("abbreviated", "wide"):
            for month, name in get_month_names(width, "format", locale).items():
                assert months()[fold(name)] == month


@given(
    at=st.datetimes(*INSTANTS, timezones=st.just(UTC)),
    zone=st.sampled_from(sorted(n for n in available_timezones() if "/" in n)),
    locale=st.sampled_from(["nl", "en_US", "de", "fr"]),
    pair=st.sampled_from(
        [
            ("d MMM yyyy HH:mm:ss", "%d %b %Y %H:%M:%S"),
            ("EEEE d MMMM yyyy HH:mm:ss", "%A %d %B %Y %H:%M:%S"),
            ("EEE dd-MMM-yyyy HH:mm:ss xxx", "%a %d-%b-%Y %H:%M:%S"),
            ("dd/MM/yyyy HH:mm:ss xx", "%d/%m/%Y %H:%M:%S %z"),
            ("M/d/yy, h:mm:ss a 'GMT'xx", "%m/%d/%y %I:%M:%S %p"),
            ("yyyy-MM-dd'T'HH:mm:ssxxx", "iso"),
        ]
    ),
)
def test_what_babel_writes_is_read_back(at, zone, locale, pair):
    pattern, layout = pair
    if " a " in pattern:
        locale = "en_US"
    aware = at.replace(microsecond=0).astimezone(ZoneInfo(zone))
    offset = aware.utcoffset() or timedelta()
    assume(offset % timedelta(minutes=1) == timedelta())
    text = format_datetime(aware, pattern, tzinfo=ZoneInfo(zone), locale=locale)
    expected = aware.replace(fold=0).astimezone(UTC) if "x" not in pattern else aware
    assert read(text, layout, zone=zone) == expected.astimezone(UTC)


def test_every_abbreviation_that_is_read_means_one_offset_in_the_world():
    offsets = {}
    for name in available_timezones():
        for month in (1, 7):
            at = datetime(2026, month, 1, tzinfo=ZoneInfo(name))
            hours = at.utcoffset().total_seconds() / 3600
            offsets.setdefault(at.tzname(), set()).add(hours)
    several = {name for name, found in offsets.items() if len(found) > 1}
    assert several <= set(AMBIGUOUS)
    for name, hours in ABBREVIATIONS.items():
        assert offsets.get(name, {hours}) == {hours}


@pytest.mark.parametrize("name", sorted(AMBIGUOUS))
def test_an_abbreviation_with_two_meanings_is_refused_unless_the_zone_is_one(name):
    text = f"2022/01/22 11:07:29 AM {name}"
    reason = refusal(text, "%Y/%m/%d %I:%M:%S %p", zone="UTC")
    for zone, hours in AMBIGUOUS[name].items():
        assert f"--zone {zone}" in reason
        at = datetime(2022, 7 if hours == 1 or name == "CDT" else 1, 22, 11, tzinfo=UTC)
        layout = "%Y-%m-%d %H:%M"
        got = read(f"{at:{layout}} {name}", layout, zone=zone)
        assert got == at - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "layout", "reason"),
    [
        ("2026-09-21 07:15 XYZ", "%Y-%m-%d %H:%M", "XYZ is not a known time zone"),
        ("2026-09-21 07:15 Mars/Olympus", "iso", "Mars/Olympus is not a known time zone"),
        ("2026-09-21 07:15 +25:00", "iso", "not an offset of a time zone"),
        ("di 2 mrt 2026", "%a %d %b %Y", "has the weekday 'di', and 2026-03-02 has another"),
        ("31-06-2026", "%d-%m-%Y", "is not a date of the form %d-%m-%Y"),
        ("13:15 AM 02-03-2026", "%I:%M %p %d-%m-%Y", "is not a date of the form"),
        ("2 mrtx 2026", "%d %b %Y", "is not a date of the form"),
        ("1970-01-01 00:00:00", "iso", "second 0 of Unix"),
        ("0", "epoch", "is not a date"),
        ("1980-01-01 00:00:00", "iso", "LimeSurvey writes it for an anonymised survey"),
        ("1900-01-00", "iso", "number 0 of a spreadsheet"),
        ("01/01/0001 00:00:00", "%d/%m/%Y %H:%M:%S", "first date of .NET"),
        ("0001-01-01T00:00:00Z", "iso", "first date of .NET"),
        ("9999-12-31", "iso", "last date of many databases"),
        ("12/31/9999 11:59:59 PM", "%m/%d/%Y %I:%M:%S %p", "last date of many databases"),
        ("0000-00-00 00:00:00", "iso", "MySQL's zero"),
        ("2026-03-02 " * 100, "iso", "is too long for a date"),
        ("2026-03-29 02:30", "iso", "does not exist in Europe/Amsterdam"),
    ],
)
def test_what_is_no_date_is_refused_in_words(text, layout, reason):
    assert reason in refusal(text, layout)


@pytest.mark.parametrize(
    ("layout", "reason"),
    [
        ("%d/%m/%Y %I:%M", "12 hours (%I) and AM or PM (%p) go together"),
        ("%d/%m/%Y %H:%M %p", "12 hours (%I) and AM or PM (%p) go together"),
        ("dd-mm-yyyy", "has no year"),
        ("%d-%m", "has no year"),
        ("%x %Y", "has %x, which is not read"),
        ("%G-W%V-%u", "which is not read"),
    ],
)
def test_a_layout_that_would_be_read_wrongly_is_refused_with_the_mapping(layout, reason):
    with pytest.raises(ValidationError) as error:
        DateOptions(layouts=[layout])
    assert reason in str(error.value)


CHANGES = [
    # zone, the instant at which its clock is set forward, and that at which it is set back
    (
        "Europe/Amsterdam",
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
    ),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),
    (
        "Australia/Lord_Howe",
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
        datetime(2026, 4, 4, 15, tzinfo=UTC),
    ),
    (
        "Pacific/Auckland",
        datetime(2026, 9, 26, 14, tzinfo=UTC),
        datetime(2026, 4, 4, 14, tzinfo=UTC),
    ),
]


@pytest.mark.parametrize(("zone", "forward", "back"), CHANGES)
@given(minutes=st.integers(-360, 360))
def test_around_a_clock_change_each_local_time_is_itself_its_first_or_refused(
    zone, forward, back, minutes
):
    for change in (forward, back):
        at = change + timedelta(minutes=minutes)
        local = at.astimezone(ZoneInfo(zone))
        text = f"{local:%d-%m-%Y %H:%M}"
        assert read(text, "%d-%m-%Y %H:%M", zone=zone) == local.replace(fold=0).astimezone(UTC)
        written = f"{text} {local:%z}"
        assert read(written, "%d-%m-%Y %H:%M", zone=zone) == at
    local = forward.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    skipped = local - timedelta(minutes=1 + abs(minutes) % 29)
    assert "does not exist" in refusal(f"{skipped:%d-%m-%Y %H:%M}", "%d-%m-%Y %H:%M", zone=zone)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        *(("09:15", (9, 15)), ("9:15", (9, 15)), ("09:15:30", (9, 15, 30)), ("9.15", (9, 15))),
        *(("9:15 PM", (21, 15)), ("09:15 uur", (9, 15)), ("9h15", (9, 15)), ("0915", (9, 15))),
        *(("0.5", (12,)), ("1899-12-30T09:15:00", (9, 15)), ("12:00 a.m.", (0,)), ("0", (0,))),
        ("09:15 Uhr", (9, 15)),
    ],
)
@pytest.mark.parametrize("day", ["02-03-2026", "02-03-2026 00:00"])
def test_a_time_of_the_day_in_a_cell_of_its_own_is_joined(clock, expected, day):
    dates = reader("%d-%m-%Y", "%d-%m-%Y %H:%M")
    at = dates.reading(day, clock, "").at
    assert at == datetime(2026, 3, 2, *expected, tzinfo=ZoneInfo(AMSTERDAM))


def test_a_zone_beside_the_time_of_the_day_counts():
    reading = reader("%d-%m-%Y").reading("02-03-2026", "09:15 UTC", "")
    assert reading.at == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize("clock", ["25:00", "soon", "9:75", "13:00 PM"])
def test_a_time_of_the_day_that_is_none_is_refused(clock):
    assert "has the time of the day" in refusal("02-03-2026", "%d-%m-%Y", clock=clock)


def test_two_times_of_the_day_that_differ_are_refused():
    reason = refusal("02-03-2026 10:00", "%d-%m-%Y %H:%M", clock="09:15")
    assert "has a time of the day, and the column of the time has another" in reason


READERS = [
    reader("iso", "%d-%m-%Y %H:%M", "%a %d %b %Y %I:%M:%S %p %Z", "epoch", "excel"),
    reader("%d.%B.%y", "%Y/%m/%d %H:%M:%S.%f", "%d%m%Y", "%j %Y", "%H:%M %Z %d-%m-%Y"),
]


@given(
    text=st.one_of(
        st.text(max_size=40),
        st.text("0123456789-/.: TZ+apmAPM", max_size=30),
        st.from_regex(r"[0-9]{1,20}|[0-9]{1,2}-[a-zäé]{3,5}-[0-9]{4} [0-9:]{5} [A-Z(+]{1,4}.?"),
    ),
    clock=st.one_of(st.none(), st.text("0123456789:. apmuhr", max_size=12)),
    zone=st.one_of(st.none(), st.text(max_size=12)),
)
def test_any_text_is_a_date_or_a_refusal_of_its_row(text, clock, zone):
    for dates in READERS:
        try:
            reading = dates.reading(text, clock, "field", zone)
        except RowError as error:
            assert error.path == "field"
        else:
            assert reading.at.tzinfo is UTC
            assert 1970 <= reading.at.year < 2200
