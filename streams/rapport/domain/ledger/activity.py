"""Active days: per source, a bit set of the days on which it had events.

A bit set counts backwards from its newest day: a new day sets one bit, and reading at any day takes
one shift. The caller builds the sets again after an amount was removed.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

SOURCES: Final[Mapping[str, frozenset[str]]] = {
    "tickets": frozenset({"ticket.opened", "ticket.closed", "ticket.reopened", "ticket.rated"}),
    "procurement": frozenset({"buy.count"}),
    "surveys": frozenset({"survey.invited", "survey.answered", "answer"}),
    "relationship": frozenset({"touch", "signal", "promise", "proposal", "knowledge"}),
}
"""Source (a Kafka topic) -> the kinds of measure that its events add to."""
_SOURCE_OF: Final = {kind: source for source, kinds in SOURCES.items() for kind in kinds}
DAYS_MAX: Final = 4200
"""Older days are dropped; the ledger's horizon is at most 4000 days."""
_MASK: Final = (1 << DAYS_MAX) - 1


class Activity:
    """Days with events of one client, per source."""

    __slots__ = ("_newest", "_sets")

    def __init__(self, amounts: Mapping[str, Iterable[int]]) -> None:
        active: dict[str, set[int]] = {source: set() for source in SOURCES}
        for measure, days in amounts.items():
            source = _source_of(measure)
            if source is not None:
                active[source].update(days)
        self._newest = {source: max(days, default=0) for source, days in active.items()}
        self._sets = {source: day_set(active[source], day) for source, day in self._newest.items()}

    def add(self, measure: str, day: int) -> None:
        """Mark `day` as active for the source of a measure."""
        source = _source_of(measure)
        if source is None:
            return
        newest = self._newest[source]
        if day > newest:
            self._sets[source] = ((self._sets[source] << (day - newest)) & _MASK) | 1
            self._newest[source] = day
        elif newest - day < DAYS_MAX:
            self._sets[source] |= 1 << (newest - day)

    def active_days(self, day: int) -> dict[str, int]:
        """Return the bit set of each source: bit 0 is `day`, bit 1 the day before.

        >>> amounts = {"ticket.reopened": {100: 2, 97: 1}, "buy.count|outside|it": {101: 1}}
        >>> Activity(amounts).active_days(100)
        {'tickets': 9, 'procurement': 0, 'surveys': 0, 'relationship': 0}
        """
        return {
            source: _shift(days, day - self._newest[source]) for source, days in self._sets.items()
        }


def _shift(days: int, by: int) -> int:
    return (days << by) & _MASK if by > 0 else days >> -by


@lru_cache(maxsize=65_536)
def _source_of(measure: str) -> str | None:
    return _SOURCE_OF.get(measure.split("|", 1)[0])


def day_set(days: Iterable[int], day: int) -> int:
    """Return days as a bit set: bit 0 is `day`, bit 1 the day before; later days are left out.

    >>> bin(day_set([7, 4, 9], 7))
    '0b1001'
    """
    bits = 0
    for active_day in days:
        if 0 <= day - active_day < DAYS_MAX:
            bits |= 1 << (day - active_day)
    return bits
