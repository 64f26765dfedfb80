"""Ids that a spreadsheet shortened are refused in every form; long ids as text are kept."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, SourceRecord

FIELD = Path(__file__).parents[3] / "data" / "field"
MAPPING = """
kind = "tickets"
title = "tickets"
source = "urn:test:tickets"
client = { constant = "finance" }
id = { columns = ["Number"] }
[ticket]
opened_at = "Opened"
priority = { constant = "P3" }
"""


def read(path, mapping=None):
    table, records = open_records(path, mapping or parse_mapping(MAPPING, "test"))
    try:
        return list(records)
    finally:
        table.close()


def refused(outcomes):
    return [
        one.reason.endswith("a spreadsheet shortened this id; export it as text")
        for one in outcomes
        if isinstance(one, Rejection)
    ]


def test_long_numbers_of_a_workbook_are_refused():
    outcomes = read(FIELD / "13-long-ids.xlsx", preset("servicenow"))
    assert refused(outcomes) == [True] * 3


@pytest.mark.parametrize(
    "number",
    [
        "1.23457E+11",
        '"1,23457E+11"',
        "2.02603021000001e+16",
        "2.02603021E16",
        "1E+17",
        "1e+17",
        "20260302100000100.0",
        '"20260302100000100,00"',
    ],
)
def test_a_shortened_number_in_text_is_refused(tmp_path, number):
    path = tmp_path / "tickets.csv"
    path.write_text(f"Number,Opened\n{number},2026-03-02\n")
    assert refused(read(path)) == [True]


@pytest.mark.parametrize("number", ["20260302100000123", "12E5", "1E5", "INC1.5E+1", "1002.5"])
def test_an_id_that_only_looks_like_a_number_is_kept(tmp_path, number):
    path = tmp_path / "tickets.csv"
    path.write_text(f"Number,Opened\n{number},2026-03-02\n")
    (record,) = read(path)
    assert record.id == number


def test_each_part_of_an_id_is_checked(tmp_path):
    path = tmp_path / "tickets.csv"
    path.write_text("Number,Site,Opened\n1.2E+16,A,2026-03-02\n")
    mapping = parse_mapping(MAPPING.replace('["Number"]', '["Site", "Number"]'), "test")
    assert refused(read(path, mapping)) == [True]


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (20260302100000123, None),
        (20260302100000100.0, None),
        (1234567890123450, None),
        (1e300, None),
        (1234567890123456, "1234567890123456"),
        (123456789012345, "123456789012345"),
        ("20260302100000123", "20260302100000123"),
    ],
    ids=str,
)
def test_a_number_of_a_workbook_is_an_id_while_it_is_exact(tmp_path, number, kept):
    book = Workbook()
    book.active.append(["Number", "Opened"])
    book.active.append([number, "2026-03-02"])
    book.save(tmp_path / "tickets.xlsx")
    (outcome,) = read(tmp_path / "tickets.xlsx")
    if kept is None:
        assert refused([outcome]) == [True]
    else:
        assert isinstance(outcome, SourceRecord)
        assert outcome.id == kept


def test_long_whole_numbers_of_json_are_exact(tmp_path):
    path = tmp_path / "tickets.jsonl"
    path.write_text('{"Number": 20260302100000123, "Opened": "2026-03-02"}\n')
    (record,) = read(path)
    assert record.id == "20260302100000123"
