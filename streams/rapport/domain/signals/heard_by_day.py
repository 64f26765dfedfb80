"""The signals that a client gave, by day."""

from typing import NamedTuple

from rapport.domain.ledger.measures import Measures


class HeardOn(NamedTuple):
    """How often a signal was heard on a day, and in what."""

    signal: str
    source: str
    """Where it was heard: in a text, or told."""
    day: int
    times: int


def heard_by_day(amounts: Measures, day: int) -> tuple[HeardOn, ...]:
    """Return every signal up to `day`, the newest first.

    >>> heard_by_day({"signal|options_open|text": {3: 2, 9: 1}, "touch|workshop": {3: 1}}, 5)
    (HeardOn(signal='options_open', source='text', day=3, times=2),)
    """
    rows = []
    for key, days in amounts.items():
        if key.startswith("signal|"):
            _, signal, source = key.split("|")
            rows += [HeardOn(signal, source, at, times) for at, times in days.items() if at <= day]
    return tuple(sorted(rows, key=lambda row: (-row.day, row.signal, row.source)))
