"""What the XML of an XLSX workbook says of its sheets and rows, apart from their values.

A program that writes a workbook need not calculate its formulas. Such a cell has no value, or 0
in a workbook that asks for a calculation when it is opened; spreadsheet programs show the result.
"""

import zipfile
from collections.abc import Iterator
from string import ascii_letters
from typing import IO, Final
from xml.etree.ElementTree import Element

from rapport.importers.files.workbooks.merges import Merge, OpenMerges
from rapport.importers.files.workbooks.number_formats import NumberFormat, number_format
from rapport.importers.files.workbooks.package import (
    RowScan,
    SheetPart,
    attribute,
    elements,
    local_name,
    part_tree,
    related_parts,
)
from rapport.importers.mapping.columns import NOT_CALCULATED

SHEET_STATES: Final = {"hidden": "hidden", "veryHidden": "very hidden"}
_ROWS: Final = frozenset({"row"})
_MERGES: Final = frozenset({"row", "mergeCell"})
_CHUNK_BYTES: Final = 1 << 20
_STRINGS: Final = frozenset({"si"})


class XlsxPackage:
    """The sheets of an XLSX workbook, by its own parts."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        roots = related_parts(archive, "")
        self._workbook = next(
            (part for kind, part in roots.values() if kind == "officeDocument"), "xl/workbook.xml"
        )
        self._parts = related_parts(archive, self._workbook)
        self.sheets: list[SheetPart] = []
        self._is_recalculated = False
        self._formats = dict(self._styles())
        for element in part_tree(archive, self._workbook) or ():
            if local_name(element) == "sheets":
                self.sheets = [self._sheet(sheet) for sheet in element]
            if local_name(element) == "calcPr":
                self._is_recalculated = attribute(element, "fullCalcOnLoad") in ("1", "true")

    def _styles(self) -> Iterator[tuple[str, NumberFormat]]:
        """Yield the number of each style of cells whose format shows more than the value."""
        part = next((part for kind, part in self._parts.values() if kind == "styles"), "")
        codes: dict[str, str] = {}
        tables = {local_name(table): table for table in part_tree(self._archive, part) or ()}
        for one in tables.get("numFmts", ()):
            codes[attribute(one, "numFmtId")] = attribute(one, "formatCode")
        for number, style in enumerate(tables.get("cellXfs", ())):
            found = number_format(codes.get(attribute(style, "numFmtId"), ""))
            if found is not None:
                yield str(number), found

    def _sheet(self, element: Element) -> SheetPart:
        kind, part = self._parts.get(attribute(element, "id"), ("", ""))
        state = SHEET_STATES.get(attribute(element, "state"), "")
        if kind != "worksheet":
            state = "a chart" if kind == "chartsheet" else "no worksheet"
        return SheetPart(attribute(element, "name"), state, part)

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def rows(self, part: str) -> Iterator[RowScan]:
        """Yield every row of a sheet's part."""
        blank = self._blank_strings()
        merges, covered = self._merges(part), OpenMerges()
        number = 0
        with self._archive.open(part) as file:
            for event, row in elements(file, _ROWS):
                if event == "end":
                    number = int(attribute(row, "r") or number + 1)
                    scan = self._row(number, row, blank)
                    yield scan._replace(texts={**covered.texts(number), **scan.texts})
                    for merge in merges.get(number, ()):
                        if merge.first_column in _columns_with_value(row):
                            covered.add(merge)

    def _merges(self, part: str) -> dict[int, list[Merge]]:
        """Return the merged cells of a sheet that cover several rows, by their first row."""
        found: dict[int, list[Merge]] = {}
        with self._archive.open(part) as file:
            if not _has(file, b"mergeCell"):
                return found
        with self._archive.open(part) as file:
            for event, element in elements(file, _MERGES):
                if event == "end" and local_name(element) == "mergeCell":
                    merge = _merge(attribute(element, "ref"))
                    if merge.last_row > merge.first_row:
                        found.setdefault(merge.first_row, []).append(merge)
        return found

    def _row(self, number: int, row: Element, blank: set[str]) -> RowScan:
        texts, formats = {}, {}
        has_value = False
        for column, cell in enumerate(row):
            formula, value = _formula_and_value(cell)
            if not has_value and value:
                has_value = cell.get("t") != "s" or value not in blank
            if formula and self._lacks_value(cell, value):
                texts[_column(cell.get("r", ""), column)] = NOT_CALCULATED
            if cell.get("s", "") in self._formats:
                formats[_column(cell.get("r", ""), column)] = self._formats[cell.get("s", "")]
        return RowScan(number, has_value or bool(texts), texts, formats)

    def _lacks_value(self, cell: Element, value: str | None) -> bool:
        """Return whether a cell with a formula has no value that was calculated.

        The empty text is a value: its cell says by its type that it is a text.
        """
        is_text = cell.get("t") == "str" and value is not None
        return not (value or is_text) or (value == "0" and self._is_recalculated)

    def _blank_strings(self) -> set[str]:
        """Return the numbers of the shared strings that are empty."""
        part = next((part for kind, part in self._parts.values() if kind == "sharedStrings"), "")
        blank: set[str] = set()
        if part not in self._archive.namelist():
            return blank
        number = 0
        with self._archive.open(part) as file:
            for event, string in elements(file, _STRINGS):
                if event == "end":
                    if not any(text.text for text in string.iter() if local_name(text) == "t"):
                        blank.add(str(number))
                    number += 1
        return blank


def _formula_and_value(cell: Element) -> tuple[bool, str | None]:
    """Return whether a cell has a formula, and its value; None without one."""
    formula, value = False, None
    for part in cell:
        tag = part.tag
        if tag.endswith("v"):
            value = part.text or ""
        elif tag.endswith("f"):
            formula = True
        elif tag.endswith("is"):
            value = "".join(text.text or "" for text in part.iter() if local_name(text) == "t")
    return formula, value


def _columns_with_value(row: Element) -> set[int]:
    return {
        _column(cell.get("r", ""), column)
        for column, cell in enumerate(row)
        if any(_formula_and_value(cell))
    }


def _has(file: IO[bytes], word: bytes) -> bool:
    """Return whether a file has a word; that is faster than to read its XML."""
    end = b""
    while chunk := file.read(_CHUNK_BYTES):
        if word in end + chunk:
            return True
        end = chunk[-len(word) :]
    return False


def _merge(reference: str) -> Merge:
    """Return a merged cell.

    >>> _merge("E2:F3")
    Merge(first_row=2, last_row=3, first_column=4, last_column=5)
    """
    first, _, last = reference.replace("$", "").partition(":")
    last = last or first
    first_row, last_row = (int(one.lstrip(ascii_letters) or 0) for one in (first, last))
    return Merge(first_row, last_row, _column(first, 0), _column(last, 0))


def _column(reference: str, following: int) -> int:
    """Return the number of a cell's column, from 0.

    >>> _column("C7", 0), _column("AA1", 0), _column("", 4)
    (2, 26, 4)
    """
    number = 0
    for letter in reference.rstrip("0123456789").upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1 if number else following
