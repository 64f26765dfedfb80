"""Opens a file as a table, and shows the rows that may be its header."""

from pathlib import Path
from typing import Final

from rapport.importers.errors import ImportFailed
from rapport.importers.files.calendar import COLUMNS, CalendarTable
from rapport.importers.files.delimited.csv_table import CsvTable, csv_headers
from rapport.importers.files.formats import sniff_format
from rapport.importers.files.headers import HeaderCandidate, Headers
from rapport.importers.files.json_records.json_document import json_headers, open_json
from rapport.importers.files.table import Table, first_row
from rapport.importers.files.workbooks.workbook import Workbook, workbook_headers
from rapport.importers.mapping.schema import FileOptions

HEADER_ROWS_MAX: Final = 10
WORKBOOKS: Final = ("xlsx", "ods")


def open_table(path: Path, options: FileOptions) -> Table:
    """Open a file as a table; raises `ImportFailed` with the reason."""
    file_format = _format(path, options)
    if file_format in WORKBOOKS:
        return Workbook(path, options, file_format)
    if file_format in ("json", "jsonl"):
        return open_json(path, options)
    if file_format == "ics":
        return CalendarTable(path)
    return CsvTable(path, options)


def find_headers(path: Path, options: FileOptions) -> Headers:
    """Return the rows that may be the header, of every sheet; raises `ImportFailed`."""
    file_format = _format(path, options)
    rows = options.header_row or HEADER_ROWS_MAX
    if file_format in WORKBOOKS:
        headers = workbook_headers(path, options, file_format, rows)
    elif file_format in ("json", "jsonl"):
        return json_headers(path, options)
    elif file_format == "ics":
        return Headers([HeaderCandidate(None, 1, list(COLUMNS))])
    else:
        headers = csv_headers(path, options, rows)
    first = first_row(options)
    candidates = [one for one in headers.candidates if one.row >= first]
    if not candidates:
        raise ImportFailed(f"{path} has no header: it is empty or ends before row {first}")
    return Headers(candidates, headers.passed_over)


def _format(path: Path, options: FileOptions) -> str:
    """Return the format: what a mapping says of a text is believed, once the file is one."""
    file_format = sniff_format(path)
    is_text = file_format not in WORKBOOKS and options.format not in WORKBOOKS
    if options.format is None or options.format == file_format or is_text:
        return options.format or file_format
    raise ImportFailed(f"the mapping says {options.format}, but {path} is {file_format}")
