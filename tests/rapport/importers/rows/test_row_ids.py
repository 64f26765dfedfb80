"""Ids that a spreadsheet shortened are refused in every form; long ids as text are kept."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
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


TICKETS = parse_mapping(MAPPING, "test")


def refused(outcomes):
    return [
        one.reason.endswith("a spreadsheet shortened this id; export it as text")
        for one in outcomes
        if isinstance(one, Rejection)
    ]


def test_long_numbers_of_a_workbook_are_refused(outcomes_of):
    outcomes = outcomes_of(FIELD / "13-long-ids.xlsx", preset("servicenow"))
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
def test_a_shortened_number_in_text_is_refused(csv_file, outcomes_of, number):
    path = csv_file("Number,Opened", f"{number},2026-03-02")
    assert refused(outcomes_of(path, TICKETS)) == [True]


@pytest.mark.parametrize("number", ["20260302100000123", "12E5", "1E5", "INC1.5E+1", "1002.5"])
def test_an_id_that_only_looks_like_a_number_is_kept(csv_file, outcomes_of, number):
    path = csv_file("Number,Opened", f"{number},2026-03-02")
    (record,) = outcomes_of(path, TICKETS)
    assert record.id == number


def test_each_part_of_an_id_is_checked(csv_file, outcomes_of):
    path = csv_file("Number,Site,Opened", "1.2E+16,A,2026-03-02")
    mapping = parse_mapping(MAPPING.replace('["Number"]', '["Site", "Number"]'), "test")
    assert refused(outcomes_of(path, mapping)) == [True]


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
def test_a_number_of_a_workbook_is_an_id_while_it_is_exact(tmp_path, outcomes_of, number, kept):
    book = Workbook()
    book.active.append(["Number", "Opened"])
    book.active.append([number, "2026-03-02"])
    book.save(tmp_path / "tickets.xlsx")
    (outcome,) = outcomes_of(tmp_path / "tickets.xlsx", TICKETS)
    if kept is None:
        assert refused([outcome]) == [True]
    else:
        assert isinstance(outcome, SourceRecord)
        assert outcome.id == kept


def test_long_whole_numbers_of_json_are_exact(tmp_path, outcomes_of):
    path = tmp_path / "tickets.jsonl"
    path.write_text('{"Number": 20260302100000123, "Opened": "2026-03-02"}\n')
    (record,) = outcomes_of(path, TICKETS)
    assert record.id == "20260302100000123"
