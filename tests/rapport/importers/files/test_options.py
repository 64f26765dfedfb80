"""The options of `rapport import` that say how a file is to be read; a dry run needs no Kafka."""

import json

import pytest
from openpyxl import Workbook
from run_rapport import run_rapport

HEADER = "Payment Date,Transaction Number,Supplier,Net Amount,Directorate"
ROWS = ["02/03/2026,V1,Acme,650.00,Place", "13/03/2026,V2,Globex,710.00,Place"]


def imported(path, *options):
    """Return the exit code and the summary of a dry run."""
    options = ("-m", "uk-council-spend", "--dry-run", "--json", *options)
    done = run_rapport("import", "purchases", path, *options)
    return done.returncode, json.loads(done.stdout)


def test_line_breaks_in_quotes_are_settled_by_an_option(tmp_path):
    inside = '02/03/2026,V3,"Ltd\n02/03/2026,V4,Acme,1.00,x\n02/03/2026,V5,b",2.00,Place'
    path = tmp_path / "spend.csv"
    path.write_text("\n".join([HEADER, *ROWS, inside, *ROWS[:1]]) + "\n")
    code, summary = imported(path, "--line-breaks", "cells")
    assert (code, summary["rows_in_file"], summary["new"], summary["rejected"]) == (0, 4, 4, 0)
    code, summary = imported(path, "--line-breaks", "rows")
    assert (code, summary["rows_in_file"], summary["rejected"]) == (3, 6, 1)


def test_a_row_that_may_be_several_is_refused_with_both_readings(tmp_path):
    inside = '02/03/2026,V3,Acme,1.00,"Place\n02/03/2026,V4,Acme,1.00,x"'
    path = tmp_path / "spend.csv"
    path.write_text("\n".join([HEADER, *ROWS, inside]) + "\n")
    code, summary = imported(path)
    assert (code, summary["rows_in_file"], summary["new"], summary["rejected"]) == (3, 4, 2, 2)
    (reason,) = summary["reasons"]
    assert "--line-breaks cells" in reason
    assert "--line-breaks rows" in reason


@pytest.mark.parametrize(("options", "rows"), [((), 2), (("--sheet", "april"), 1)])
def test_a_sheet_is_named_by_an_option(tmp_path, options, rows):
    book = Workbook()
    for name, lines in (("March", ROWS), ("April", ROWS[:1])):
        sheet = book.create_sheet(name)
        for line in (HEADER, *lines):
            sheet.append(line.split(","))
    book.save(tmp_path / "spend.xlsx")
    code, summary = imported(tmp_path / "spend.xlsx", *options)
    assert (code, summary["rows_in_file"], summary["read"]) == (0, rows, rows)
    assert summary["sheet"] == ("April" if options else "March")
