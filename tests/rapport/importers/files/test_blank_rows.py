"""A row of spaces only, and the mark that ended files of DOS, are no rows."""

import json

import openpyxl
import pytest

from rapport.importers.mapping.presets import preset
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, SourceRecord

HEADER = "Number,Opened,Resolved,Priority,Department,Made SLA"
GOOD = "INC1,2026-03-02 09:00:00,2026-03-03 09:00:00,3,Law,true"


def read(path):
    table, records = open_records(path, preset("servicenow"))
    outcomes = list(records)
    table.close()
    assert table.rows_counted == records.rows_read
    return outcomes


@pytest.mark.parametrize(
    "blank", ["   ,  ,,,,", "\x1a", "\x1a\n", " \x1a\r\n", "\t", "\xa0,\xa0", "  ,,,,,\n\x1a"]
)
def test_a_blank_line_is_no_row(tmp_path, blank):
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n{blank}".encode())
    assert [type(one) for one in read(path)] == [SourceRecord]


@pytest.mark.parametrize("cell", ["0", "-", "a\x1a"])
def test_a_row_with_any_text_is_one(tmp_path, cell):
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n{cell},,,,,\n".encode())
    assert [type(one) for one in read(path)] == [SourceRecord, Rejection]


def test_a_row_of_spaces_in_a_workbook_is_no_row(tmp_path):
    book = openpyxl.Workbook()
    for line in (HEADER, GOOD, "  , ,,,,", GOOD.replace("INC1", "INC2")):
        book.active.append(line.split(","))
    book.save(tmp_path / "a.xlsx")
    assert [one.id for one in read(tmp_path / "a.xlsx")] == ["INC1", "INC2"]


def test_the_mark_at_the_end_of_json_lines_is_no_row(tmp_path):
    row = json.dumps(dict(zip(HEADER.split(","), GOOD.split(","), strict=True)))
    path = tmp_path / "a.jsonl"
    path.write_text(f"{row}\n\x1a")
    assert [type(one) for one in read(path)] == [SourceRecord]
