"""The dialect of a file of delimited values: its delimiter and its quote character."""

import csv
from typing import Final, NamedTuple

DELIMITERS: Final = ",;\t|"


class Dialect(NamedTuple):
    """The delimiter and the quote character of a file."""

    delimiter: str
    quote: str = '"'


def sniff_dialect(lines: list[str], delimiter: str | None = None) -> Dialect:
    r"""Return the dialect of a header and the lines below it.

    >>> sniff_dialect(["'id';'name'\n", "'1';'a,b'\n"])
    Dialect(delimiter=';', quote="'")
    """
    delimiter = delimiter or sniff_delimiter(lines)
    return Dialect(delimiter, "'" if lines and _all_single(lines[0], delimiter) else '"')


def sniff_delimiter(lines: list[str]) -> str:
    r"""Return the delimiter that gives the header and the lines below it the same column count.

    >>> sniff_delimiter(["id;name\n", "1;a,b\n"])
    ';'
    """
    if not lines:
        return ","
    counts = {
        mark: [len(row) for row in csv.reader(lines[:10], delimiter=mark)] for mark in DELIMITERS
    }
    return max(DELIMITERS, key=lambda mark: (counts[mark][0] > 1, _agreement(counts[mark])))


def _agreement(counts: list[int]) -> tuple[float, int]:
    same = sum(count == counts[0] for count in counts) / len(counts)
    return (same if counts[0] > 1 else 0.0), counts[0]


def _all_single(line: str, delimiter: str) -> bool:
    cells = line.strip().split(delimiter)
    return all(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in cells)
