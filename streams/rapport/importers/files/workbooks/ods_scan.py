"""What the XML of an ODS workbook says of its sheets and rows, apart from their values."""

import zipfile
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from rapport.importers.errors import ImportFailed
from rapport.importers.files.workbooks.merges import Merge, OpenMerges
from rapport.importers.files.workbooks.number_formats import NumberFormat
from rapport.importers.files.workbooks.package import (
    RowScan,
    SheetPart,
    attribute,
    elements,
    local_name,
)
from rapport.importers.mapping.columns import ERRORS, NOT_CALCULATED
from rapport.importers.mapping.money_marks import CURRENCIES

CONTENT: Final = "content.xml"
CELLS_MAX: Final = 5_000_000
"""A sheet with more is refused: the library holds all its cells in memory."""
_ROWS: Final = frozenset({"table", "table-row"})
_SHEETS: Final = frozenset({"table", "table-row", "style"})
_BREAKS: Final = {"line-break": "\n", "tab": "\t"}
_CELLS: Final = ("table-cell", "covered-table-cell")
_VALUES: Final = ("value", "date-value", "time-value", "boolean-value", "string-value")


class OdsPackage:
    """The sheets of an ODS workbook, by its own parts."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.sheets = list(self._sheets())

    def _sheets(self) -> Iterator[SheetPart]:
        """Yield every sheet; raises `ImportFailed` for more cells than fit in memory."""
        hidden: set[str] = set()
        name, cells = "", 0
        with self._archive.open(CONTENT) as file:
            for event, element in elements(file, _SHEETS):
                kind = local_name(element)
                if kind == "style" and event == "end" and _hides(element):
                    hidden.add(attribute(element, "name"))
                if kind == "table" and event == "start":
                    name = attribute(element, "name")
                    is_hidden = attribute(element, "style-name") in hidden
                    yield SheetPart(name, "hidden" if is_hidden else "", name)
                if kind == "table-row" and event == "end":
                    cells += _cells(element)
                if cells > CELLS_MAX:
                    raise ImportFailed(
                        f"the sheet {name!r} has more than {CELLS_MAX} cells; save it as CSV"
                    )

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def rows(self, part: str) -> Iterator[RowScan]:
        """Yield every row of a sheet that is not blank."""
        number, is_open, covered = 0, False, OpenMerges()
        with self._archive.open(CONTENT) as file:
            for event, element in elements(file, _ROWS):
                if local_name(element) == "table":
                    is_open = event == "start" and attribute(element, "name") == part
                    covered = OpenMerges()
                elif is_open and event == "end":
                    repeated = _repeats(element, "rows")
                    scan = _scan(element)
                    for row in range(number + 1, number + 1 + (repeated if scan.has_value else 0)):
                        yield scan._replace(row=row, texts={**covered.texts(row), **scan.texts})
                    for merge in _merges(element, number + 1):
                        covered.add(merge)
                    number += repeated


def _scan(row: Element) -> RowScan:
    texts: dict[int, str] = {}
    formats: dict[int, NumberFormat] = {}
    has_value = False
    column = 0
    for cell in row:
        if local_name(cell) not in _CELLS:
            continue
        repeated = _repeats(cell, "columns")
        is_set = _is_set(cell)
        if attribute(cell, "formula") and not attribute(cell, "value-type"):
            texts.update(dict.fromkeys(_range(column, repeated), NOT_CALCULATED))
        elif _is_error(cell):
            texts.update(dict.fromkeys(_range(column, repeated), _error(cell)))
        elif (text := _text_with_breaks(cell)) is not None:
            texts.update(dict.fromkeys(_range(column, repeated), text))
        elif (shown := _number_format(cell)) is not None:
            formats.update(dict.fromkeys(_range(column, repeated), shown))
        has_value = has_value or is_set
        column += repeated
    return RowScan(0, has_value or bool(texts), texts, formats)


def _number_format(cell: Element) -> NumberFormat | None:
    """Return what a cell shows beside its number: a currency or leading zeros; else None."""
    if not attribute(cell, "value"):
        return None
    code = attribute(cell, "currency").strip().casefold()
    text = _text(cell)
    digits = len(text) if text.startswith("0") and text.isdigit() and len(text) > 1 else 0
    if code in CURRENCIES or digits:
        return NumberFormat(CURRENCIES.get(code), digits)
    return None


def _text(cell: Element) -> str:
    """Return the text that a cell shows."""
    return "".join("".join(part.itertext()) for part in cell if local_name(part) == "p").strip()


def _range(column: int, repeated: int) -> range:
    return range(column, column + min(repeated, CELLS_MAX))


def _is_error(cell: Element) -> bool:
    """Return whether a cell is an error: its type says so beside that of its empty value."""
    return any(
        value == "error" and key.rpartition("}")[2] == "value-type" for key, value in cell.items()
    )


def _text_with_breaks(cell: Element) -> str | None:
    """Return the text of a cell with line breaks or tabs, which the library leaves out."""
    paragraphs = [part for part in cell if local_name(part) == "p"]
    if not any(local_name(part) in _BREAKS for one in paragraphs for part in one.iter()):
        return None
    return "\n".join(map(_paragraph, paragraphs))


def _paragraph(element: Element) -> str:
    """Return the text of a paragraph, or of a part of one."""
    text = _BREAKS.get(local_name(element), element.text or "")
    if local_name(element) == "s":
        text = " " * int(attribute(element, "c") or 1)
    return text + "".join(_paragraph(part) + (part.tail or "") for part in element)


def _error(cell: Element) -> str:
    """Return the error of a cell, as it is shown; `#VALUE!` for one without a known text."""
    text = _text(cell)
    return text if text in ERRORS else "#VALUE!"


def _merges(row: Element, number: int) -> Iterator[Merge]:
    """Yield the merged cells with a value that begin on a row and cover rows below it."""
    column = 0
    for cell in row:
        if local_name(cell) in _CELLS:
            rows, columns = _number(cell, "rows-spanned"), _number(cell, "columns-spanned")
            if rows > 1 and _is_set(cell):
                yield Merge(number, number + rows - 1, column, column + columns - 1)
            column += _repeats(cell, "columns")


def _is_set(cell: Element) -> bool:
    if any(attribute(cell, name) for name in _VALUES):
        return True
    return any("".join(part.itertext()) for part in cell if local_name(part) == "p")


def _cells(row: Element) -> int:
    """Return how many cells a row and its repetitions have, up to its last value."""
    cells = [cell for cell in row if local_name(cell) in _CELLS]
    while cells and not (_is_set(cells[-1]) or attribute(cells[-1], "formula")):
        cells.pop()
    return sum(_repeats(cell, "columns") for cell in cells) * _repeats(row, "rows")


def _repeats(element: Element, what: str) -> int:
    return _number(element, f"{what}-repeated")


def _number(element: Element, what: str) -> int:
    return int(attribute(element, f"number-{what}") or 1)


def _hides(style: Element) -> bool:
    return any(attribute(part, "display") == "false" for part in style)
