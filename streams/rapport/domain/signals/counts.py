"""Which signals of a client were heard lately, and whether by a person or in a text."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from rapport.domain.ledger.measures import Measures

SIGNALS: Final = ("external_supplier", "options_open", "raise_the_level", "unclear_role")
WAYS: Final = {"heard": "person", "text": "text"}
"""The last word of a measure -> who heard it."""
WINDOW_DAYS: Final = 28


class Heard(NamedTuple):
    """How often a signal was heard in the last 28 days."""

    signal: str
    by: str
    """`person` (somebody told of it) or `text` (found in a comment)."""
    times: int


def heard(measures: Measures, day: int) -> tuple[Heard, ...]:
    """Return every signal and way, heard or not.

    >>> found = heard({"signal|options_open|text": {99: 2, 71: 5}}, 99)
    >>> [one for one in found if one.times], len(found)
    ([Heard(signal='options_open', by='text', times=2)], 8)
    """
    return tuple(
        Heard(signal, by, _recent(measures.get(f"signal|{signal}|{way}", {}), day))
        for signal in SIGNALS
        for way, by in WAYS.items()
    )


def _recent(days: Mapping[int, int], day: int) -> int:
    return sum(times for at, times in days.items() if day - WINDOW_DAYS < at <= day)
