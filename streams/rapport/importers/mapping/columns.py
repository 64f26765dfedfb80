"""Finds a mapping's columns in a header; case and spacing are ignored."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, Self

from rapport.domain.events.text_key import slug
from rapport.importers.errors import ImportFailed, RowError, excerpt
from rapport.importers.mapping.misread_text import misread
from rapport_schemas.fields import TEXT_CHARACTERS_MAX

Cells = dict[str, str]


class TypedNumber(str):
    """The text of a cell that is a number, in a workbook or in JSON: its mark is a point."""

    __slots__ = ("currencies",)
    currencies: frozenset[str] | None
    """The codes that the currency of the cell's format may mean; None without one."""

    def __new__(cls, value: object, currencies: frozenset[str] | None = None) -> Self:
        """Return the text of a number."""
        number = super().__new__(cls, value)
        number.currencies = currencies
        return number


class TypedDate(str):
    """The text of a cell that is a date without a time, in a workbook."""

    __slots__ = ()


ERRORS: Final = frozenset(
    [
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#ERROR!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#GETTING_DATA",
        "#N/B",
        "#WAARDE!",
        "#VERW!",
        "#DEEL/0!",
        "#NAAM?",
        "#GETAL!",
        "#LEEG!",
        "#NV",
        "#WERT!",
        "#BEZUG!",
        "#ZAHL!",
        "#VALEUR!",
        "#NOM?",
        "#NOMBRE!",
        "#NUL!",
    ]
) | {f"Err:{number}" for number in range(501, 541)}
"""The errors of spreadsheet programs, in English, Dutch, German and French."""
NOT_CALCULATED: Final = "\0formula"
"""The text of a cell with a formula whose value the file does not hold."""
MERGED: Final = "\0merged"
"""The text of an empty cell that is part of a merged cell, whose value stands on a row above."""
NO_TEXT: Final = ERRORS | {NOT_CALCULATED, MERGED}
SHOWN_TEXT: Final = ".display_value"
"""ServiceNow's JSON may have a field as an object: this is its text to show."""
LOST_LETTER: Final = "\ufffd"
"""Programs write this in place of a letter that they could not read."""
EXACT_FIELDS: Final = re.compile(r"id\.columns|client|purchase\.amount.*|.*_(at|on)|ticket\.sla.*")
"""Fields that are wrong when one letter of them is: ids, clients, dates and amounts."""


KEY_FIELDS: Final = frozenset({"id.columns", "client"})
"""Fields that make the key of a row, or of its client."""


class Header:
    """The columns of one file, and the texts of its empty cells."""

    def __init__(
        self, names: Sequence[str], missing: Sequence[str], expected: Iterable[str] = ()
    ) -> None:
        self.names = list(names)
        self._expected = frozenset(map(plain, expected))
        """Keys of the columns that the mapping names: none is suggested for another."""
        self.bindings: dict[str, tuple[str, ...]] = {}
        """Field -> its columns in this file; a field without a column has an empty tuple."""
        self._by_key: dict[str, list[str]] = {}
        """Key -> the columns with it: a column that the header repeats is among them."""
        for name in names:
            for key in {plain(name), _repeated(name)} - {None}:
                self._by_key.setdefault(str(key), []).append(name)
        self._missing = frozenset({"", *(value.casefold() for value in missing)})

    def find(self, names: Sequence[str], field: str) -> "Column":
        """Return the column of a field; raises `ImportFailed` if none of its names is there."""
        column = self.find_any(names, field)
        if not column.names:
            raise ImportFailed(
                f"{field} needs the column {' or '.join(map(repr, names))}, which is missing"
                f"{self._hint(names)}; the columns are {', '.join(map(repr, self.names[:60]))}"
            )
        return column

    def find_any(self, names: Sequence[str], field: str) -> "Column":
        """Return the column of a field that is optional in the file."""
        keys = {plain(name) for name in names}
        groups = [group for name in names for group in self._groups(name, keys)]
        column = Column(field, groups, self._missing)
        bound = self.bindings.get(field, ())
        self.bindings[field] = tuple(dict.fromkeys((*bound, *column.names)))
        return column

    def _groups(self, name: str, keys: set[str]) -> Iterator[tuple[str, ...]]:
        """Yield the columns with a name, and those with its text to show in ServiceNow's JSON.

        Columns of one name are not in a group if the mapping's `keys` has one by its number.
        """
        for wanted in (name, name + SHOWN_TEXT):
            group = self._by_key.get(plain(wanted), [])
            if wanted in self.names:
                yield (wanted,)
            elif not any(_repeated(one) and plain(one) in keys for one in group) or "#" in wanted:
                yield tuple(group)

    def find_texts(self, names: Sequence[str], field: str) -> "TextColumns":
        """Return every column of a free text; a name stands for all columns that repeat it."""
        keys = dict.fromkeys(map(plain, names))
        columns = [
            name for key in keys for name in self.names if key in (plain(name), _repeated(name))
        ]
        unique = tuple(dict.fromkeys(columns))
        self.bindings[field] = unique
        return TextColumns(unique, self._missing)

    def bound(self, fields: re.Pattern[str]) -> list["Column"]:
        """Return each column of this file that is bound to one of these fields."""
        names = [n for f, found in self.bindings.items() if fields.fullmatch(f) for n in found]
        return self._each(names)

    def bound_alone(self, field: str) -> list["Column"]:
        """Return each column of this file that is bound to this field and to no other."""
        others = {n for other, found in self.bindings.items() if other != field for n in found}
        return self._each(n for n in self.bindings.get(field, ()) if n not in others)

    def _each(self, names: Iterable[str]) -> list["Column"]:
        return [Column(name, [(name,)], self._missing) for name in dict.fromkeys(names)]

    def _hint(self, names: Sequence[str]) -> str:
        keys = {plain(name): name for name in self.names if plain(name) not in self._expected}
        for name in names:
            near = difflib.get_close_matches(plain(name), keys, 1, 0.6)
            if near:
                return f"; did you mean {keys[near[0]]!r}?"
        return ""


