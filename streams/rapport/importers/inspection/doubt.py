"""A value with two readings, and the error that refuses its whole file."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from rapport.importers.errors import RefusedFile, excerpt
from rapport.importers.mapping.columns import Cells


class Example(NamedTuple):
    """The first value of its sort in the file."""

    line: int
    column: str
    text: str


class Doubt(NamedTuple):
    """A value with two readings; any doubt refuses the whole file."""

    line: int
    column: str
    text: str
    readings: tuple[str, ...]
    settle: str
    """The option or the key of the mapping that settles it."""
    rows: int
    """The number of rows with such a value."""

    def __str__(self) -> str:
        place = f"line {self.line}, {self.column!r}: {excerpt(self.text)}"
        rows = f" ({self.rows} such rows)" if self.rows > 1 else ""
        return f"{place} is either {', or '.join(self.readings)}{rows}; {self.settle}"


class Fact(NamedTuple):
    """What a check found out and an import says at its end."""

    name: Literal["date_order", "zone", "decimal", "decimal_mark", "currencies", "notes"]
    text: str


class Check(ABC):
    """One check of the inspection: it sees every readable row once."""

    @abstractmethod
    def see(self, line: int, cells: Cells) -> None:
        """Look at one row."""

    def see_header_row(self, cells: Cells) -> None:  # noqa: B027 # only one check needs it
        """Look at a row below the names that the reader passes over."""

    def doubts(self) -> Iterator[Doubt]:
        """Yield the doubts about the rows that were seen; some checks only state facts."""
        yield from ()

    def facts(self) -> Iterator[Fact]:
        """Yield what the rows say, for the summary; some checks only doubt."""
        yield from ()


class DoubtfulFile(RefusedFile):
    """The file has values with two readings; nothing is published and nothing is withdrawn."""

    def __init__(self, path: Path, doubts: Sequence[Doubt]) -> None:
        self.doubts = tuple(doubts)
        lines = "".join(f"\n  {doubt}" for doubt in doubts)
        super().__init__(f"{path} has values with two readings, so nothing was published:{lines}")
