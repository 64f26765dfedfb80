"""Workbooks (XLSX, ODS): which sheet is read, cells without a value of their own, and bounds."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart

from rapport.importers.errors import ImportFailed
from rapport.importers.mapping.presets import preset
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, SourceRecord

FIELD = Path(__file__).parents[3] / "data" / "field"
MAPPING = """
kind = "purchases"
title = "a ledger"
source = "urn:test:ledger"
client = { column = "Unit", default = "unassigned" }
id = { columns = ["No"] }
[purchase]
purchased_on = "Date"
supplier = "Supplier"
amount = { column = "Amount", currency = { constant = "EUR" } }
sanctioned = { column = "Approved", default = false }
"""
HEADER = ["No", "Unit", "Date", "Supplier", "Amount", "Approved", "Note"]
ROWS = [[n, "Finance", date(2026, 3, n), "Acme", 12.5, True, "x"] for n in (1, 2, 3)]


def mapping(sheet=None):
    return parse_mapping(MAPPING + (f'[file]\nsheet = "{sheet}"\n' if sheet else ""), "test")


def read(path, by=None):
    """Return the outcomes and the table, and check the count of rows."""
    table, records = open_records(path, by or mapping())
    try:
        outcomes = list(records)
    finally:
        table.close()
    assert table.rows_counted == records.rows_read == len(outcomes)
    return outcomes, table


def xlsx(tmp_path, sheets, *, charts=(), states=None):
    """Write a workbook: {name: rows}; charts are sheets in front of the others."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = (states or {}).get(name, "visible")
    for name in charts:
        chart = book.create_chartsheet(name, 0)
        chart.add_chart(BarChart())
    path = tmp_path / "ledger.xlsx"
    book.save(path)
    return path


def with_part(path, name, change):
    """Change a part of a package in place."""
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one).decode() for one in archive.namelist()}
    changed = change(parts[name])
    assert changed != parts[name]
    parts[name] = changed
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            archive.writestr(one, content)
    return path


ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
NAMES = "urn:oasis:names:tc:opendocument:xmlns"


def ods_cell(value):
    if value is None:
        return "<table:table-cell/>"
    kind, attribute = "string", ""
    if isinstance(value, bool):
        kind, attribute = "boolean", f'office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        kind, attribute = "float", f'office:value="{value}"'
    elif isinstance(value, date | datetime):
        kind, attribute = "date", f'office:date-value="{value.isoformat()}"'
    elif value.startswith("="):
        return f'<table:table-cell table:formula="of:{value}"/>'
    text = f"<text:p>{escape(str(value))}</text:p>"
    return f'<table:table-cell office:value-type="{kind}" {attribute}>{text}</table:table-cell>'


def ods(tmp_path, sheets, hidden=(), raw="", name="ledger.ods"):
    """Write an ODS workbook: {name: rows}; `raw` is put below the last row of each sheet."""
    tables = ""
    for sheet, rows in sheets.items():
        style = "ta2" if sheet in hidden else "ta1"
        body = "".join(
            f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows
        )
        start = f'<table:table table:name="{sheet}" table:style-name="{style}">'
        tables += f"{start}{body}{raw}</table:table>"
    styles = "".join(
        f'<style:style style:name="{style}" style:family="table">'
        f'<style:table-properties table:display="{shown}"/></style:style>'
        for style, shown in (("ta1", "true"), ("ta2", "false"))
    )
    spaces = " ".join(
        f'xmlns:{one}="{NAMES}:{one}:1.0"' for one in ("office", "table", "text", "style")
    )
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", ODS_TYPE, zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{NAMES}:manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/></manifest:manifest>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:spreadsheet>{tables}"
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


@pytest.mark.parametrize(
    ("name", "passed_over"),
    [
        ("14-hidden-first-sheet.xlsx", "(hidden)"),
        ("14b-chart-sheet-first.xlsx", "(a chart)"),
    ],
)
def test_hidden_and_chart_sheets_of_the_field_are_passed_over(name, passed_over):
    (record,), table = read(FIELD / name, preset("uk-council-spend"))
    assert record.events[0].data.supplier == "Acme Cloud"
    (text,) = table.sheets_passed_over
    assert text.endswith(passed_over)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_read_only_when_it_is_named(tmp_path, state):
    sheets = {"Old": [HEADER, *ROWS], "New": [HEADER, ROWS[0]]}
    path = xlsx(tmp_path, sheets, states={"Old": state})
    outcomes, table = read(path)
    assert (len(outcomes), table.sheet) == (1, "New")
    assert table.sheets_passed_over == [f"'Old' ({'very ' * (state != 'hidden')}hidden)"]
    outcomes, table = read(path, mapping("Old"))
    assert (len(outcomes), table.sheet) == (3, "Old")
    assert table.sheets_passed_over == ["'New' (not the one that was named)"]


