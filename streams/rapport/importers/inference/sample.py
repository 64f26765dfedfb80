"""The sample from which a mapping is inferred: the first rows of a file."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from rapport.importers.inference import synonyms
from rapport.importers.mapping.absent import cost_of
from rapport.importers.mapping.columns import Cells, plain
from rapport.importers.mapping.dates.zones import without_zone

MISSING: Final = (
    *("?", "n/a", "null", "none", "-", "(empty)"),
    *("0000-00-00", "0000-00-00 00:00:00"),
)
CHANGE_ME: Final = "CHANGE-ME"
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
Check = Callable[[Sequence[str]], bool]


@dataclass
class Sample:
    """The header and first rows of a file."""

    header: list[str]
    rows: list[Cells]
    options: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    zone: str | None = None
    """The zone that the file itself says, in a row of Qualtrics below the header."""
    is_survey: bool = False
    """Whether a row below the header has the import ids of Qualtrics."""
    labels: dict[str, str] = field(default_factory=dict)
    """Column -> the text of its question, in a row below the header."""
    taken: set[str] = field(default_factory=set)
    """Columns that a field has; none is taken twice by a part of its name."""
    absent: list[str] = field(default_factory=list)
    """Texts in columns of dates that mean that there is no date."""
    refused: set[str] = field(default_factory=set)
    """Columns that look like a service level, and are none: no preset that reads one fits."""

    @cached_property
    def _by_key(self) -> dict[str, list[str]]:
        by_key: dict[str, list[str]] = {}
        for name in self.header:
            for key in dict.fromkeys((*keys_of(name), *keys_of(without_zone(name) or name))):
                by_key.setdefault(key, []).append(name)
        for name, label in self.labels.items():
            for key in dict.fromkeys(keys_of(label)):
                by_key.setdefault(key, []).append(name)
        return by_key

    def wording(self, column: str) -> str:
        """Return a column's name with the text of its question behind it."""
        return f"{column} {self.labels.get(column, '')}".rstrip()

    def find(self, names: Sequence[str]) -> str | None:
        """Return the first column with one of these names; one with values goes first."""
        return next(iter(self.find_all(names)), None)

    def find_all(self, names: Sequence[str]) -> list[str]:
        """Return every column with one of these names, in order of preference, empty ones last."""
        found = dict.fromkeys(column for name in names for column in self._by_key.get(name, ()))
        return sorted(found, key=lambda column: not self.values(column))

    def values(self, column: str) -> list[str]:
        """Return the values of a column that are not empty."""
        cells = (row[column] for row in self.rows if self.has_value(row, column))
        # A number of a workbook stays one: `strip` would make a text of it.
        return [value if value == value.strip() else value.strip() for value in cells]

    def has_value(self, row: Cells, column: str) -> bool:
        """Return whether a row has a value in a column."""
        value = row.get(column, "").strip()
        return bool(value) and value.casefold() not in MISSING

    def take(self, field_name: str, names: Sequence[str], check: Check | None = None) -> str | None:
        """Return the column of a field: by its name, else by a part of it and by its values.

        Without one a note says what is lost.
        """
        column = self.find(names)
        if column is None and check is not None:
            column = self.by_stem(field_name.rpartition(".")[2], check)
        if column is None:
            self.note_absent(field_name)
            return None
        self.taken.add(column)
        if self.rows and not self.values(column):
            self.notes.append(
                f"{column!r} was taken as {field_name}, but it is empty in the first "
                f"{len(self.rows)} rows: {cost_of(field_name)}"
            )
        return column

    def note_absent(self, field_name: str) -> None:
        """Add a note that a part of the contract has no column, and what that costs."""
        self.notes.append(f"no column was found for {field_name}: {cost_of(field_name)}")

    def needed(self, field_name: str, names: Sequence[str], check: Check | None = None) -> str:
        """Return the column of a field, or a placeholder to be replaced."""
        column = self.take(field_name, names, check)
        if column is None:
            self.notes[-1] += f"; put its column in place of {CHANGE_ME}"
        return column or CHANGE_ME

    def by_stem(self, stems_of: str, check: Check) -> str | None:
        """Return a column that a part of its name and its values make likely, with a note."""
        stems = synonyms.STEMS.get(stems_of, ())
        for column in self.header:
            words = keys_of(self.wording(column))[-1].split("-")
            is_named = any(word.startswith(stem) for word in words for stem in stems)
            is_other = stems_of == "amount" and is_no_amount(column)
            fits = is_named and not is_other and column not in self.taken
            if fits and check(self.values(column)):
                self.notes.append(
                    f"{column!r} was taken as {stems_of} by a part of its name: check it"
                )
                return column
        return None


def keys_of(name: str) -> tuple[str, ...]:
    """Return the keys of a column's name: as it is, and with its words apart.

    >>> keys_of("PaymentDate"), keys_of("Ticket#"), keys_of("Team#2"), keys_of("#")
    (('paymentdate', 'payment-date'), ('ticket', 'ticket'), ('team', 'team'), ('#', '#'))
    """
    bare = re.sub(r"#\d*$", "", name).strip() or name
    return plain(bare), plain(_CAMEL.sub(" ", bare))


def is_no_amount(column: str) -> bool:
    """Return whether the name of a column says that its numbers are no amounts.

    >>> [is_no_amount(one) for one in ("VAT amount", "Cost Center - ID", "Amount excl. VAT")]
    [True, True, False]
    """
    words = set(keys_of(column)[-1].split("-"))
    words -= {"unit", "units"} if "minor" in words else set()
    no_amount = synonyms.NO_AMOUNT
    return bool(words & {*no_amount["words"]}) and not words & {*no_amount["unless"]}


def are_texts(values: Sequence[str]) -> bool:
    """Return whether a column has values that are names: with letters, and not one for each row."""
    if not values or not all(any(letter.isalpha() for letter in value) for value in values):
        return False
    return len(values) < 5 or len(set(values)) < len(values)  # noqa: PLR2004 # in a few rows every name may differ