def stripped(value: str) -> str:
    """Return a cell without the spaces around it; a number and a date keep their type."""
    return value if isinstance(value, TypedNumber | TypedDate) else value.strip()


def plain(name: str) -> str:
    """Return a column's name, normalized for comparison.

    >>> plain("Opened  at"), plain("opened_at"), plain("Vestiging#2")
    ('opened-at', 'opened-at', 'vestiging#2')
    """
    head, mark, number = name.partition("#")
    key = slug(head)
    return f"{key if key != '-' else head.strip().casefold()}{mark}{number.strip()}"


def _repeated(name: str) -> str | None:
    """Return the key of the name that a column repeats, without its number; None if it does not.

    >>> _repeated("Comment#2"), _repeated("Comment")
    ('comment', None)
    """
    head, mark, number = name.rpartition("#")
    return plain(head) if mark and head and number.isdecimal() else None


class Column:
    """One field's columns in a file: the first one with a value in a row is used.

    The columns of a group have one name in the header: their values in a row must agree.
    """

    __slots__ = ("_missing", "_twins", "names", "path")

    def __init__(
        self, field: str, groups: Sequence[tuple[str, ...]], missing: frozenset[str]
    ) -> None:
        self.path = field
        self.names = tuple(dict.fromkeys(chain.from_iterable(groups)))
        self._twins = {name: group for group in groups if len(group) > 1 for name in group}
        self._missing = missing

    def text(self, row: Cells) -> str | None:
        """Return the value of a row, or None; raises `RowError` for a spreadsheet's error value."""
        found = self.found(row)
        return None if found is None else found[1]

    def found(self, row: Cells) -> tuple[str, str] | None:
        """Return the name of the column that has a value in a row, and the value."""
        for name in self.names:
            value = self._value(row, name)
            if value is not None:
                self._check(name, value)
                self._check_twins(row, name, value)
                return name, value
        return None

    def _value(self, row: Cells, name: str) -> str | None:
        value = row.get(name)
        if value and (value := stripped(value)).casefold() not in self._missing:
            return value
        return None

    def _check_twins(self, row: Cells, name: str, value: str) -> None:
        for twin in self._twins.get(name, ()):
            other = self._value(row, twin)
            if other is not None and other != value:
                raise RowError(
                    self.path,
                    f"{excerpt(value)} in {name!r}, and {excerpt(other)} in {twin!r}; "
                    "name one of the two columns in the mapping",
                )

    def _check(self, name: str, value: str) -> None:
        if value in ERRORS:
            raise RowError(self.path, f"{value} in {name!r} is an error of the spreadsheet")
        if value == NOT_CALCULATED:
            raise RowError(
                self.path,
                f"a formula that was never calculated, in {name!r}; open the file in a spreadsheet "
                "program and save it",
            )
        if value == MERGED:
            raise RowError(
                self.path,
                f"the value of {name!r} is in a merged cell that begins on a row above; unmerge "
                "the cells, write the value on each row and save the file",
            )
        if LOST_LETTER in value and EXACT_FIELDS.fullmatch(self.path):
            raise RowError(
                self.path,
                f"{excerpt(value)} in {name!r} has \ufffd: an earlier program lost a letter",
            )
        if self.path in KEY_FIELDS and (problem := misread(value)) is not None:
            raise RowError(self.path, f"{excerpt(value)} in {name!r} {problem}")

    def needed(self, row: Cells) -> str:
        """Return the value of a row; raises `RowError` without one."""
        value = self.text(row)
        if value is None:
            raise RowError(self.path, f"{' and '.join(map(repr, self.names))}: no value")
        return value


class TextColumns:
    """The columns of a free text: all values of a row are read."""

    __slots__ = ("_missing", "names")

    def __init__(self, names: tuple[str, ...], missing: frozenset[str]) -> None:
        self.names = names
        self._missing = missing

    def text(self, row: Cells) -> str | None:
        """Return the different values of a row, in order, up to the contract's length."""
        values = (row.get(name, "").strip() for name in self.names)
        read = (v for v in values if v.casefold() not in self._missing and v not in NO_TEXT)
        return "\n\n".join(dict.fromkeys(read))[:TEXT_CHARACTERS_MAX] or None
