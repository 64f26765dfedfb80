"""The format of values is inferred: dates in many languages and marks, priorities, amounts."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.importers.inference.values.amounts import infer_decimal
from rapport.importers.inference.values.dates import has_zone, infer_columns
from rapport.importers.inference.values.priorities import infer_priorities, infer_priority
from rapport.importers.inference.values.zones import propose_zone

LAYOUTS = [
    "%d-%m-%Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y, %I:%M:%S %p",
    "%d.%m.%y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%d %b %Y %H:%M",
    "%d-%b-%y",
    "%B %d, %Y %I:%M %p",
    "%a %d %b %Y %H:%M:%S",
    "%Y%m%d",
    "%d/%b/%y %I:%M %p",
    "%Y-%m-%d %H:%M:%S.%f",
    "%d %B %Y at %H:%M",
]
DAYS = st.dates(date(2000, 1, 13), date(2068, 12, 31))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_of_usual_parts_is_found(layout):
    days = [
        datetime(2026, 3, 27, 15, 9, 1, tzinfo=UTC),
        datetime(2026, 11, 30, 8, 45, 59, tzinfo=UTC),
    ]
    found = infer_columns({"when": [f"{day:{layout}}" for day in days]})
    short = layout.replace("%B", "%b")
    assert found.layouts in (["iso"], [short])
    assert not found.notes


@given(st.lists(DAYS, min_size=1, max_size=4), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_a_file_never_gets_two_orders(days, layout):
    values = [f"{day:{layout}}" for day in days]
    found = infer_columns({"when": values})
    assert len(found.layouts) == 1
    if any(day.day > 12 for day in days):
        assert found.layouts == [layout]


@given(st.lists(DAYS, min_size=2, max_size=6))
def test_days_of_both_orders_are_read_by_no_layout(days):
    values = [
        f"{day.replace(day=13 + n % 15):{'%d/%m/%Y' if n % 2 else '%m/%d/%Y'}}"
        for n, day in enumerate(days)
    ]
    found = infer_columns({"when": values})
    assert found.layouts == []
    assert "two orders" in found.notes[0]


@pytest.mark.parametrize("values", [["high"], ["07:15"], ["1", "2"], ["Acme", "2026-03-02"]])
def test_what_is_no_date_is_not_taken_as_one(values):
    assert "do not look like dates" in infer_columns({"when": values}).notes[0]


@pytest.mark.parametrize(
    ("value", "priority"),
    [
        ("4 high", "P2"),
        ("5 very high", "P1"),
        ("1 very low", "P4"),
        ("1 - Critical", "P1"),
        ("P1", "P1"),
        ("Prio 2", "P2"),
        ("Zeer hoog", "P1"),
        ("3 normaal", "P3"),
        ("Spoed", "P1"),
        ("Sehr niedrig", "P4"),
        ("Emergency", "P1"),
        ("Lowest", "P4"),
        ("2", "P2"),
        ("colour", None),
    ],
)
def test_the_word_of_a_priority_counts_before_its_digit(value, priority):
    assert infer_priority(value) == priority


def test_a_number_without_a_word_follows_the_order_of_the_words():
    found = infer_priorities(["1 low", "2 normal", "3 high", "5"])
    assert found.meanings["5"] == "P1"
    assert any("5 was taken as the most urgent" in note for note in found.notes)


def test_numbers_alone_are_said_to_be_doubtful():
    found = infer_priorities(["1", "2", "3"])
    assert found.meanings == {"1": "P1", "2": "P2", "3": "P3"}
    assert "1 was taken as the most urgent" in found.notes[0]


@pytest.mark.parametrize("values", [["1 - High", "3 - Low"], ["P1", "P2"], ["High", "Low"]])
def test_priorities_without_a_doubt_get_no_note(values):
    assert not infer_priorities(values).notes


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["1.250", "12.800", "950"], ","),
        (["1,250", "12,800"], "."),
        (["1.250", "12.50"], "."),
        (["1.250,00"], ","),
        (["1 250,00"], ","),
        (["1'250.00"], "."),
        (["€ 80,-"], ","),
        (["950"], None),
        (["0.125"], "."),
        (["12.50", "12,50"], None),
    ],
    ids=str,
)
def test_the_decimal_mark_of_amounts(values, mark):
    assert infer_decimal(values).mark == mark


@given(st.lists(st.integers(1_000, 999_999), min_size=1))
def test_whole_amounts_with_groups_are_never_read_as_thousandths(amounts):
    assert infer_decimal([f"{n:,}".replace(",", ".") for n in amounts]).mark == ","
    assert infer_decimal([f"{n:,}" for n in amounts]).mark == "."


@pytest.mark.parametrize(
    ("layouts", "values", "zoned"),
    [
        (["iso"], ["2026-03-02T09:00:00Z"], True),
        (["iso"], ["2026-03-02T09:00:00+01:00", "2026-03-02T09:00:00"], False),
        (["%d-%m-%Y %H:%M"], ["02-03-2026 09:15"], False),
        (["%d-%m-%Y %H:%M"], ["02-03-2026 09:15 UTC"], True),
        (["%Y-%m-%d %H:%M:%S %z"], ["2026-03-02 09:00:00 +0100"], True),
        (["epoch"], ["1726990000"], True),
    ],
    ids=str,
)
def test_whether_times_say_their_zone(layouts, values, zoned):
    assert has_zone(layouts, values) is zoned


@pytest.mark.parametrize("own", [None, "Europe/Paris"])
def test_the_zone_is_asked_for_where_times_have_none(own):
    zone = propose_zone(None, own, is_timed=True, said_by=None)
    assert zone.name is None
    assert f"--zone {own or 'Europe/Amsterdam'}" in zone.note
    assert ("this machine" in zone.note) is (own is not None)
    assert propose_zone(None, own, is_timed=True, said_by="each time").comment is None
    assert propose_zone(None, own, is_timed=False, said_by=None).note is None
    assert propose_zone("Asia/Tokyo", own, is_timed=True, said_by=None).name == "Asia/Tokyo"


WRITTEN = {
    "02-mrt-2026 09:15": "%d-%b-%Y %H:%M",
    "2 maart 2026": "%d %b %Y",
    "02. M\u00e4rz 2026 09:15": "%d. %b %Y %H:%M",
    "9/21/2026, 9:15:00 AM": "%m/%d/%Y, %I:%M:%S %p",
    "2026/04/08 00:00:00+00": "%Y/%m/%d %H:%M:%S",
    "Mon Sep 21 2026 09:15:00 GMT+0200 (Central European Summer Time)": "%a %b %d %Y %H:%M:%S",
    "2026-09-21 07:15:00 UTC": "iso",
    "21/09/2026 09:15 CEST": "%d/%m/%Y %H:%M",
    "ma 2 mrt. 2026 09:15": "%a %d %b %Y %H:%M",
}


@pytest.mark.parametrize(("value", "layout"), WRITTEN.items(), ids=WRITTEN)
def test_dates_of_languages_and_programs(value, layout):
    assert infer_columns({"when": [value]}).layouts == [layout]
