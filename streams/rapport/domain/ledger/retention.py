"""How far back the ledger reaches: as of which day pages are removed, and which only after notice.

A page that is removed is gone for ever, so the worker's clock alone does not decide. Its day counts
when Kafka received events on it, and on others shortly before.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from rapport.domain.ledger.page import Change, Entry, iter_facts

WITNESSES: Final = 3
WITNESS_DAYS: Final = 30
"""A day is believed when events arrived on it, and on 3 of the 30 days that end with it."""
SUDDEN_DAYS: Final = 7
"""Pages that are longer past the horizon than this go after a notice."""
NOTICE_SECONDS: Final = 20 * 3600.0
"""So that a worker which is started anew every day gets there."""


class DeletionNotice(NamedTuple):
    """What was said before pages go that a day's change does not explain."""

    first_day: int
    """The first day that stays."""
    since_seconds: float
    """When it was said, on a clock that only goes on."""


def believed_day(arrival_days: Iterable[int], today: int) -> int | None:
    """Return the newest day, `today` or before, that is believed; None when there is none.

    `arrival_days` are the days on which events reached Kafka.

    >>> believed_day([98, 99, 100, 104], 100), believed_day([98, 99, 100], 4000)
    (100, 100)
    >>> believed_day([98, 99, 100, 4000], 4000), believed_day([99, 100], 100)
    (100, None)
    """
    days = sorted({day for day in arrival_days if day <= today}, reverse=True)
    for newest, witness in zip(days, days[WITNESSES - 1 :], strict=False):
        if newest - witness < WITNESS_DAYS:
            return newest
    return None


def is_sudden(oldest_day: int, first_day: int) -> bool:
    """Return whether more would go than a few changes of the day explain.

    >>> is_sudden(93, 100), is_sudden(92, 100)
    (False, True)
    """
    return first_day - oldest_day > SUDDEN_DAYS


def covers(notice: DeletionNotice | None, first_day: int) -> bool:
    """Return whether a notice speaks of all that would go before `first_day`.

    >>> notice = DeletionNotice(100, 0.0)
    >>> covers(notice, 101), covers(notice, 3000), covers(None, 100)
    (True, False, False)
    """
    return notice is not None and not is_sudden(notice.first_day, first_day)


def retraction_of(value: bytes) -> list[Change]:
    """Return what the removal of an encoded page changes.

    Raises `PageVersionError` when a newer version wrote the page.

    >>> from rapport.domain.ledger.page import Page, encode
    >>> retraction_of(encode(Page({7: (2, 10, b"fact"), 8: (0, 10, b"fact")}), 10))
    [Change(entries=[(0, 10, b'fact')], times=-2)]
    """
    changes: dict[int, list[Entry]] = {}
    for day, fact, times in iter_facts(value):
        changes.setdefault(times, []).append((0, day, fact))
    return [Change(entries, -times) for times, entries in changes.items()]
