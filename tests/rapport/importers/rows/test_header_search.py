"""The header of a file is found below titles, and a refusal is about the row that is meant."""

from pathlib import Path

import pytest

from rapport.importers.errors import ImportFailed
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.header_search import known_columns
from rapport.importers.rows.reader import open_records

FIELD = Path(__file__).parents[3] / "data" / "field"
TITLES = 'Ledger of the council,,,,\n"Quarter 1, 2026",,,,\n,,,,\n'
HEADER = "Payment Date,Transaction Number,Supplier,Net Amount,Directorate\n"
ROW = "02/03/2026,V100,Acme,650.00,Place\n"


@pytest.fixture
def opened(csv_file, outcomes_of):
    """The lines of the rows that are read from a text."""

    def read(text, by=None):
        return [
            one.line
            for one in outcomes_of(csv_file(*text.splitlines()), by or preset("uk-council-spend"))
        ]

    return read


def test_the_refusal_of_the_field_is_about_the_header_below_the_titles():
    with pytest.raises(ImportFailed) as refused:
        open_records(FIELD / "22-titles-and-a-missing-column.csv", preset("uk-council-spend"))
    text = str(refused.value)
    assert text.startswith("row 4 looks like the header; purchase.purchased_on needs the column")
    assert "did you mean 'Paid On'?" in text
    assert "council - payments" not in text


@pytest.mark.parametrize("above", range(10))
def test_the_header_is_found_in_the_first_ten_rows(opened, above):
    assert opened("title,,,,\n" * above + HEADER + ROW) == [above + 2]


def test_titles_with_and_without_delimiters_are_passed_over(opened):
    assert opened(TITLES + HEADER + ROW) == [5]
    assert opened("Ledger\n\nQuarter 1\n" + (HEADER + ROW).replace(",", ";")) == [5]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("Net Amount", "Netto"), "row 4 looks like the header; purchase.amount needs"),
        (("Payment Date", "Day paid"), "row 4 looks like the header; purchase.purchased_on needs"),
        ((HEADER, "a,b,c,d,e\n"), "^id.content: none of its columns"),
    ],
)
def test_the_row_with_the_most_columns_is_shown(opened, change, says):
    with pytest.raises(ImportFailed, match=says):
        opened(TITLES + (HEADER + ROW).replace(*change))


def test_a_first_row_that_is_the_header_is_not_numbered(opened):
    with pytest.raises(ImportFailed, match=r"^purchase\.amount needs"):
        opened((HEADER + ROW).replace("Net Amount", "Netto"))


def test_every_column_that_a_mapping_names_is_known():
    mapping = parse_mapping(
        """
kind = "tickets"
title = "x"
source = "urn:x"
client = ["Dept", "Team"]
id = { columns = ["No", ["Part", "Piece"]] }
skip = { State = ["Deleted"] }
[dates]
layouts = ["iso"]
[ticket]
opened_at = "Opened"
priority = { column = "Prio", values = { "High" = "P1" } }
""",
        "test",
    )
    names = ["dept", "Team", "NO", "piece", "state", "Opened", "Prio", "iso", "High", "Deleted"]
    assert known_columns(mapping, names) == 7


@pytest.mark.parametrize("above", [10, 12, 40])
def test_a_header_below_the_first_ten_rows_is_named_by_the_mapping(opened, above):
    text = "title,,,,\n" * above + HEADER + ROW
    with pytest.raises(ImportFailed, match=r"in the first 10 rows: .* `header_row` in `.file.`"):
        opened(text)
    mapping = preset("uk-council-spend")
    file = mapping.file.model_copy(update={"header_row": above + 1})
    assert opened(text, mapping.model_copy(update={"file": file})) == [above + 2]
