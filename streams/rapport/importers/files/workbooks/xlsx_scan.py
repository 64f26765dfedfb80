"""What the XML of an XLSX workbook says of its sheets and rows, apart from their values.

A program that writes a workbook need not calculate its formulas. Such a cell has no value, or 0
in a workbook that asks for a calculation when it is opened; spreadsheet programs show the result.
"""

import zipfile
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from rapport.importers.files.workbooks.package import (
    RowScan,
    SheetPart,
    attribute,
    elements,
    local_name,
    part_tree,
    related_parts,
)

SHEET_STATES: Final = {"hidden": "hidden", "veryHidden": "very hidden"}
_ROWS: Final = frozenset({"row"})
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
        for element in part_tree(archive, self._workbook) or ():
            if local_name(element) == "sheets":
                self.sheets = [self._sheet(sheet) for sheet in element]
            if local_name(element) == "calcPr":
                self._is_recalculated = attribute(element, "fullCalcOnLoad") in ("1", "true")

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
        number = 0
        with self._archive.open(part) as file:
            for event, row in elements(file, _ROWS):
                if event == "end":
                    number = int(attribute(row, "r") or number + 1)
                    yield self._row(number, row, blank)

    def _row(self, number: int, row: Element, blank: set[str]) -> RowScan:
        not_calculated = set()
        has_value = False
        column = -1
        for cell in row:
            if local_name(cell) != "c":
                continue
            column = _column(attribute(cell, "r"), column + 1)
            if self._lacks_value(cell):
                not_calculated.add(column)
            has_value = has_value or _has_text(cell, blank)
        return RowScan(number, has_value or bool(not_calculated), frozenset(not_calculated))

    def _lacks_value(self, cell: Element) -> bool:
        """Return whether a cell has a formula whose value was never calculated.

        The empty text is a value: its cell says by its type that it is a text.
        """
        parts = {local_name(part): part.text or "" for part in cell}
        if "f" not in parts:
            return False
        value = parts.get("v", "")
        is_text = attribute(cell, "t") == "str" and "v" in parts
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


def _has_text(cell: Element, blank: set[str]) -> bool:
    is_shared = attribute(cell, "t") == "s"
    for part in cell.iter():
        if local_name(part) in ("v", "t") and part.text:
            return not (is_shared and part.text in blank)
    return False


def _column(reference: str, following: int) -> int:
    """Return the number of a cell's column, from 0.

    >>> _column("C7", 0), _column("AA1", 0), _column("", 4)
    (2, 26, 4)
    """
    number = 0
    for letter in reference.rstrip("0123456789").upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1 if number else following
