"""A row of totals is left out, and does not keep rows from being withdrawn; a record never is."""

import pytest

from rapport.importers.mapping.presets import preset
from rapport.importers.rows.row import Rejection, Skipped, SourceRecord

HEADER = "Payment Date,Supplier,Net Amount,Directorate,Expense Type,Transaction Number"
GOOD = "13/03/2026,B,20.00,Fin,IT,2"


@pytest.fixture
def last_outcome(csv_file, outcomes_of):
    """The outcome of a row below a good one."""
    return lambda row: outcomes_of(csv_file(HEADER, GOOD, row), preset("uk-council-spend"))[-1]


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
def test_a_row_of_totals_is_left_out(last_outcome, row):
    assert last_outcome(row) == Skipped(3, "a row of totals")


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
def test_a_broken_record_is_rejected_and_not_taken_for_totals(last_outcome, row):
    assert isinstance(last_outcome(row), Rejection)


def test_a_good_record_of_a_supplier_called_total_is_a_record(last_outcome):
    assert isinstance(last_outcome("13/03/2026,Total,30.00,,,4"), SourceRecord)


TICKETS = "Number,Opened,Resolved,Priority,Department,Made SLA"
SURVEY = "id,submitdate,department,trust,recommend"


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
def test_a_row_with_an_id_or_a_date_of_its_own_is_a_record(
    csv_file, outcomes_of, name, header, row, expected
):
    good = "R1,2026-03-02 10:00:00," + (
        "2026-03-03 10:00:00,1,Fin,yes" if "Opened" in header else "Fin,4,8"
    )
    first, last = outcomes_of(csv_file(header, good, row), preset(name))
    assert isinstance(first, SourceRecord)
    assert isinstance(last, expected)
