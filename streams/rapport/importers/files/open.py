"""Opens a file as a table; its first bytes and its name determine the format."""

from pathlib import Path

from rapport.importers.errors import ImportFailed
from rapport.importers.files.calendar import CalendarTable
from rapport.importers.files.delimited.csv_table import CsvTable
from rapport.importers.files.json_records.json_lines import JsonLines
from rapport.importers.files.table import Table
from rapport.importers.files.xlsx import Workbook
from rapport.importers.mapping.schema import FileOptions


def open_table(path: Path, options: FileOptions) -> Table:
    """Open a file as a table; raises `ImportFailed` with the reason."""
    match options.format or sniff_format(path):
        case "xlsx":
            return Workbook(path, options)
        case "jsonl":
            return JsonLines(path, options)
        case "ics":
            return CalendarTable(path)
        case _:
            return CsvTable(path, options)


def sniff_format(path: Path) -> str:
    """Return csv, xlsx, jsonl or ics; raises `ImportFailed` for a file that is none."""
    try:
        with path.open("rb") as file:
            start = file.read(15)
    except OSError as error:
        raise ImportFailed(f"{path} cannot be read: {error.strerror}") from error
    if not start:
        raise ImportFailed(f"{path} is empty; an export has at least a header")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise ImportFailed(f"{path} is an old or protected workbook; save it as XLSX or CSV")
    if start.removeprefix(b"\xef\xbb\xbf").upper().startswith(b"BEGIN:VCALEN"):
        return "ics"
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    if suffixes[-1:] in ([".jsonl"], [".ndjson"], [".json"]):
        return "jsonl"
    return "csv"
