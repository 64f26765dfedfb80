"""A workbook in which a spreadsheet swapped the first twelve days of each month is refused."""

from datetime import datetime

import pytest
from openpyxl import Workbook

from rapport.importers.inspection.inspect import inspect
from rapport.importers.mapping.presets import preset
from rapport.importers.run import with_options

HEADER = ["Payment Date", "Transaction Number", "Net Amount", "Supplier", "Directorate"]
TEXTS = ["16/03/2026", "27/03/2026", "30/03/2026"]
SWAPPED = ["2026-03-04", "2026-05-04", "2026-11-03"]


def workbook(folder, dates):
    book = Workbook()
    book.active.append(HEADER)
    for number, text in enumerate(dates):
        is_typed = text[4] == "-"
        cell = datetime.fromisoformat(text) if is_typed else text
        book.active.append([cell, f"V{number}", 10.5, "Acme", "Place"])
    path = folder / "spend.xlsx"
    book.save(path)
    return path


def test_dates_to_the_twelfth_beside_texts_past_it_are_doubtful(tmp_path):
    path = workbook(tmp_path, [*TEXTS, *SWAPPED])
    (doubt,) = inspect(path, preset("uk-council-spend")).doubts
    assert doubt.readings == ("2026-03-04, as the cell says", "2026-04-03, swapped")
    assert doubt.rows == 3
    assert "import the export itself" in doubt.settle
    said = with_options(preset("uk-council-spend"), date_order="day-first")
    assert inspect(path, said).doubts == []


@pytest.mark.parametrize(
    "dates",
    [
        [*TEXTS, *SWAPPED, "2026-03-19"],
        [*TEXTS, *SWAPPED, "03/03/2026"],
        [*TEXTS, *SWAPPED[:2]],
        [*TEXTS],
        [*SWAPPED],
    ],
    ids=["a date past the twelfth", "a text to the twelfth", "few", "texts", "dates"],
)
def test_an_ordinary_workbook_is_not_doubtful(tmp_path, dates):
    assert inspect(workbook(tmp_path, dates), preset("uk-council-spend")).doubts == []


def test_a_workbook_of_times_is_read_in_the_zone(tmp_path):
    path = workbook(tmp_path, ["2026-03-19T09:15:00"])
    inspection = inspect(path, preset("uk-council-spend"))
    assert inspection.zone == "Europe/London, as was said"