def test_a_cover_sheet_is_passed_over_and_a_second_sheet_with_the_columns_is_reported(tmp_path):
    cover = [["Report of March"], [None, "made by finance"]]
    data = [["March"], [], HEADER, *ROWS]
    path = xlsx(tmp_path, {"Cover": cover, "March": data, "April": data}, charts=["Graph"])
    outcomes, table = read(path)
    assert [one.line for one in outcomes] == [4, 5, 6]
    assert table.sheet == "March"
    assert table.sheets_passed_over == [
        "'Cover' (without the columns)",
        "'April' (it has the columns too)",
        "'Graph' (a chart)",
    ]


@pytest.mark.parametrize("write", [xlsx, ods])
def test_a_refusal_names_the_sheet_and_the_others(tmp_path, write):
    wrong = ["No", "Unit", "Dated", "Supplier", "Amount"]
    path = write(tmp_path, {"Codes": [["Code"]], "March": [["Ledger"], wrong, ROWS[0]]})
    with pytest.raises(ImportFailed) as refused:
        read(path)
    text = str(refused.value)
    assert "sheet 'March': row 2 looks like the header; purchase.purchased_on" in text
    assert "did you mean 'Dated'?" in text
    assert "the other sheets are 'Codes', --sheet NAME reads one of them" in text


def test_a_workbook_without_a_sheet_to_read_names_its_sheets(tmp_path):
    path = xlsx(tmp_path, {"A": [HEADER], "B": [HEADER]}, charts=["Graph"])
    hidden = with_part(
        path, "xl/workbook.xml", lambda text: text.replace('state="visible"', 'state="hidden"')
    )
    with pytest.raises(
        ImportFailed, match=r"no visible sheet with rows; it has 'Graph'.*'A'.*hidden"
    ):
        read(hidden)
    with pytest.raises(ImportFailed, match=r"'Graph' of .* is a chart"):
        read(hidden, mapping("Graph"))
    with pytest.raises(ImportFailed, match=r"no sheet 'C'; it has 'Graph' \(a chart\)"):
        read(hidden, mapping("C"))


def test_formulas_that_were_never_calculated_are_refused_in_words():
    first, second, third = read(
        FIELD / "15-formulas-never-calculated.xlsx", preset("uk-council-spend")
    )[0]
    for row in (first, second):
        assert isinstance(row, Rejection)
        assert row.reason == (
            "a formula that was never calculated, in 'Net Amount'; open the file in a spreadsheet "
            "program and save it"
        )
    assert third.events[0].data.amount_minor == 1000


FORMULAS = [[1, "Finance", date(2026, 3, 1), "Acme", 5, True, "x"], ["=1+1", *ROWS[1][1:]]]


@pytest.mark.parametrize("write", [xlsx, ods])
@pytest.mark.parametrize("column", range(len(HEADER)))
def test_a_formula_without_a_value_refuses_its_row_where_it_is_read(tmp_path, write, column):
    """Also where the mapping has a default: the default never stands for a formula."""
    rows = [list(row) for row in ROWS]
    rows[1][column] = "=A1"
    (first, second, third), _ = read(write(tmp_path, {"S": [HEADER, *rows]}))
    assert isinstance(first, SourceRecord)
    assert isinstance(third, SourceRecord)
    if HEADER[column] == "Note":
        assert isinstance(second, SourceRecord)
    else:
        assert second.line == 3
        assert f"never calculated, in {HEADER[column]!r}" in second.reason


def formula_in(tmp_path, cell, calculation=""):
    """Return a workbook where the amount of the first row is the XML of a cell."""
    path = xlsx(tmp_path, {"S": [HEADER, [1, "Finance", date(2026, 3, 1), "Acme", "=1+1"]]})
    with_part(
        path,
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace('<c r="E2"><f>1+1</f><v /></c>', cell),
    )
    return with_part(
        path, "xl/workbook.xml", lambda text: text.replace('fullCalcOnLoad="1"', calculation)
    )


