"""The files of the field with zones in words, offsets of two digits, and JavaScript's layouts."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rapport.importers.mapping.dates.options import DateOptions
from rapport.importers.mapping.dates.reader import DateReader

FIELD = Path(__file__).parents[3] / "data" / "field"
CASES = {
    "07-utc-suffix.csv": ("Created at", "%Y-%m-%d %H:%M:%S %Z", (2026, 9, 21, 7, 15)),
    "07b-arcgis-dates.csv": ("PaymentDate", "%Y/%m/%d %H:%M:%S", (2026, 4, 8)),
    "07c-js-locale-dates.csv": ("Created", "%m/%d/%Y, %I:%M:%S %p", (2026, 9, 21, 13, 15)),
    "07d-arcgis-cards.csv": ("TRANSACTION_DATE", "%Y/%m/%d %H:%M:%S %z", (2026, 5, 12)),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_first_date_of_the_file_has_its_right_value(name):
    column, layout, expected = CASES[name]
    dates = DateReader(DateOptions(layouts=[layout], zone="America/New_York"))
    with (FIELD / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    readings = [dates.reading(row[column], None, column) for row in rows]
    assert readings[0].at == datetime(*expected, tzinfo=UTC)
    assert all(reading.at >= readings[0].at for reading in readings)
    assert readings[0].day == datetime(*expected, tzinfo=UTC).date()
