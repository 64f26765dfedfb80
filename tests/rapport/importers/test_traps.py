"""What files really have in them: each trap is read, or refused with its line and reason."""

import csv
import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from rapport.importers.mapping.presets import find_mapping, preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.row import Rejection, Skipped, SourceRecord
from rapport_schemas.wire.errors import RapportError

MAPPING = """
kind = "purchases"
title = "a ledger"
source = "urn:test:ledger"
client = "Unit"
[id]
columns = ["No"]
[dates]
layouts = ["%d/%m/%Y", "iso"]
[purchase]
purchased_on = "Date"
supplier = "Supplier"
amount = { column = "Amount", currency = { constant = "EUR" } }
"""
SAMPLES = Path(__file__).parents[2] / "data" / "imports"
HEADER = ["No", "Unit", "Date", "Supplier", "Amount"]
GOOD = ["1", "Finance", "02/03/2026", "Café Über", "12.50"]


def mapping(extra="", **changes):
    text = MAPPING + extra
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return parse_mapping(text, "test")


def csv_text(*rows, header=HEADER, delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header, *rows])
    return out.getvalue()


@pytest.fixture
def read(outcomes_of):
    """Read a file by a mapping, or by that of the ledger."""
    return lambda path, by=None: outcomes_of(path, by or mapping())