@pytest.mark.parametrize(
    ("cell", "calculation", "amount"),
    [
        ('<c r="E2"><f>1+1</f></c>', "", None),
        ('<c r="E2"><f>1+1</f><v/></c>', "", None),
        ('<c r="E2"><f>1+1</f><v>0</v></c>', 'fullCalcOnLoad="true"', None),
        ('<c r="E2"><f>1+1</f><v>0</v></c>', "", 0),
        ('<c r="E2"><f>1+1</f><v>2.5</v></c>', 'fullCalcOnLoad="true"', 250),
        ('<c r="E2"><f t="shared" si="0"/><v>2.5</v></c>', "", 250),
        ("<c><f>1+1</f></c>", "", None),
    ],
)
def test_a_value_of_a_formula_is_believed_unless_the_workbook_asks_to_calculate(
    tmp_path, cell, calculation, amount
):
    ((outcome,), _) = read(formula_in(tmp_path, cell, calculation))
    if amount is None:
        assert "never calculated" in outcome.reason
    else:
        assert not isinstance(outcome, Rejection) or "never calculated" not in outcome.reason
        if isinstance(outcome, SourceRecord):
            assert outcome.events[0].data.amount_minor == amount


def test_a_formula_with_an_empty_text_as_its_value_has_no_value(tmp_path):
    path = formula_in(tmp_path, '<c r="E2" t="str"><f>IF(1,"","")</f><v></v></c>')
    ((outcome,), _) = read(path)
    assert outcome.reason == "'Amount': no value"


def test_an_ods_is_read_whatever_its_name(tmp_path):
    rows = [HEADER, *ROWS]
    for name in ("ledger.ods", "ledger.xlsx", "ledger.csv"):
        outcomes, table = read(ods(tmp_path, {"Codes": [["x"]], "S": rows}, ["Codes"], name=name))
        assert [one.id for one in outcomes] == ["1", "2", "3"]
        assert str(outcomes[0].events[0].data.purchased_on) == "2026-03-01"
        assert outcomes[0].events[0].data.amount_minor == 1250
        assert outcomes[0].events[0].data.sanctioned is True
        assert table.sheet == "S"
        assert table.sheets_passed_over == ["'Codes' (hidden)"]


def test_blank_and_repeated_rows_of_an_ods_keep_the_row_numbers_true(tmp_path):
    rows = [[], HEADER, [], ROWS[0], [], ROWS[1]]
    blank = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    outcomes, _ = read(ods(tmp_path, {"S": rows}, raw=blank))
    assert [one.line for one in outcomes] == [4, 6]
    repeated = "".join(map(ods_cell, ROWS[0]))
    raw = f'<table:table-row table:number-rows-repeated="3">{repeated}</table:table-row>'
    outcomes, _ = read(ods(tmp_path, {"S": [HEADER]}, raw=raw))
    assert [one.line for one in outcomes] == [2, 3, 4]


def test_an_ods_that_unfolds_without_bound_is_not_opened(tmp_path):
    raw = (
        '<table:table-row table:number-rows-repeated="100000"><table:table-cell office:value="1" '
        'office:value-type="float" table:number-columns-repeated="100"/></table:table-row>'
    )
    with pytest.raises(ImportFailed, match="'S' has more than 5000000 cells"):
        read(ods(tmp_path, {"S": [HEADER]}, raw=raw))
    path = ods(tmp_path, {"S": [HEADER, *ROWS]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.xml", b"\0" * (64 << 20))
    with pytest.raises(ImportFailed, match="unpacks to"):
        read(path)


@pytest.mark.parametrize("write", [xlsx, ods])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_workbook_that_is_cut_off_is_refused(tmp_path, write, kept):
    path = write(tmp_path, {"S": [HEADER, *ROWS]})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ImportFailed, match="damaged or incomplete"):
        read(path)


def test_a_sheet_whose_xml_is_damaged_is_refused_and_not_read_in_part(tmp_path):
    path = xlsx(tmp_path, {"S": [HEADER, *ROWS]})
    with_part(path, "xl/worksheets/sheet1.xml", lambda text: text[: text.index('<row r="4"')])
    with pytest.raises(ImportFailed, match=r"damaged|not a readable"):
        read(path)


def test_rows_with_gaps_blank_texts_and_formats_are_counted_as_they_are_read(tmp_path):
    rows = [HEADER, ROWS[0], [None] * 7, [""] * 7, ROWS[1], [], ROWS[2]]
    outcomes, _ = read(xlsx(tmp_path, {"S": rows}))
    assert [one.line for one in outcomes] == [2, 5, 7]


def test_a_workbook_without_a_row_has_no_header(tmp_path):
    with pytest.raises(ImportFailed, match="has no header: it is empty"):
        read(xlsx(tmp_path, {"S": []}))
    with pytest.raises(ImportFailed, match="has no header: it is empty"):
        read(ods(tmp_path, {"S": []}))


STRICT = {
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": (
        "http://purl.oclc.org/ooxml/spreadsheetml/main"
    ),
}


