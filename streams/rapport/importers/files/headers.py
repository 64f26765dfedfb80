"""The rows of a file that may be its header: some files have titles, or other sheets, before it."""

from dataclasses import dataclass, field
from typing import NamedTuple, Self


class HeaderCandidate(NamedTuple):
    """One of the first rows of a file or sheet."""

    sheet: str | None
    row: int
    names: list[str]
    typed_dates: bool = False


class OtherSheet(str):
    """A sheet, or a list of a JSON document, that is not read: its name with the reason."""

    __slots__ = ("has_columns", "name")
    name: str | None
    has_columns: bool
    """Whether it has the columns of the mapping, so that rows of the file are not read."""

    def __new__(cls, name: str | None, reason: str, *, has_columns: bool = False) -> Self:
        """Return the text for the summary.

        >>> OtherSheet("October", "hidden")
        "'October' (hidden)"
        """
        sheet = super().__new__(cls, f"{name!r} ({reason})")
        sheet.name, sheet.has_columns = name, has_columns
        return sheet


@dataclass(frozen=True, slots=True)
class Headers:
    """The candidates in the order of the file, and the sheets that are not among them."""

    candidates: list[HeaderCandidate]
    passed_over: list[OtherSheet] = field(default_factory=list)
