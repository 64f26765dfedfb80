"""The rows of a file that may be its header: some files have titles, or other sheets, before it."""

from dataclasses import dataclass, field
from typing import NamedTuple


class HeaderCandidate(NamedTuple):
    """One of the first rows of a file or sheet."""

    sheet: str | None
    row: int
    names: list[str]
    typed_dates: bool = False


@dataclass(frozen=True, slots=True)
class Headers:
    """The candidates in the order of the file, and the sheets that are not among them."""

    candidates: list[HeaderCandidate]
    passed_over: list[str] = field(default_factory=list)
