"""Which owner wrote a record of a changelog: owners of a partition count up, and say their number.

A worker that was frozen beyond its session writes with the number of its own time. Whoever recovers
the partition sees that the number is older than what came before, and does not take the record for
the newest word.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

HEADER: Final = "term"
Header = tuple[str, bytes | None]


class ForeignRange(NamedTuple):
    """Offsets of a changelog partition whose records its owner did not write."""

    partition: int
    start: int
    end: int


def safe_offset(following: int, partition: int, gaps: Iterable[ForeignRange]) -> int:
    """Return the last offset before `following` that a store may say it reaches.

    Until a gap is repaired, a start that comes after a crash must see it again.

    >>> reached(9, 0, []), reached(9, 0, [Gap(0, 7, 8), Gap(0, 4, 5), Gap(1, 2, 3)])
    (8, 3)
    """
    return min([following, *(gap.start for gap in gaps if gap.partition == partition)]) - 1


def headers_of(term: int) -> Sequence[tuple[str, bytes]]:
    """Return the headers of a record that is written in a term.

    >>> term_of(headers_of(7)), term_of([])
    (7, 0)
    """
    return [(HEADER, b"%d" % term)]


def epoch_of(headers: Iterable[Header]) -> int:
    """Return the term in which a record was written; 0 when it does not say."""
    for name, value in headers:
        if name == HEADER and value is not None and value.isdigit():
            return int(value)
    return 0
