"""Writer epochs: each owner of a changelog partition writes with a higher epoch.

A zombie writer (a worker that was paused past its session) writes with its old epoch. Recovery
skips a record whose epoch is lower than that of an earlier record.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rapport.domain.calendar import UTC_NAME

HEADER: Final = "term"
"""The name of the epoch's header, as earlier versions wrote it."""
ZONE_HEADER: Final = "zone"
"""The name of the header with the zone whose days a page has; a page without it has UTC's."""
Header = tuple[str, bytes | None]


class ForeignRange(NamedTuple):
    """Offsets of a changelog partition whose records its owner did not write."""

    partition: int
    start: int
    end: int


def safe_offset(next_offset: int, partition: int, ranges: Iterable[ForeignRange]) -> int:
    """Return the last offset that a store may claim to hold.

    It lies before `next_offset`, and before each foreign range that is not repaired yet: a restart
    after a crash must see the range again.

    >>> safe_offset(9, 0, []), safe_offset(9, 0, [ForeignRange(0, 7, 8), ForeignRange(1, 2, 3)])
    (8, 6)
    """
    return min([next_offset, *(one.start for one in ranges if one.partition == partition)]) - 1


def headers_of(epoch: int, zone: str = UTC_NAME) -> Sequence[tuple[str, bytes]]:
    """Return the headers of a record that is written in an epoch, with the days of a zone.

    >>> writer_epoch_of(headers_of(7)), writer_epoch_of([])
    (7, 0)
    """
    headers = [(HEADER, b"%d" % epoch)]
    return headers if zone == UTC_NAME else [*headers, (ZONE_HEADER, zone.encode())]


def zone_of(headers: Iterable[Header]) -> str:
    """Return the zone whose days the page of a record has.

    >>> zone_of(headers_of(7, "Pacific/Auckland")), zone_of(headers_of(7)), zone_of([])
    ('Pacific/Auckland', 'UTC', 'UTC')
    """
    for name, value in headers:
        if name == ZONE_HEADER and value:
            return value.decode(errors="replace")
    return UTC_NAME


def writer_epoch_of(headers: Iterable[Header]) -> int:
    """Return the epoch in which a record was written; 0 without a header."""
    for name, value in headers:
        if name == HEADER and value is not None and value.isdigit():
            return int(value)
    return 0
