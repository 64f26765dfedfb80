"""A row of totals is left out, and does not keep rows from being withdrawn; a record never is."""

import pytest

from rapport.importers.mapping.presets import preset
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, Skipped, SourceRecord

HEADER = "Payment Date,Supplier,Net Amount,Directorate,Expense Type,Transaction Number\n"
GOOD = "13/03/2026,B,20.00,Fin,IT,2\n"


def last_outcome(tmp_path, row):
    path = tmp_path / "spend.csv"
    path.write_text(f"{HEADER}{GOOD}{row}\n")
    table, records = open_records(path, preset("uk-council-spend"))
    *_, last = records
    table.close()
    return last


@pytest.mark.parametrize(
    "row",
    [
        "Total,,30.00,,,",
        ",Grand total:,30.00,,,",
        "Totaal,,30.00,,,3",
        ",,30.00,Subtotaal,,",
        "SUMME,,30.00,,,",
        ",,30.00,,,Eindtotaal",
    ],
)
def test_a_row_of_totals_is_left_out(tmp_path, row):
    assert last_outcome(tmp_path, row) == Skipped(3, "a row of totals")


@pytest.mark.parametrize(
    "row",
    [
        ",Total Energies,30.00,Fin,IT,4",
        "32/13/2026,Total,30.00,Fin,IT,4",
        ",Totally Wired,30.00,,,",
        "soon,B,30.00,Fin,IT,4",
        "31/06/2026,Total,1250.00,,,T2",
        "31/06/2026,Total,1250.00,,,",
        ",Total,1250.00,,,T2",
        ",,1250.00,Totaal,,T2",
        "15/06/2026,Total,1250.0.0,,,",
        "31/06/2026,,30.00,,,Total",
    ],
)
def test_a_broken_record_is_rejected_and_not_taken_for_totals(tmp_path, row):
    assert isinstance(last_outcome(tmp_path, row), Rejection)


def test_a_good_record_of_a_supplier_called_total_is_a_record(tmp_path):
    assert isinstance(last_outcome(tmp_path, "13/03/2026,Total,30.00,,,4"), SourceRecord)


TICKETS = "Number,Opened,Resolved,Priority,Department,Made SLA\n"
SURVEY = "id,submitdate,department,trust,recommend\n"


@pytest.mark.parametrize(
    ("name", "header", "row", "expected"),
    [
        ("servicenow", TICKETS, "INC1,,,,Total,", Rejection),
        ("servicenow", TICKETS, ",2026-06-31 10:00:00,,,Total,", Rejection),
        ("servicenow", TICKETS, "Total,,2026-06-31 10:00:00,,,", Rejection),
        ("servicenow", TICKETS, "Total,,,,,12", Skipped),
        ("servicenow", TICKETS, ",Totaal,,,,12", Skipped),
        ("limesurvey", SURVEY, "9,31-06-2026 10:00:00,Total,,8", Rejection),
        ("limesurvey", SURVEY, ",Total,,4,8", Skipped),
    ],
)
def test_a_row_with_an_id_or_a_date_of_its_own_is_a_record(tmp_path, name, header, row, expected):
    path = tmp_path / "a.csv"
    good = "R1,2026-03-02 10:00:00," + (
        "2026-03-03 10:00:00,1,Fin,yes" if "Opened" in header else "Fin,4,8"
    )
    path.write_text(f"{header}{good}\n{row}\n")
    table, records = open_records(path, preset(name))
    first, last = records
    table.close()
    assert isinstance(first, SourceRecord)
    assert isinstance(last, expected)
