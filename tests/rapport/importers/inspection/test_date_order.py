"""One file has one order of day and month: a file that shows another is refused whole."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.importers.errors import ImportFailed
from rapport.importers.inspection.doubt import DoubtfulFile
from rapport.importers.inspection.inspect import inspect, refuse_doubts
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord
from rapport.importers.run import with_options

FIELD = Path(__file__).parents[3] / "data" / "field"
SWAPPED = FIELD / "05-month-first-under-a-day-first-preset.csv"
BOTH = FIELD / "05b-two-orders-in-one-file.csv"
MAPPING = """
kind = "purchases"
title = "a ledger"
source = "urn:test:ledger"
client = {{ constant = "finance" }}
[id]
content = ["Date", "Amount"]
[dates]
layouts = {layouts}
{order}
[purchase]
purchased_on = "Date"
supplier = {{ constant = "Acme" }}
amount = {{ column = "Amount", currency = {{ constant = "EUR" }} }}
"""


def ledger(layouts, order=""):
    return parse_mapping(MAPPING.format(layouts=layouts, order=order), "test")


def file_of(folder, dates):
    path = folder / "ledger.csv"
    lines = [f'"{text}",{number}.50' for number, text in enumerate(dates, 1)]
    path.write_text("\n".join(["Date,Amount", *lines]))
    return path


def days(path, mapping):
    table, records = open_records(path, mapping)
    try:
        events = [o.events[0] if isinstance(o, SourceRecord) else None for o in records]
    finally:
        table.close()
    return [event and event.data.purchased_on for event in events]


def test_rows_that_fit_only_the_other_order_refuse_the_file_with_both_readings():
    inspection = inspect(SWAPPED, preset("uk-council-spend"))
    (doubt,) = inspection.doubts
    assert (doubt.line, doubt.column, doubt.text) == (2, "Payment Date", "3/4/2026")
    assert doubt.readings == ("3 April 2026 (day before month)", "4 March 2026 (month before day)")
    assert "'3/16/2026' on line 4 fits month before day only" in doubt.settle
    assert "--date-order month-first" in doubt.settle
    assert doubt.rows == 4
    with pytest.raises(DoubtfulFile, match="nothing was published"):
        refuse_doubts(SWAPPED, inspection)


def test_the_option_settles_it():
    mapping = with_options(preset("uk-council-spend"), date_order="month-first")
    inspection = inspect(SWAPPED, mapping)
    assert inspection.doubts == []
    assert inspection.date_order == "month before day, as was said; 2 dates show it"
    assert days(SWAPPED, mapping) == [date(2026, 3, day) for day in (4, 11, 16, 27)]


def test_a_file_with_both_orders_is_refused_and_says_where():
    (doubt,) = inspect(BOTH, preset("uk-council-spend")).doubts
    assert "'03/16/2026' on line 6" in doubt.settle
    assert "'27/01/2026' on line 2" in doubt.settle
    assert "has both orders" in doubt.settle


def test_an_order_that_was_said_rejects_the_rows_that_do_not_fit():
    mapping = with_options(preset("uk-council-spend"), date_order="day-first")
    inspection = inspect(BOTH, mapping)
    assert inspection.doubts == []
    assert inspection.date_order.endswith("2 dates show it; 2 dates do not fit it")
    assert days(BOTH, mapping)[-2:] == [None, None]


def test_an_order_that_was_said_and_that_no_row_fits_alone_is_refused():
    mapping = with_options(preset("uk-council-spend"), date_order="day-first")
    assert inspect(SWAPPED, mapping).doubts


def test_dates_that_fit_both_ways_are_read_as_the_mapping_says(tmp_path):
    inspection = inspect(file_of(tmp_path, ["03/04/2026", "05/06/2026"]), ledger('["%d/%m/%Y"]'))
    assert inspection.doubts == []
    assert inspection.date_order == "day before month, as the mapping says; no row shows it"


def test_a_mapping_that_is_known_to_have_both_orders_reads_them(tmp_path):
    mapping = ledger('["%d/%m/%Y"]', 'order = "day-first-else-month-first"')
    path = file_of(tmp_path, ["30/09/2021", "9/13/2021", "01/02/2021"])
    inspection = inspect(path, mapping)
    assert inspection.doubts == []
    assert "1 dates fit month before day only and are read so" in inspection.date_order
    assert days(path, mapping) == [date(2021, 9, 30), date(2021, 9, 13), date(2021, 2, 1)]


def test_layouts_of_both_orders_are_refused_unless_the_order_is_said(tmp_path):
    path = file_of(tmp_path, ["13/04/2026"])
    both = ledger('["%d/%m/%Y", "%m/%d/%Y"]')
    with pytest.raises(ImportFailed, match="both orders of day and month: '%d/%m/%Y' and"):
        inspect(path, both)
    assert days(path, with_options(both, date_order="day-first")) == [date(2026, 4, 13)]


@pytest.mark.parametrize(
    "layout",
    [
        *("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y %H:%M"),
        *("%d/%m/%Y %H:%M:%S", "%d/%m/%Y, %I:%M:%S %p", "%d/%m/%y %I:%M %p", "%d %m %Y"),
    ],
)
@given(data=st.data())
def test_any_day_past_the_twelfth_shows_the_order(layout, data, tmp_path_factory):
    other = layout.replace("%d", "§").replace("%m", "%d").replace("§", "%m")
    day = data.draw(st.dates(date(2021, 1, 1), date(2029, 12, 1))).replace(day=13)
    day += timedelta(days=data.draw(st.integers(0, 15)))
    path = file_of(tmp_path_factory.mktemp("f"), [f"{day:{other}}", f"{date(2026, 3, 4):{other}}"])
    assert inspect(path, ledger(f'["{layout}"]')).doubts
    assert not inspect(path, ledger(f'["{other}"]')).doubts
    order = "day-first" if layout.index("%d") > layout.index("%m") else "month-first"
    mapping = with_options(ledger(f'["{layout}"]'), date_order=order)
    assert days(path, mapping) == [day, date(2026, 3, 4)]


def test_the_order_is_looked_for_in_every_column_of_dates(tmp_path):
    path = tmp_path / "tickets.csv"
    path.write_text(
        "Meldingnummer;Aanmaakdatum;Datum gereed;Streefdatum;Prioriteit;Afdeling\n"
        "M1;02-03-2026 09:15;03-04-2026 10:00;03-25-2026 17:00;P2;Financien\n"
    )
    (doubt,) = inspect(path, preset("topdesk")).doubts
    assert "'03-25-2026 17:00'" in doubt.settle


def test_rows_that_cannot_be_read_and_rows_that_are_skipped_do_not_stop_it(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text("Date,Amount\n13/04/2026,1.00\n1,2,3,4,5\n04/16/2026,2.00\n")
    inspection = inspect(path, ledger('["%d/%m/%Y"]'))
    assert inspection.unreadable == 1
    assert len(inspection.doubts) == 1
