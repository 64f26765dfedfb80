"""Counts of a client's signals from its measures: over the last 28 days, and per day."""

from collections.abc import Mapping
from typing import Final, NamedTuple, get_args

from rapport.domain.ledger.measures import Measures
from rapport_schemas.fields import Signal

SIGNALS: Final[tuple[Signal, ...]] = tuple(sorted(get_args(get_args(Signal)[0])))
REPORTERS: Final = {"heard": "person", "text": "text"}
"""The last word of a measure's name -> who reported the signal."""
WINDOW_DAYS: Final = 28


class SignalCount(NamedTuple):
    """How often a signal was reported in the last 28 days."""

    signal: str
    by: str
    """`person` (a colleague reported it) or `text` (found in a comment)."""
    times: int


class SignalDay(NamedTuple):
    """How often a signal was reported on one day, and from which source."""

    signal: str
    source: str
    """`heard` (a colleague reported it) or `text` (found in a comment)."""
    day: int
    times: int


def signal_counts(measures: Measures, day: int) -> tuple[SignalCount, ...]:
    """Return the count of every signal and reporter over 28 days; zeros included.

    >>> counts = signal_counts({"signal|options_open|text": {99: 2, 71: 5}}, 99)
    >>> [count for count in counts if count.times], len(counts)
    ([SignalCount(signal='options_open', by='text', times=2)], 8)
    """
    counts = []
    for signal in SIGNALS:
        for source, by in REPORTERS.items():
            days = measures.get(f"signal|{signal}|{source}")
            counts.append(SignalCount(signal, by, times_within(days, day) if days else 0))
    return tuple(counts)


def times_within(days: Mapping[int, int], day: int) -> int:
    """Return the times in the 28 days that end with `day`.

    >>> times_within({99: 2, 72: 1, 71: 5, 100: 7}, 99)
    3
    """
    return sum(times for at, times in days.items() if day - WINDOW_DAYS < at <= day)


def signals_by_day(measures: Measures, day: int) -> tuple[SignalDay, ...]:
    """Return the count of every signal, source and day up to `day`, the newest first.

    >>> signals_by_day({"signal|options_open|text": {3: 2, 9: 1}, "touch|workshop": {3: 1}}, 5)
    (SignalDay(signal='options_open', source='text', day=3, times=2),)
    """
    rows = []
    for name, days in measures.items():
        if name.startswith("signal|"):
            _, signal, source = name.split("|")
            rows += [
                SignalDay(signal, source, at, times) for at, times in days.items() if at <= day
            ]
    return tuple(sorted(rows, key=lambda row: (-row.day, row.signal, row.source)))
