"""Cells: a mapping's field, bound to a header, with its value in a row."""

import re
from fnmatch import fnmatchcase
from typing import Final

from rapport.importers.errors import RowError, excerpt
from rapport.importers.mapping.columns import Cells, Column, Header
from rapport.importers.mapping.schema import CellOptions, Scalar

YES: Final = frozenset({"true", "yes", "y", "1", "x", "ja", "j", "waar", "wahr", "oui", "si"})
NO: Final = frozenset({"false", "no", "n", "0", "nee", "nein", "onwaar", "falsch", "non"})

_ONE_OR_ZERO: Final = re.compile(r"([01])[.,]0+", re.ASCII)
"""Yes or no as a number of a workbook."""


class Values:
    """The meanings of a cell's texts: exact texts first, then patterns with `*`; ignores case.

    Where `yes` means yes, every other word for yes and no is known too.
    """

    def __init__(self, values: dict[str, Scalar]) -> None:
        plain = {text.casefold(): meaning for text, meaning in values.items()}
        self._exact = {text: meaning for text, meaning in plain.items() if "*" not in text}
        self._patterns = [(text, meaning) for text, meaning in plain.items() if "*" in text]
        self._texts = list(values)
        words = {text: known for text in self._exact if (known := known_truth(text)) is not None}
        self._knows_truth = bool(words) and all(
            plain[text] is known for text, known in words.items()
        )

    def of(self, text: str, path: str) -> Scalar:
        """Return a text's meaning, or the text without any `values`; raises `RowError`."""
        if not self._texts:
            return text
        meaning = self.find(text)
        if meaning is None and self._knows_truth:
            meaning = known_truth(text)
        if meaning is None:
            raise RowError(path, f"{excerpt(text)} is not among {', '.join(self._texts[:12])}")
        return meaning

    def find(self, text: str) -> Scalar | None:
        """Return a text's meaning in `values`, or None."""
        key = text.casefold()
        exact = self._exact.get(key)
        if exact is not None:
            return exact
        return next((m for pattern, m in self._patterns if fnmatchcase(key, pattern)), None)


class Cell:
    """A field of a mapping, bound to a file."""

    def __init__(
        self, options: CellOptions, header: Header, path: str, *, optional: bool = False
    ) -> None:
        self.path = path
        self._constant = options.constant
        self._default = options.default
        self._values = Values(options.values)
        optional = optional or options.default is not None or options.constant is not None
        find = header.find_any if optional else header.find
        self.column: Column = find(options.column, path)

    def value(self, row: Cells) -> Scalar | None:
        """Return the constant, the meaning of the row's text, the default, or None."""
        if self._constant is not None:
            return self._constant
        text = self.column.text(row)
        value = self._default if text is None else self._values.of(text, self.path)
        return None if value == "" else value

    def text(self, row: Cells) -> str | None:
        """Return the value as text."""
        value = self.value(row)
        return None if value is None else str(value)

    def needed(self, row: Cells) -> Scalar:
        """Return the value; raises `RowError` without one."""
        value = self.value(row)
        if value is None:
            raise RowError(self.path, f"{' and '.join(map(repr, self.column.names))}: no value")
        return value

    def whole(self, row: Cells, missing: int = 0) -> int:
        """Return the value as a whole number; `missing` without a value."""
        value = self.value(row)
        return missing if value is None else whole_number(value, self.path)

    def truth(self, row: Cells) -> bool | None:
        """Return the value as a boolean, in several languages; None without a value."""
        value = self.value(row)
        return None if value is None else truth(value, self.path)


def optional_cell(options: CellOptions | None, header: Header, path: str) -> Cell | None:
    """Return a field that is optional in the mapping, and whose column is optional in the file."""
    return None if options is None else Cell(options, header, path, optional=True)


def truth(value: Scalar, path: str) -> bool:
    """Return a text as a boolean; raises `RowError` for any other text.

    >>> truth("Ja", ""), truth("0", ""), truth("1.0", "")
    (True, False, True)
    """
    known = known_truth(str(value))
    if known is not None:
        return known
    raise RowError(path, f"{excerpt(str(value))} is neither yes nor no; add it to `values`")


def known_truth(text: str) -> bool | None:
    """Return what a word for yes or no means, in several languages; None for any other text."""
    key = _ONE_OR_ZERO.sub(r"\1", text.strip().casefold())
    return True if key in YES else False if key in NO else None


def whole_number(value: Scalar, path: str) -> int:
    """Return a whole number, also from text such as "3.0"; raises `RowError`."""
    text = str(value).strip().removesuffix(".0").removesuffix(",0")
    if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
        raise RowError(path, f"{excerpt(str(value))} is not a whole number")
    return int(text)
