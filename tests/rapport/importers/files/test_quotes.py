"""A damaged quote costs its own row and no other; a cell with line breaks is read."""

import csv
import gzip
import io
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.delimited.csv_table import CsvTable
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import FileOptions
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, SourceRecord

FIELD = Path(__file__).parents[3] / "data" / "field"
HEADER = ["id", "date", "unit", "note"]
ROWS = [[f"T{n}", f"2026-03-{n:02} 09:00", "Finance", f"note {n}"] for n in range(1, 7)]


def text_of(rows, *, delimiter=",", end="\n", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


def written(folder, content, name="export.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows_of(path, **options):
    """Return {line: cells, or the reason of the rejection}, and check the count of rows."""
    table = CsvTable(path, FileOptions(**options))
    try:
        rows = list(table.rows())
        assert table.rows_counted == len(rows)
    finally:
        table.close()
    return {
        row.line: row.cells.reason if isinstance(row.cells, RowError) else list(row.cells.values())
        for row in rows
    }


def with_line(number, line, *, delimiter=",", end="\n"):
    """Return the file of `ROWS` with another line at a place."""
    lines = text_of([HEADER, *ROWS], delimiter=delimiter, end=end).splitlines(keepends=True)
    lines[number - 1] = line.replace(",", delimiter) + end
    return "".join(lines)


def test_the_open_quote_of_the_field_costs_its_own_ticket_only():
    table, records = open_records(FIELD / "01-unclosed-quote.csv", preset("servicenow"))
    outcomes = list(records)
    table.close()
    assert [one.id for one in outcomes if isinstance(one, SourceRecord)] == ["INC1", "INC3", "INC4"]
    (rejected,) = [one for one in outcomes if isinstance(one, Rejection)]
    assert rejected == (
        3,
        "the row",
        "a quote opens on line 3: no quote closes it before the end of the file",
    )
    assert table.rows_counted == records.rows_read == 4


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('T2,2026-03-02 09:00,Finance,"note', "a quote opens on line 3"),
        ('T2,2026-03-02 09:00,"Finance,note', "a quote opens on line 3"),
        ('"T2,2026-03-02 09:00,Finance,note', "a quote opens on line 3"),
        ('T2,2026-03-02 09:00,Finance,"""note', "a quote opens on line 3"),
        ('T2,2026-03-02 09:00,Finance,"', "a quote opens on line 3"),
        ('T2,2026-03-02 09:00,"Finance" x,"note', "a quote opens on line 3"),
    ],
    ids=["last cell", "middle", "first", "tripled", "alone", "after another"],
)
def test_an_open_quote_is_an_error_of_its_line(tmp_path, line, says, delimiter, end):
    content = with_line(3, line, delimiter=delimiter, end=end)
    for packed in (content.encode(), gzip.compress(content.encode()), content.encode("utf-16")):
        rows = rows_of(written(tmp_path, packed), delimiter=delimiter)
        assert rows.pop(3).startswith(says)
        assert rows == {n + 1: row for n, row in enumerate(ROWS, 1) if n != 2}


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        ('T2,2026-03-02 09:00,Finance,a 5" disk', 'a 5" disk'),
        ('T2,2026-03-02 09:00,Finance,5"', '5"'),
        ('T2,2026-03-02 09:00,Finance,"a 5"" disk"', 'a 5" disk'),
        ('T2,2026-03-02 09:00,Finance,"a 5" disk"', 'a 5" disk'),
        ('T2,2026-03-02 09:00,Finance,"say ""no"", then"', 'say "no", then'),
        (r'T2,2026-03-02 09:00,Finance,"say \"no\", then"', 'say "no", then'),
        (r'T2,2026-03-02 09:00,Finance,"a 5\""', 'a 5"'),
        ('T2,2026-03-02 09:00,Finance,"C:\\"', "C:\\"),
        ("T2,2026-03-02 09:00,Finance,it's 'that", "it's 'that"),
        ("T2,2026-03-02 09:00,Finance,“curly", "“curly"),
    ],
)
def test_a_quote_that_is_a_letter_of_its_cell_is_read(tmp_path, line, cell):
    rows = rows_of(written(tmp_path, with_line(3, line)))
    assert rows == {n + 1: row if n != 2 else [*row[:3], cell] for n, row in enumerate(ROWS, 1)}


PASTED = "see:\n1,2,3,4\nend"


