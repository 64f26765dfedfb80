"""A delimiter that is not quoted moves the values of a row: such a row is rejected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.importers.files.delimited.dialect import Dialect
from rapport.importers.files.delimited.row_width import RowWidth
from rapport.importers.mapping.presets import preset
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, SourceRecord

HEADER = "Transaction Number,Payment Date,Supplier,Net Amount,Department"
GOOD = "T8,15/06/2026,Acme,8.00,Fin"
NAMELESS = "Transaction Number,Payment Date,Supplier,Department,Net Amount,"


def read(tmp_path, *lines):
    path = tmp_path / "spend.csv"
    path.write_text("\n".join(lines) + "\n")
    table, records = open_records(path, preset("uk-council-spend"))
    try:
        return list(records)
    finally:
        table.close()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([NAMELESS, "T1,15/06/2026,Acme,Fin,1,250.00"], "'250.00' is in a column without a name"),
        ([HEADER + ",,", GOOD + ",,", "T1,15/06/2026,A, B,8.00,Fin,"], "'Fin' is in a column"),
        ([HEADER, "T1,15/06/2026,Acme,12,50,"], "end the header with"),
        ([HEADER, "T1,15/06/2026,Acme,-1,250.00,"], "end the header with"),
        ([HEADER, "T1,15/06/2026,Acme,£1,250,"], "end the header with"),
        ([HEADER, GOOD, GOOD, "T1,15/06/2026,Acme,12,5,"], "most rows have 5"),
        ([HEADER, GOOD + ",", GOOD + ",", "T1,15/06/2026,Acme,12,5,,"], "most rows have 6"),
        ([HEADER, "T1,15/06/2026,Acme,12,50,Fin"], "6 cells, but the header has 5"),
    ],
)
def test_a_row_with_a_delimiter_too_many_is_rejected(tmp_path, lines, says):
    last = read(tmp_path, *lines)[-1]
    assert isinstance(last, Rejection)
    assert last.path == "the row"
    assert says in last.reason
    assert "is a ',' not quoted?" in last.reason


@pytest.mark.parametrize(
    "lines",
    [
        [HEADER, GOOD],
        [HEADER, GOOD + ",", GOOD + ","],
        [HEADER + ",", GOOD + ",", GOOD],
        [HEADER + ",,", GOOD + ",,", GOOD + ", ,"],
        ["," + HEADER, "0," + GOOD, "1," + GOOD],
        [HEADER, '"T1",15/06/2026,"Acme, Inc","8.00",Fin,'],
    ],
)
def test_rows_of_one_width_are_read(tmp_path, lines):
    outcomes = read(tmp_path, *lines)
    assert [type(one) for one in outcomes] == [SourceRecord] * (len(lines) - 1)
    assert {one.events[0].data.amount_minor for one in outcomes} == {800}


@given(st.integers(0, 5), st.lists(st.text("ab", min_size=1, max_size=3), min_size=5, max_size=5))
def test_no_row_that_is_moved_is_read_beside_rows_that_are_not(at, cells):
    dialect = Dialect(",")
    width = RowWidth(["a", "b", "c", "d", "e"], dialect, [",".join(cells)] * 3)
    assert width.problem(cells) is None
    assert width.problem([*cells[:at], "x", *cells[at:]]) is not None
    assert width.problem([*cells[:4][:at], "x", *cells[:4][at:], ""]) is not None


COMMENTED = HEADER + ",Remark,Project"


@pytest.mark.parametrize(
    "row",
    ["T2,Acme,8.00,Fin", "T2,15/06/2026,Acme,8.00", "T2,15/06/2026", "15/06/2026,Acme,8.00,Fin"],
)
@pytest.mark.parametrize("times", [1, 4])
def test_a_row_with_a_cell_too_few_is_rejected_beside_full_ones(tmp_path, row, times):
    outcomes = read(tmp_path, HEADER, GOOD, GOOD.replace("T8", "T9"), *[row] * times, GOOD)
    rejected = [one for one in outcomes if isinstance(one, Rejection)]
    assert len(rejected) == times
    cells = row.count(",") + 1
    assert rejected[0].reason == (
        f"{cells} cells, but the header has 5; is a ',' missing? Cells that are empty need one too"
    )


@pytest.mark.parametrize("full", [[], [GOOD + ",late,P1"] * 3])
def test_empty_cells_that_every_narrow_row_leaves_out_and_no_field_reads_may_be_absent(
    tmp_path, full
):
    lines = [GOOD.replace("T8", f"T{n}") for n in range(10, 14)]
    outcomes = read(tmp_path, COMMENTED, *full, *lines)[len(full) :]
    assert [type(one) for one in outcomes] == [SourceRecord] * 4


@pytest.mark.parametrize(
    "narrow",
    [
        [GOOD],
        [GOOD, GOOD, GOOD, GOOD + ",late"],
        ["T2,Acme,8.00,Fin,late"] * 4,
    ],
    ids=["one", "of two widths", "with moved values"],
)
def test_other_narrow_rows_beside_full_ones_are_rejected(tmp_path, narrow):
    outcomes = read(tmp_path, COMMENTED, *[GOOD + ",late,P1"] * 3, *narrow)
    assert {type(one) for one in outcomes[3:]} == {Rejection}
