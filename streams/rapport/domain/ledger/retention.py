"""Retention of pages: the day before which pages are deleted, and when a notice comes first.

A deleted page cannot be restored, so a wrong clock must not delete one: a day counts only if Kafka
received events on it and on some days shortly before.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from rapport.domain.ledger.page import CountChange, Entry, iter_facts

ARRIVAL_DAYS_MIN: Final = 3
ARRIVAL_WINDOW_DAYS: Final = 30
"""A day is confirmed when events arrived on it, and on 3 of the 30 days that end with it."""
SUDDEN_DAYS: Final = 7
"""Pages that are past the horizon for longer than this are deleted after a notice only."""
NOTICE_SECONDS: Final = 20 * 3600.0
"""Less than a day, so that a worker that restarts every day still deletes pages."""


class DeletionNotice(NamedTuple):
    """Notice of a deletion that the passing of a day does not explain."""

    first_day: int
    """The first day that is kept."""
    since_seconds: float
    """When the notice was given, on a monotonic clock."""


def confirmed_day(arrival_days: Iterable[int], today: int) -> int | None:
    """Return the newest confirmed day up to `today`; None when there is none.

    `arrival_days` are the days on which events reached Kafka.

    >>> confirmed_day([98, 99, 100, 104], 100), confirmed_day([98, 99, 100], 4000)
    (100, 100)
    >>> confirmed_day([98, 99, 100, 4000], 4000), confirmed_day([99, 100], 100)
    (100, None)
    """
    days = sorted({day for day in arrival_days if day <= today}, reverse=True)
    for newest, earlier in zip(days, days[ARRIVAL_DAYS_MIN - 1 :], strict=False):
        if newest - earlier < ARRIVAL_WINDOW_DAYS:
            return newest
    return None


def is_sudden(oldest_day: int, first_day: int) -> bool:
    """Return whether more days would be deleted than a few days of running explain.

    >>> is_sudden(93, 100), is_sudden(92, 100)
    (False, True)
    """
    return first_day - oldest_day > SUDDEN_DAYS


def covers(notice: DeletionNotice | None, first_day: int) -> bool:
    """Return whether a notice announced the deletion of all days before `first_day`.

    >>> notice = DeletionNotice(100, 0.0)
    >>> covers(notice, 101), covers(notice, 3000), covers(None, 100)
    (True, False, False)
    """
    return notice is not None and not is_sudden(notice.first_day, first_day)


def retraction_of(value: bytes) -> list[CountChange]:
    """Return the changes that deleting an encoded page makes.

    Raises `PageVersionError` when a newer version wrote the page.

    >>> from rapport.domain.ledger.page import Page, encode
    >>> retraction_of(encode(Page({7: (2, 10, b"fact"), 8: (0, 10, b"fact")}), 10))
    [CountChange(entries=[(0, 10, b'fact')], times=-2)]
    """
    changes: dict[int, list[Entry]] = {}
    for day, fact, times in iter_facts(value):
        changes.setdefault(times, []).append((0, day, fact))
    return [CountChange(entries, -times) for times, entries in changes.items()]
