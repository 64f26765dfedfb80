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
NUMBER: Final = re.compile(r"p?\d+\*")
"""A pattern for priorities by their number."""
NUMBERED: Final = re.compile(
    r"(?P<number>p?\d+)(?:[.,]0+)?(?!\w)\s*"
    r"(?P<mark>[-\u2013\u2014:=./()\[\],|]*)\s*(?P<rest>(?!\d).*?)[)\]]?"
)
DENIED: Final = re.compile(r"\b(?:not|non|no|niet|geen|nicht|kein\w*|pas)\b")
"""Words that make a priority's word its opposite."""


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


class PriorityValues(Values):
    """The meanings of priorities: a number, as in `1*`, ends where its digits end.

    >>> values = PriorityValues({"1*": "P1", "4*": "P4", "*low*": "P4"})
    >>> [values.find(text) for text in ("1 - Top", "4 (low)", "10 - odd", "1 week", "not low")]
    ['P1', 'P4', None, None, None]
    """

    def __init__(self, values: dict[str, Scalar]) -> None:
        super().__init__(values)
        of_number = [(p, m) for p, m in self._patterns if NUMBER.fullmatch(p)]
        self._numbers = self._exact | {pattern[:-1]: meaning for pattern, meaning in of_number}
        self._patterns = [one for one in self._patterns if one not in of_number]

    def of(self, text: str, path: str) -> Scalar:
        """Return a text's meaning; raises `RowError` if its number and its word contradict."""
        number, word = self._parts(text)
        if number is not None and word is not None and number != word:
            reading = f"{excerpt(text)} is {number} by its number and {word} by its word"
            raise RowError(path, f"{reading}; add the whole text to `values`")
        return super().of(text, path)

    def find(self, text: str) -> Scalar | None:
        """Return a text's meaning in `values`, or None."""
        key = text.strip().casefold()
        own = self._own(key)
        if own is not None:
            return own
        number, word = self._parts(text)
        found = word if number is None else number
        return found if found is not None else self._word(key) or self._other()

    def _own(self, key: str) -> Scalar | None:
        """Return the meaning of a text as a whole: it, or how it begins, is in `values`."""
        begins = (m for p, m in self._patterns if p[0] != "*" and fnmatchcase(key, p))
        return self._exact.get(key, next(begins, None))

    def _parts(self, text: str) -> tuple[Scalar | None, Scalar | None]:
        """Return the meanings of a text's number and of its word, for a text that has both."""
        key = text.strip().casefold()
        parts = NUMBERED.fullmatch(key)
        if parts is None or self._own(key) is not None:
            return None, None
        word = self._exact.get(parts["rest"], self._word(parts["rest"]))
        is_apart = parts["mark"] or not parts["rest"] or key[0] == "p" or word is not None
        return (self._numbers.get(parts["number"]) if is_apart else None), word

    def _word(self, key: str) -> Scalar | None:
        for pattern, meaning in self._patterns:
            if pattern.strip("*") and fnmatchcase(key, pattern):
                return None if DENIED.search(key) and not DENIED.search(pattern) else meaning
        return None

    def _other(self) -> Scalar | None:
        """Return the meaning of every other text."""
        return next((m for pattern, m in self._patterns if not pattern.strip("*")), None)


class Cell:
    """A field of a mapping, bound to a file."""

    values_type: type[Values] = Values

    def __init__(
        self, options: CellOptions, header: Header, path: str, *, optional: bool = False
    ) -> None:
        self.path = path
        self._constant = options.constant
        self._default = options.default
        self._values = self.values_type(options.values)
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

    def needed_truth(self, row: Cells) -> bool:
        """Return the value as a boolean; raises `RowError` without one."""
        return truth(self.needed(row), self.path)


class PriorityCell(Cell):
    """The priority of a ticket."""

    values_type = PriorityValues


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