@pytest.mark.parametrize(
    ("end", "quoting"),  # csv.writer does not quote other line ends than its own
    [("\n", 0), ("\r\n", 0), ("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)],
)
@pytest.mark.parametrize("column", range(4))
@pytest.mark.parametrize(
    "cell",
    ["two\nlines", "blank\n\nline", "a, b\nc, d, e, f", PASTED, "a\r\nb", '"quoted"\nline', "a\n"],
)
def test_a_cell_with_line_breaks_is_read(tmp_path, cell, column, quoting, end):
    rows = [list(row) for row in ROWS]
    rows[2][column] = cell
    read = rows_of(written(tmp_path, text_of([HEADER, *rows], end=end, quoting=quoting)))
    assert list(read.values()) == rows


ROW_IN_A_CELL = "copied:\nT9,2026-03-09 09:00,Legal,x\nT8,2026-03-09 09:00,Legal,y"


def test_a_cell_that_holds_rows_is_refused_until_an_option_says_how_to_read_it(tmp_path):
    rows = [*ROWS[:2], ["T3", "2026-03-03 09:00", "Finance", ROW_IN_A_CELL], *ROWS[3:]]
    path = written(tmp_path, text_of([HEADER, *rows]))
    read = rows_of(path)
    assert read[4] == read[5] == read[6]
    assert read[4] == (
        "a quote opens on line 4 and the next one closes on line 6: one row of 3 lines, or 3 rows "
        "with a quote too many? --line-breaks cells reads one row, --line-breaks rows reads each "
        "line as a row"
    )
    assert [read[n] for n in (2, 3, 7, 8, 9)] == [rows[i] for i in (0, 1, 3, 4, 5)]
    assert list(rows_of(path, line_breaks="cells").values()) == rows
    by_line = rows_of(path, line_breaks="rows")
    assert by_line[4] == "a quote opens on line 4: no quote closes it on that line"
    assert by_line[5] == ["T9", "2026-03-09 09:00", "Legal", "x"]
    assert by_line[6] == ["T8", "2026-03-09 09:00", "Legal", 'y"']


def test_other_line_ends_in_a_cell_than_between_the_rows_say_that_it_is_one_cell(tmp_path):
    rows = [*ROWS[:2], ["T3", "2026-03-03 09:00", "Finance", ROW_IN_A_CELL], *ROWS[3:]]
    assert list(rows_of(written(tmp_path, text_of([HEADER, *rows], end="\r\n"))).values()) == rows


def test_two_quotes_too_many_that_make_a_cell_of_rows_are_refused(tmp_path):
    lines = text_of([HEADER, *ROWS]).splitlines(keepends=True)
    lines[2] = 'T2,2026-03-02 09:00,Finance,"says: fout\n'
    lines[4] = 'T4,2026-03-04 09:00,Finance,a 5"\n'
    read = rows_of(written(tmp_path, "".join(lines)))
    assert {line for line, cells in read.items() if isinstance(cells, str)} == {3, 4, 5}
    assert [read[n] for n in (2, 6, 7)] == [ROWS[0], ROWS[4], ROWS[5]]


def test_what_follows_a_damaged_cell_is_refused_up_to_the_next_whole_row(tmp_path):
    lines = text_of([HEADER, *ROWS]).splitlines(keepends=True)
    lines[2:3] = ['T2,2026-03-02 09:00,Finance,"He said "no"\n', "and left\n", 'at once",x\n']
    read = rows_of(written(tmp_path, "".join(lines)))
    assert read[3].startswith("a quote opens on line 3")
    assert read[4] == "1 of 4 cells, it may belong to the cell that opens on line 3"
    assert read[5] == "2 of 4 cells, it may belong to the cell that opens on line 3"
    assert [read[n] for n in (2, 6, 7, 8, 9)] == [ROWS[0], *ROWS[2:]]


def test_single_quotes_around_every_cell_are_quotes(tmp_path):
    rows = [["T1", "2026-03-01 09:00", "Finance, IT", "it's\nthere"], ROWS[1]]
    out = io.StringIO()
    csv.writer(out, quotechar="'", quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    assert list(rows_of(written(tmp_path, out.getvalue())).values()) == rows


@pytest.mark.parametrize(
    ("last", "says"),
    [
        ("T7,2026-03", "2 of 4 cells, and the file ends in it: it may be cut off"),
        ('T7,2026-03-07 09:00,Finance,"no', "a quote opens on line 8"),
        ("T7,2026-03-07 09:00,Finance,note 7", None),
        ('T7,2026-03-07 09:00,Finance,"note 7"', None),
    ],
)
def test_the_last_line_may_lack_its_line_end_but_not_its_cells(tmp_path, last, says):
    read = rows_of(written(tmp_path, text_of([HEADER, *ROWS]) + last))
    if says is None:
        assert read[8] == ["T7", "2026-03-07 09:00", "Finance", "note 7"]
    else:
        assert read[8].startswith(says)
    assert list(read.values())[:6] == ROWS


def test_a_nul_byte_and_a_very_long_line_are_counted(tmp_path):
    lines = text_of([HEADER, *ROWS]).splitlines(keepends=True)
    lines[2] = lines[2].replace("Finance", "Fin\0ance")
    lines[4] = lines[4].replace("Finance", "x" * (2 << 20))
    read = rows_of(written(tmp_path, "".join(lines)))
    assert read[3] == read[5] == "a NUL byte, or a line of over a million characters"
    assert [read[n] for n in (2, 4, 6, 7)] == [ROWS[i] for i in (0, 2, 4, 5)]


def test_blank_lines_and_titles_are_no_rows(tmp_path):
    text = "A title,,,\n\n" + text_of([HEADER, *ROWS[:2]]) + "\n,,,\n" + text_of(ROWS[2:]) + "\n\n"
    assert list(rows_of(written(tmp_path, text), header_row=3).values()) == ROWS


@pytest.mark.parametrize(
    "header",
    ['id,date,unit,"note', '"id,date,unit,note'],
)
def test_an_open_quote_in_the_header_is_an_error_of_the_file(tmp_path, header):
    path = written(tmp_path, with_line(1, header))
    with pytest.raises(ImportFailed, match="cannot be read: a quote opens on line 1"):
        rows_of(path)


def test_a_header_that_takes_rows_with_it_is_an_error_of_the_file(tmp_path):
    closed = with_line(1, 'id,date,unit,"note').replace("note 4", 'note 4"')
    with pytest.raises(ImportFailed, match="cannot be read: a quote opens on line 1"):
        rows_of(written(tmp_path, closed))


def test_a_million_quotes_are_read_in_linear_time(tmp_path):
    """Each line opens a quote: the lines that are read again stay few."""
    count = 20_000
    text = "id,note\n" + "".join(f'{n},"a "b" {n}\n' for n in range(count))
    assert len(rows_of(written(tmp_path, text))) == count
    tripled = "id,note\n" + "".join(f'{n},"""a {n}\n' for n in range(count))
    assert len(rows_of(written(tmp_path, tripled))) == count


LETTERS = st.text(st.sampled_from("ab1 ,;\"'\\"), max_size=6)
BREAKS = st.text(st.sampled_from('ab1 ,;"\n'), max_size=6)


def tables(cells):
    return st.integers(2, 4).flatmap(
        lambda width: st.lists(
            st.lists(cells, min_size=width, max_size=width).map(lambda row: ["x", *row]),
            min_size=1,
            max_size=8,
        )
    )


FORMATS = {
    "delimiter": st.sampled_from(",;\t|"),
    "end": st.sampled_from(["\n", "\r\n"]),
    "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
}


def read_text(text, delimiter):
    with tempfile.TemporaryDirectory() as folder:
        return rows_of(written(Path(folder), text), delimiter=delimiter)


@given(tables(LETTERS), st.data(), st.fixed_dictionaries(FORMATS))
@settings(max_examples=300, deadline=None)
def test_one_stray_quote_loses_no_row(rows, data, form):
    """Every line is read or refused, and the rows without the quote are read as they are."""
    header = [f"c{n}" for n in range(len(rows[0]))]
    lines = text_of([header, *rows], **form).splitlines(keepends=True)
    damaged = data.draw(st.integers(1, len(lines) - 1))
    line = lines[damaged]
    place = data.draw(st.integers(0, len(line.rstrip("\r\n"))))
    lines[damaged] = line[:place] + '"' + line[place:]
    read = read_text("".join(lines), form["delimiter"])
    assert list(read) == list(range(2, len(lines) + 1))
    for number, row in enumerate(rows, 2):
        if number != damaged + 1 and not isinstance(read[number], str):
            assert read[number] == row


def test_a_row_of_several_lines_with_too_few_cells_is_refused():
    damaged = 'c0,c1,c2,c3,c4\n"x,,,,\nx,,",1","\n",\n'
    assert [type(cells) for cells in read_text(damaged, ",").values()] == [str]


@given(tables(BREAKS), st.data(), st.fixed_dictionaries(FORMATS))
@settings(max_examples=300, deadline=None)
def test_one_stray_quote_among_cells_with_line_breaks_is_never_silent(rows, data, form):
    """Where a row is lost, some row is refused; without the quote nothing is wrong in silence."""
    header = [f"c{n}" for n in range(len(rows[0]))]
    text = text_of([header, *rows], **form)
    undamaged = read_text(text, form["delimiter"])
    kept = [cells for cells in undamaged.values() if not isinstance(cells, str)]
    assert kept == rows or len(kept) < len(undamaged)
    start = text.index(form["end"]) + len(form["end"])
    place = data.draw(st.integers(start, len(text)))
    if "\r\n" in text[place - 1 : place + 1]:
        place += 1
    damaged = read_text(text[:place] + '"' + text[place:], form["delimiter"])
    lines = sorted(damaged)
    assert all(a < b for a, b in pairwise(lines))
    refused = any(isinstance(cells, str) for cells in damaged.values())
    assert refused or len(damaged) >= len(rows)