def test_a_strict_workbook_is_refused_in_words(tmp_path):
    path = xlsx(tmp_path, {"S": [HEADER, *ROWS]})

    def strict(text):
        for name, other in STRICT.items():
            text = text.replace(name, other)
        return text

    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, strict(content))
    with pytest.raises(ImportFailed, match="strict form of Open XML; open it"):
        read(path)


def ods_rows(tmp_path, rows):
    """Write an ODS workbook; a cell that starts with `<` is put into it as it is."""
    raw = "".join(
        "<table:table-row>"
        + "".join(
            cell if isinstance(cell, str) and cell.startswith("<") else ods_cell(cell)
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    path = ods(tmp_path, {"S": []}, raw=raw)
    return with_part(
        path,
        "content.xml",
        lambda text: text.replace(
            "<office:document-content ",
            '<office:document-content xmlns:calcext="urn:org:documentfoundation:names:'
            'experimental:calc:xmlns:calcext:1.0" ',
        ),
    )


def ods_error(text):
    return (
        '<table:table-cell table:formula="of:=NA()" office:value-type="string" '
        f'office:string-value="" calcext:value-type="error"><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


@pytest.mark.parametrize("column", range(len(HEADER)))
@pytest.mark.parametrize(
    ("shown", "said"), [("#N/A", "#N/A"), ("Err:502", "Err:502"), ("#NIEUW!", "#VALUE!")]
)
def test_an_error_of_an_ods_refuses_its_row_where_it_is_read(tmp_path, column, shown, said):
    """Also where the mapping has a default: the default never stands for an error."""
    rows = [list(row) for row in ROWS]
    rows[1][column] = ods_error(shown)
    (first, second, third), _ = read(ods_rows(tmp_path, [HEADER, *rows]))
    assert (first.id, third.id) == ("1", "3")
    if HEADER[column] == "Note":
        assert second.id == "2"
    else:
        assert second.reason == f"{said} in {HEADER[column]!r} is an error of the spreadsheet"


def test_a_row_with_errors_only_is_a_row(tmp_path):
    outcomes, _ = read(ods_rows(tmp_path, [HEADER, [ods_error("#REF!")] * 7]))
    assert len(outcomes) == 1


@pytest.mark.parametrize("text", ["#N/B", "#WAARDE!", "#BEZUG!", "#VALEUR!", "Err:508"])
def test_errors_in_other_languages_are_errors(tmp_path, text):
    rows = [[1, text, date(2026, 3, 1), "Acme", 12.5, True, "x"]]
    ((outcome,), _) = read(xlsx(tmp_path, {"S": [HEADER, *rows]}))
    assert outcome.reason == f"{text} in 'Unit' is an error of the spreadsheet"


def merged_xlsx(tmp_path, rows, *ranges):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for one in ranges:
        book.active.merge_cells(one)
    path = tmp_path / "merged.xlsx"
    book.save(path)
    return path


def spanning(value, rows, columns=1):
    spans = f'table:number-rows-spanned="{rows}" table:number-columns-spanned="{columns}"'
    return ods_cell(value).replace("<table:table-cell", f"<table:table-cell {spans}")


COVERED = "<table:covered-table-cell/>"


def merged_ods(tmp_path, rows, column):
    """Write an ODS in which a column is merged over the first two of three rows."""
    rows = [list(row) for row in rows]
    rows[1][column] = spanning(rows[1][column], 2)
    rows[2][column] = COVERED
    return ods_rows(tmp_path, rows)


@pytest.mark.parametrize("column", range(len(HEADER)))
@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_row_below_the_first_of_a_merged_cell_is_refused_where_it_is_read(tmp_path, form, column):
    rows = [HEADER, *ROWS]
    letter = "ABCDEFG"[column]
    if form == "xlsx":
        path = merged_xlsx(tmp_path, rows, f"{letter}2:{letter}3")
    else:
        path = merged_ods(tmp_path, rows, column)
    (first, second, third), _ = read(path)
    assert (first.id, third.id) == ("1", "3")
    if HEADER[column] == "Note":
        assert second.id == "2"
    else:
        assert isinstance(second, Rejection)
        assert f"the value of {HEADER[column]!r} is in a merged cell" in second.reason


def test_merged_titles_and_empty_merged_cells_refuse_no_row(tmp_path):
    rows = [["Ledger"], [], HEADER, *[[one[0], None, *one[2:]] for one in ROWS]]
    path = merged_xlsx(tmp_path, rows, "A1:G2", "B4:B6", "G4:G5", "D6:D7")
    assert [one.id for one in read(path)[0]] == ["1", "2", "3"]
    below = [HEADER, [1, spanning(None, 2), *ROWS[0][2:]], [2, COVERED, *ROWS[1][2:]]]
    assert [one.id for one in read(ods_rows(tmp_path, below))[0]] == ["1", "2"]


def test_a_merged_cell_ends_at_its_last_row_and_covers_all_its_columns(tmp_path):
    rows = [HEADER, *ROWS, [4, *ROWS[0][1:]]]
    path = merged_xlsx(tmp_path, rows, "B3:D4")
    outcomes, _ = read(path)
    assert [isinstance(one, Rejection) for one in outcomes] == [False, True, True, False]


def formatted(tmp_path, code, value=12.5, column=4):
    """Write an XLSX with one row whose cell of a column has a number format."""
    book = Workbook()
    book.active.append(HEADER)
    book.active.append([*ROWS[0][:column], value, *ROWS[0][column + 1 :]])
    book.active.cell(2, column + 1).number_format = code
    path = tmp_path / "formatted.xlsx"
    book.save(path)
    return path


def in_currency(currency):
    stated = f'{{ constant = "{currency}" }}'
    return parse_mapping(MAPPING.replace('{ constant = "EUR" }', stated), "test")


@pytest.mark.parametrize(
    ("code", "currency"),
    [
        ("[$€-413] #,##0.00", "EUR"),
        ("[$USD]\\ #,##0.00", "USD"),
        ("[$USD-409] #,##0.00", "USD"),
        ('"€" 0.00', "EUR"),
        ('_("€"* #,##0.00_);_("€"* (#,##0.00)', "EUR"),
        ("#,##0.00\\ €", "EUR"),
        ("€ 0.00", "EUR"),
        ("[$£-809]#,##0.00;[Red]-[$£-809]#,##0.00", "GBP"),
        ("[$$-409]#,##0.00", "USD"),
        ("[$$-en-CA]#,##0.00", "CAD"),
        ('#,##0.00 "kr"', "SEK"),
        ("[$kr-41D] #,##0.00", "SEK"),
        ("[$CHF-807] #,##0.00", "CHF"),
        ("[$¥-411]#,##0", "JPY"),
    ],
)
def test_the_currency_of_a_number_format_is_that_of_the_amount(tmp_path, code, currency):
    path = formatted(tmp_path, code, 12)
    other = "PLN"
    ((outcome,), _) = read(path, in_currency(other))
    assert outcome.path == "purchase.amount.currency"
    assert outcome.reason.startswith("'12' is in ")
    assert outcome.reason.endswith(f"and the mapping says {other}")
    ((outcome,), _) = read(path, in_currency(currency))
    assert outcome.events[0].data.currency == currency


@pytest.mark.parametrize(
    "code", ["General", "#,##0.00", "0.00%", '0.0 "M"', '0 "pcs"', "[Red]0.00", "[$-409]0.00"]
)
def test_a_number_format_without_a_currency_says_none(tmp_path, code):
    ((outcome,), _) = read(formatted(tmp_path, code), in_currency("PLN"))
    assert outcome.events[0].data.currency == "PLN"


def ods_amount(attributes, shown):
    return f"<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>"


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_the_currency_of_an_ods_cell_is_that_of_the_amount(tmp_path, currency):
    cell = ods_amount(
        f'office:value-type="currency" office:currency="{currency}" office:value="12.5"', "€ 12,50"
    )
    path = ods_rows(tmp_path, [HEADER, [*ROWS[0][:4], cell, True, "x"]])
    ((outcome,), _) = read(path, in_currency("GBP"))
    assert outcome.reason == f"'12.5' is in {currency}, and the mapping says GBP"
    ((outcome,), _) = read(path, in_currency(currency))
    assert outcome.events[0].data.amount_minor == 1250


@pytest.mark.parametrize(("value", "name"), [(123, "00123"), (1234567, "1234567"), (0, "00000")])
def test_the_leading_zeros_of_a_number_format_are_part_of_an_id(tmp_path, value, name):
    ((outcome,), _) = read(formatted(tmp_path, "00000", value, 0))
    assert outcome.id == name
    cell = ods_amount(f'office:value-type="float" office:value="{value}"', name)
    ((outcome,), _) = read(ods_rows(tmp_path, [HEADER, [cell, *ROWS[0][1:]]]))
    assert outcome.id == name


@pytest.mark.parametrize("write", [xlsx, ods])
@pytest.mark.parametrize(("column", "path"), [(0, "id"), (1, "client")])
def test_an_id_or_a_client_that_a_spreadsheet_made_a_date_is_refused(tmp_path, write, column, path):
    rows = [list(row) for row in ROWS]
    rows[1][column] = date(2026, 3, 5)
    (first, second, third), _ = read(write(tmp_path, {"S": [HEADER, *rows]}))
    assert (first.id, third.id) == ("1", "3")
    assert second[1:] == (
        path,
        "2026-03-05: a spreadsheet made a date of it; export it as text",
    )


def test_a_date_is_an_id_where_it_is_one_of_several_or_the_date_of_the_row(tmp_path):
    path = xlsx(tmp_path, {"S": [HEADER, ROWS[0]]})
    for columns, name in (('["No", "Date"]', "1/2026-03-01"), ('["Date"]', "2026-03-01")):
        by = parse_mapping(MAPPING.replace('["No"]', columns), "test")
        ((outcome,), _) = read(path, by)
        assert outcome.id == name


@pytest.mark.parametrize("hours", [6, 30, 26.5])
def test_a_duration_is_no_date(tmp_path, hours):
    ((outcome,), _) = read(formatted(tmp_path, "[h]:mm", hours / 24, 2))
    assert "is not a date" in outcome.reason
    cell = (
        f'<table:table-cell office:value-type="time" office:time-value="PT{int(hours)}H30M00S">'
        f"<text:p>{int(hours)}:30</text:p></table:table-cell>"
    )
    ((outcome,), _) = read(ods_rows(tmp_path, [HEADER, [*ROWS[0][:2], cell, *ROWS[0][3:]]]))
    assert "is not a date" in outcome.reason


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Acme_x000D_\nLtd", "Acme\r\nLtd"),
        ("Acme_x000d_", "Acme"),
        ("a_x005F_x000D_b", "a_x000D_b"),
        ("_xD83D__xDE00_", "\U0001f600"),
        ("no_x12_one", "no_x12_one"),
    ],
)
def test_escapes_of_an_xlsx_are_undone(tmp_path, written, read_as):
    path = with_part(
        xlsx(tmp_path, {"S": [HEADER, ROWS[0]]}),
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace("Acme", written),
    )
    ((outcome,), _) = read(path)
    assert outcome.events[0].data.supplier == read_as


def test_line_breaks_and_tabs_of_an_ods_part_its_words(tmp_path):
    cell = (
        '<table:table-cell office:value-type="string"><text:p>Acme<text:line-break/>Cloud'
        "<text:tab/><text:span>Ltd</text:span><text:s/>EU</text:p><text:p>x</text:p>"
        "</table:table-cell>"
    )
    ((outcome,), _) = read(ods_rows(tmp_path, [HEADER, [*ROWS[0][:3], cell, *ROWS[0][4:]]]))
    assert outcome.events[0].data.supplier == "Acme\nCloud\tLtd EU\nx"
