"""The format of a file, from its first bytes; formats that are not read are named in words."""

import re
from pathlib import Path, PurePosixPath
from typing import Final

from rapport.importers.errors import ImportFailed
from rapport.importers.files.containers import Content, content_of

JSON_SUFFIXES: Final = (".jsonl", ".ndjson", ".json")
SAVE: Final = "open it in a spreadsheet program and save it as XLSX or CSV"
NOT_READ: Final[tuple[tuple[bytes, str], ...]] = (
    (rb"%PDF-", "a PDF document; export the table as CSV or XLSX"),
    (rb"\{\\rtf", f"an RTF document; {SAVE}"),
    (rb"PK\x03\x04|PK\x05\x06", "a ZIP file in another; unpack it"),
    (rb"\x1f\x8b", "packed with gzip twice; unpack it"),
    (rb"7z\xbc\xaf|Rar!|BZh\d|\xfd7zXZ|\x28\xb5\x2f\xfd", "a packed file; unpack it"),
    (rb"PAR1", "a Parquet file; export it as CSV"),
    (rb"SQLite format 3", "an SQLite database; export the table as CSV"),
    (rb"ID;P", f"a SYLK file; {SAVE}"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "an image; export the table as CSV or XLSX"),
    (rb"MIME-Version:", f"a web page saved as one file (MHTML); {SAVE}"),
    (rb"From: <Saved by|Content-Type: multipart", f"a web page saved as one file; {SAVE}"),
    (rb"\x09[\x00\x02\x04\x08]..\x00", f"a workbook of a very old Excel; {SAVE}"),
)
WEB_PAGE: Final = re.compile(
    r"(<\?xml[^>]*>|<!--.*?-->|\s)*<(!doctype\s+html|html|head|body|table|meta|style|div|title)\b",
    re.IGNORECASE | re.DOTALL,
)
XML: Final = re.compile(r"\s*<(\?xml|\w+:?\w*[\s>/])", re.IGNORECASE)
CALENDAR: Final = re.compile(r"\s*BEGIN:VCALENDAR", re.IGNORECASE)
OLE: Final = b"\xd0\xcf\x11\xe0"
TAR: Final = b"ustar"


def sniff_format(path: Path) -> str:
    """Return csv, xlsx, ods, json or ics; raises `ImportFailed` with what else the file is."""
    content = content_of(path)
    if not content.start:
        raise ImportFailed(f"{path} is empty; an export has at least a header")
    reason = ""
    if content.parts:
        file_format, reason = document_format(content.parts)
    else:
        is_calendar = CALENDAR.match(_text(content.start))
        file_format, reason = "ics" if is_calendar else "csv", _not_read(content, path)
    if reason:
        raise ImportFailed(f"{path} is {reason}")
    return "json" if file_format == "csv" and _is_json(content) else file_format


def document_format(parts: tuple[str, ...]) -> tuple[str, str]:
    """Return the format of a document by the names in it, or what it is.

    >>> document_format(("[Content_Types].xml", "xl/workbook.xml"))
    ('xlsx', '')
    >>> document_format(("Index/Document.iwa",))
    ('', 'a Numbers or Pages document; export it as XLSX or CSV')
    """
    names = set(parts)
    if any(name.startswith("Index/") or name.endswith(".iwa") for name in names):
        return "", "a Numbers or Pages document; export it as XLSX or CSV"
    if "xl/workbook.bin" in names:
        return "", f"a binary workbook (XLSB); {SAVE}"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return "", "a text or presentation, and no workbook; export the table as CSV or XLSX"
    if "content.xml" in names:
        return "ods", ""
    return "xlsx", ""


def _not_read(content: Content, path: Path) -> str:
    """Return what a file is that is not read; an empty text for one that is."""
    start = content.start
    if start.startswith(OLE):
        return _compound_file(path, start)
    for pattern, reason in NOT_READ:
        if re.match(pattern, start, re.DOTALL):
            return reason
    if start[257:262] == TAR:
        return "a tar archive; unpack it"
    text = _text(start)
    if WEB_PAGE.match(text):
        named = f" named {PurePosixPath(content.name).suffix}"
        return f"a web page{named}; {SAVE}"
    if XML.match(text):
        return _xml(text)
    return ""


def _text(start: bytes) -> str:
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return start.decode(encoding, "replace")


def _xml(text: str) -> str:
    if "urn:schemas-microsoft-com:office:spreadsheet" in text or "Excel.Sheet" in text:
        return f"an XML spreadsheet of Excel 2003; {SAVE}"
    if "opendocument" in text:
        return f"an OpenDocument file in one piece (FODS); {SAVE}"
    return "an XML document; export the table as CSV, XLSX or JSON"


def _compound_file(path: Path, start: bytes) -> str:
    """Return what an OLE file is: its streams are named in UTF-16."""
    content = start
    if path.stat().st_size > len(start):
        with path.open("rb") as file:
            content = file.read(1 << 24)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return f"a workbook with a password; {SAVE}, without one"
    if "WordDocument".encode("utf-16-le") in content:
        return "an old Word document; export the table as CSV or XLSX"
    return f"an old workbook (XLS); {SAVE}"


def _is_json(content: Content) -> bool:
    if content.name.lower().endswith(JSON_SUFFIXES):
        return True
    text = _text(content.start).lstrip()
    return re.match(r'\{\s*"|\[\s*(\{|\]\s*$)', text) is not None