def written(tmp_path, content, name="ledger.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def workbook(tmp_path, *rows, header=HEADER):
    book = Workbook()
    for row in (header, *rows):
        book.active.append(row)
    book.save(tmp_path / "ledger.xlsx")
    return tmp_path / "ledger.xlsx"


def rejection(outcomes):
    (found,) = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    return found.line, found.path, found.reason


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_is_found_out(read, tmp_path, encoding, delimiter):
    path = written(tmp_path, csv_text(GOOD, delimiter=delimiter).encode(encoding))
    (record,) = read(path)
    assert record.events[0].data.supplier == "Café Über"
    assert record.line == 2


def test_a_file_that_is_half_utf_8_and_half_cp1252_is_read_line_by_line(read, tmp_path):
    rows = [GOOD, ["2", *GOOD[1:]]]
    first, second = (csv_text(row, header=HEADER) for row in rows)
    path = written(tmp_path, first.encode() + second.splitlines(keepends=True)[1].encode("cp1252"))
    assert [record.events[0].data.supplier for record in read(path)] == ["Café Über"] * 2


def test_gzip_is_unpacked_and_a_cut_one_is_refused_as_damaged(read, tmp_path):
    packed = gzip.compress(csv_text(*([str(n), *GOOD[1:]] for n in range(5000))).encode())
    assert len(read(written(tmp_path, packed, "a.csv.gz"))) == 5000
    with pytest.raises(RapportError, match=r"damaged|no whole gzip"):
        read(written(tmp_path, packed[: len(packed) // 2], "b.csv.gz"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty; an export has at least a header"),
        (b"\n\n", "is not a header: it is empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old workbook"),
        (b"PK\x03\x04 not a zip", "damaged or incomplete"),
    ],
    ids=["nothing", "empty lines", "old workbook", "broken workbook"],
)
def test_a_file_that_is_none_is_refused_in_words(read, tmp_path, content, says):
    with pytest.raises(RapportError, match=says):
        read(written(tmp_path, content))


def test_a_file_with_only_a_header_has_no_rows(read, tmp_path):
    assert read(written(tmp_path, csv_text())) == []


def test_a_wrong_column_is_answered_with_the_one_that_was_meant(read, tmp_path):
    path = written(tmp_path, csv_text(GOOD, header=["No", "Unit", "Date", "Suplier", "Amount"]))
    with pytest.raises(RapportError, match="did you mean 'Suplier'"):
        read(path)


def test_a_column_that_comes_twice_is_read_where_both_agree(read, tmp_path):
    rows = [*GOOD, "9.99"], ["2", *GOOD[1:], GOOD[-1]], ["3", *GOOD[1:-1], "", "9.99"]
    path = written(tmp_path, csv_text(*rows, header=[*HEADER, "Amount"]))
    different, same, one = read(path)
    assert different.path == "purchase.amount"
    assert "in 'Amount#1', and '9.99' in 'Amount#2'; name one" in different.reason
    assert same.events[0].data.amount_minor == 1250
    assert one.events[0].data.amount_minor == 999
    named = read(path, mapping(amount=('column = "Amount"', 'column = "Amount#2"')))
    assert named[0].events[0].data.amount_minor == 999


def test_ragged_rows_are_refused_with_their_line(read, tmp_path):
    text = "No,Unit,Date,Supplier,Amount\n1,Finance\n2,Finance,02/03/2026,Acme, Ltd,12.50\n"
    short, long = read(written(tmp_path, text + "3,Finance,02/03/2026,Acme,1,,,\n"))[:2]
    assert (short.line, short.path) == (2, "the row")
    assert short.reason.startswith("2 cells, but the header has 5; is a ',' missing?")
    assert long[:2] == (3, "the row")
    assert "6 cells, but the header has 5" in long.reason


def test_a_quoted_line_break_keeps_line_numbers_true(read, tmp_path):
    rows = [
        ["1", "Finance", "02/03/2026", "Acme\nLtd", "1"],
        ["2", "Finance", "never", "Acme", "1"],
    ]
    outcomes = read(written(tmp_path, csv_text(*rows)))
    assert rejection(outcomes)[:2] == (4, "purchase.purchased_on")


def test_a_cell_of_ten_mebibytes_is_refused_and_the_next_row_is_read(read, tmp_path):
    big = "x" * (10 << 20)
    quoted = csv_text(GOOD, ["2", "Finance", "02/03/2026", big, "1"], ["3", *GOOD[1:]])
    outcomes = read(written(tmp_path, quoted))
    assert [type(one) for one in outcomes] == [SourceRecord, Rejection, SourceRecord]
    assert rejection(outcomes)[0] == 3
    missing_quote = csv_text(GOOD) + '2,Finance,02/03/2026,"Acme,1\n' + "3,a,b,c,d\n" * 200_000
    lines = [
        one.line for one in read(written(tmp_path, missing_quote)) if isinstance(one, Rejection)
    ]
    assert lines[0] == 3
    assert len(lines) > 1


def test_a_nul_byte_refuses_its_row_only(read, tmp_path):
    outcomes = read(
        written(tmp_path, csv_text(GOOD, ["2", "Fin\0ance", *GOOD[2:]], ["3", *GOOD[1:]]))
    )
    assert rejection(outcomes)[0] == 3
    assert len(outcomes) == 3


@pytest.mark.parametrize(
    ("cells", "path", "reason"),
    [
        ({"No": "1.23457E+11"}, "id", "a spreadsheet shortened this id"),
        ({"No": ""}, "id.columns", "no value"),
        ({"Unit": ""}, "client", "no value"),
        ({"Unit": "***"}, "client", "has no letter of a to z and no digit of 0 to 9"),
        ({"Date": "2026-13-40"}, "purchase.purchased_on", "not a date of the form %d/%m/%Y or iso"),
        ({"Date": "1026-01-02"}, "purchase.purchased_on", "not a date"),
        ({"Amount": "-5"}, "purchase.amount", "is negative"),
        ({"Amount": "1.005"}, "purchase.amount", "may be 1.005 or 1005"),
        ({"Amount": "1.0055"}, "purchase.amount", "more decimals than EUR"),
        ({"Amount": "12 apples"}, "purchase.amount", "not an amount"),
        ({"Amount": "1e99"}, "purchase.amount", "too large for an amount"),
        ({"No": "x" * 200}, "id", "longer than 128"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_row_that_cannot_be_is_refused_with_the_field_and_the_reason(
    read, tmp_path, cells, path, reason
):
    row = {**dict(zip(HEADER, GOOD, strict=True)), **cells}
    line, where, why = rejection(read(written(tmp_path, csv_text(list(row.values())))))
    assert (line, where) == (2, path)
    assert reason in why


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("EUR", "12.5", 1250), ("JPY", "1,200", 1200), ("KWD", "1.234", 1234), ("GBP", "£3", 300)],
)
def test_amounts_become_the_minor_units_of_their_currency(read, tmp_path, currency, amount, minor):
    row = ["1", "Finance", "02/03/2026", "Acme", amount]
    by = mapping(currency=('"EUR"', f'"{currency}"'))
    (record,) = read(written(tmp_path, csv_text(row)), by)
    assert record.events[0].data.amount_minor == minor


def test_decimal_commas_and_refunds_left_out(read, tmp_path):
    by = mapping(
        amount=('column = "Amount",', 'column = "Amount", decimal = ",", negative = "skip",')
    )
    rows = [["1", "Finance", "02/03/2026", "Acme", "€ 1.234,50"], ["2", *GOOD[1:4], "-3,00"]]
    record, refund = read(written(tmp_path, csv_text(*rows, delimiter=";")), by)
    assert record.events[0].data.amount_minor == 123_450
    assert refund == Skipped(3, "negative amount")


def test_a_workbook_s_dates_serial_numbers_floats_errors_and_long_numbers(read, tmp_path):
    path = workbook(
        tmp_path,
        [123456789012, "Finance", date(2026, 3, 2), "Acme", 0.1 + 0.2],
        [2.0, "Finance", 46083, "Acme", 12.5],
        [3, "Finance", "02/03/2026", "#N/A", 1],
        [None, None, None, None, None],
        [5, "Finance", "02/03/2026", "Acme", 1],
    )
    first, second, third, fourth = read(path)
    assert (first.id, first.events[0].data.amount_minor) == ("123456789012", 30)
    assert (second.id, str(second.events[0].data.purchased_on)) == ("2", "2026-03-02")
    assert third[:2] == (4, "purchase.supplier")
    assert fourth.line == 6


def test_a_workbook_whose_size_is_written_wrongly_is_read_whole(read, tmp_path):
    path = workbook(tmp_path, GOOD, ["2", *GOOD[1:]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b'ref="A1:E3"', b'ref="A1"')
    assert parts["xl/worksheets/sheet1.xml"] != sheet
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert [record.line for record in read(path)] == [2, 3]


def test_a_ticket_of_more_rows_than_a_history_has_is_refused(read, monkeypatch):
    monkeypatch.setattr("rapport.importers.rows.reader.ROWS_OF_A_TICKET_MAX", 3)
    sample = SAMPLES / "servicenow-audit-log.csv"
    first, second = read(sample, preset("servicenow-audit-log"))
    assert (type(first), type(second)) == (Rejection, SourceRecord)


def test_a_sheet_that_is_not_there_is_answered_with_those_that_are(read, tmp_path):
    by = mapping('[file]\nsheet = "March"\n')
    with pytest.raises(RapportError, match="no sheet 'March'; it has 'Sheet'"):
        read(workbook(tmp_path, GOOD), by)


def test_a_workbook_that_unpacks_without_bound_is_not_opened(read, tmp_path):
    path = workbook(tmp_path, GOOD)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b"\0" * (64 << 20))
    with pytest.raises(RapportError, match="unpacks to"):
        read(path)


def test_json_lines_that_are_none_are_refused_with_their_line(read, tmp_path):
    good = '{"No": 1, "Unit": "Finance", "Date": "2026-03-02", "Supplier": "A", "Amount": 12.10}'
    path = written(tmp_path, f"{good}\n{{broken\n[1]\n\n{good.replace('1,', '2,', 1)}", "a.jsonl")
    outcomes = read(path)
    assert [(one.line, type(one)) for one in outcomes] == [
        (1, SourceRecord),
        (2, Rejection),
        (3, Rejection),
        (5, SourceRecord),
    ]
    assert outcomes[0].events[0].data.amount_minor == 1210
    (record,) = read(written(tmp_path, f"[{good}]", "b.json"))
    assert record.events[0].data.amount_minor == 1210


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("purchased_on", "purchase_date"), r"purchase.purchased_on \(line \d+\): missing"),
        (('kind = "purchases"', 'kind = "sales"'), r"kind \(line \d+\): 'sales'"),
        (('"%d/%m/%Y"', "3"), "dates.layouts"),
        (("[dates]", '[dates]\nzone = "Mars/Olympus"'), "not a time zone such as Europe/Amsterdam"),
        (
            ('columns = ["No"]', 'columns = ["No"]\ncontent = ["No"]'),
            "either `columns` or `content`",
        ),
        (("[purchase]", "[purchase"), "not TOML"),
    ],
    ids=["misspelt key", "unknown kind", "wrong type", "unknown zone", "two ids", "no TOML"],
)
def test_a_mapping_that_is_wrong_says_where(change, says):
    with pytest.raises(RapportError, match=says):
        mapping(change=change)


def test_a_preset_that_is_not_there_is_answered_with_a_near_one():
    with pytest.raises(RapportError, match="did you mean zendesk"):
        find_mapping("zendsk")
