"""Cells that programs wrote in a way of their own: lost letters, and text kept as a formula."""

import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, SourceRecord

FIELD = Path(__file__).parents[3] / "data" / "field"
LOST = "\ufffd"
MAPPING = """
kind = "purchases"
title = "a ledger"
source = "urn:test:ledger"
client = "Unit"
id = { columns = ["No"] }
[purchase]
purchased_on = "Date"
supplier = "Supplier"
amount = { column = "Amount", currency = { constant = "EUR" } }
"""
HEADER = ["No", "Unit", "Date", "Supplier", "Amount", "Note"]
GOOD = ["0012345", "Finance", "2026-03-02", "Acme", "12.50", "x"]


def read(path, mapping=None):
    table, records = open_records(path, mapping or parse_mapping(MAPPING, "test"))
    outcomes = list(records)
    table.close()
    assert table.rows_counted in (None, len(outcomes))
    return outcomes


def csv_file(tmp_path, *rows, header=HEADER, encoding="utf-8"):
    path = tmp_path / "ledger.csv"
    path.write_bytes("".join(",".join(row) + "\n" for row in (header, *rows)).encode(encoding))
    return path


def test_a_lost_letter_in_a_column_that_is_not_read_refuses_no_ticket():
    outcomes = read(FIELD / "12-replacement-character.csv", preset("servicenow"))
    assert [one.id for one in outcomes] == ["INC1", "INC2"]


def test_a_lost_letter_in_a_supplier_is_taken_and_in_an_amount_refused():
    first, second, third = read(
        FIELD / "12b-replacement-character-spend.csv", preset("uk-council-spend")
    )
    assert first.events[0].data.amount_minor == 65_000
    assert second.events[0].data.supplier == f"Caf{LOST} Centraal"
    assert third[:2] == (4, "purchase.amount")
    assert third.reason == (
        f"'{LOST}720.00' in 'Net Amount' has {LOST}: an earlier program lost a letter"
    )


@pytest.mark.parametrize(
    ("column", "path"),
    [
        ("No", "id.columns"),
        ("Unit", "client"),
        ("Date", "purchase.purchased_on"),
        ("Amount", "purchase.amount"),
        ("Supplier", None),
        ("Note", None),
    ],
)
def test_a_lost_letter_refuses_only_what_is_wrong_by_it(tmp_path, column, path):
    row = [cell + LOST if name == column else cell for name, cell in zip(HEADER, GOOD, strict=True)]
    first, second = read(csv_file(tmp_path, row, ["2", *GOOD[1:]]))
    assert isinstance(second, SourceRecord)
    if path is None:
        assert isinstance(first, SourceRecord)
    else:
        assert first[:2] == (2, path)
        assert "an earlier program lost a letter" in first.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_one_bad_byte_costs_its_letter_and_no_other(tmp_path, encoding):
    """A cell that was cut in the middle of a letter; the letters of the other cells stay."""
    path = csv_file(tmp_path, ["1", "Finance", "2026-03-02", "Über", "1", "CUT"], encoding=encoding)
    path.write_bytes(path.read_bytes().replace(b"CUT", b"caf\xc3"))
    (record,) = read(path)
    assert record.events[0].data.supplier == "Über"


def test_a_bad_byte_in_a_named_encoding_costs_its_letter(tmp_path):
    mapping = parse_mapping(MAPPING + '[file]\nencoding = "ascii"\n', "test")
    path = csv_file(tmp_path, [*GOOD[:3], "Café", *GOOD[4:]], encoding="cp1252")
    (record,) = read(path, mapping)
    assert record.events[0].data.supplier == f"Caf{LOST}"


def test_the_equals_sign_before_a_text_is_no_part_of_an_id_or_a_date():
    first, second = read(FIELD / "21-equals-quoted.csv", preset("servicenow"))
    assert (first.id, second.id) == ("0012345", "0012346")
    assert f"{second.events[0].at:%Y-%m-%d %H:%M}" == "2026-03-03 09:00"


EQUALS = [
    "{}",
    '="{}"',
    '"=""{}"""',
]


@pytest.mark.parametrize("form", EQUALS)
@pytest.mark.parametrize("column", range(len(HEADER)))
def test_a_text_kept_as_a_formula_is_its_content_in_every_column(tmp_path, form, column):
    row = [form.format(cell) if n == column else cell for n, cell in enumerate(GOOD)]
    header = [form.format(name) if n == column else name for n, name in enumerate(HEADER)]
    (record,) = read(csv_file(tmp_path, row, header=header))
    data = record.events[0].data
    assert (record.id, data.client, str(data.purchased_on)) == ("0012345", "finance", "2026-03-02")
    assert (data.supplier, data.amount_minor) == ("Acme", 1250)


@pytest.mark.parametrize(
    ("cell", "supplier"),
    [
        ('="Smith, John"', "Smith, John"),
        ('="a 5"" disk"', 'a 5" disk'),
        ('"say =""no"""', 'say ="no"'),
        ('"Ltd,=""x"""', 'Ltd,="x"'),
        ("=A1", "=A1"),
        ('="', "refused"),
    ],
)
def test_other_equals_signs_are_letters(tmp_path, cell, supplier):
    row = [*GOOD[:3], cell, *GOOD[4:]]
    (outcome,) = read(csv_file(tmp_path, row))
    if isinstance(outcome, Rejection):
        assert supplier == "refused"
        assert "a quote opens on line 2" in outcome.reason
    else:
        assert outcome.events[0].data.supplier == supplier


def test_a_text_kept_as_a_formula_in_json_and_in_a_workbook(tmp_path):
    cells = dict(zip(HEADER, [f'="{cell}"' for cell in GOOD], strict=True))
    path = tmp_path / "ledger.jsonl"
    path.write_text(json.dumps(cells))
    (record,) = read(path)
    assert (record.id, record.events[0].data.amount_minor) == ("0012345", 1250)
    book = Workbook()
    for row in (HEADER, [f'="{cell}"' for cell in GOOD]):
        book.active.append(row)
        for cell in book.active[book.active.max_row]:
            cell.data_type = "s"
    book.save(tmp_path / "ledger.xlsx")
    (record,) = read(tmp_path / "ledger.xlsx")
    assert (record.id, record.events[0].data.amount_minor) == ("0012345", 1250)
