"""On which days each source had events: bit sets that are kept up to date, one a source.

A bit set counts backwards from its newest day, so that a new day is one bit and the view from any
day is one shift. Only where an amount goes away are the daily amounts asked again.
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
"""Per source (a Kafka topic), the kinds of measure that its events leave."""
_SOURCE_OF: Final = {kind: source for source, kinds in SOURCES.items() for kind in kinds}
DAYS_MAX: Final = 4200
"""Older days are not kept; the ledger's horizon is at most 4000 days."""
_MASK: Final = (1 << DAYS_MAX) - 1


class Activity:
    """The days with events of one client, per source."""

    __slots__ = ("_newest", "_sets")

    def __init__(self, amounts: Mapping[str, Iterable[int]]) -> None:
        found: dict[str, set[int]] = {source: set() for source in SOURCES}
        for measure, days in amounts.items():
            source = _source_of(measure)
            if source is not None:
                found[source].update(days)
        self._newest = {source: max(days, default=0) for source, days in found.items()}
        self._sets = {source: day_set(days, self._newest[source]) for source, days in found.items()}

    def add(self, measure: str, day: int) -> None:
        """Note that a measure has an amount on `day`."""
        source = _source_of(measure)
        if source is None:
            return
        newest = self._newest[source]
        if day > newest:
            self._sets[source] = ((self._sets[source] << (day - newest)) & _MASK) | 1
            self._newest[source] = day
        elif newest - day < DAYS_MAX:
            self._sets[source] |= 1 << (newest - day)

    def seen_from(self, day: int) -> dict[str, int]:
        """Return per source the days with events: bit 0 is `day`, bit 1 the day before.

        >>> amounts = {"ticket.reopened": {100: 2, 97: 1}, "buy.count|outside|it": {101: 1}}
        >>> Activity(amounts).seen_from(100)
        {'tickets': 9, 'procurement': 0, 'surveys': 0, 'relationship': 0}
        """
        return {
            source: _shifted(found, day - self._newest[source])
            for source, found in self._sets.items()
        }


def _shifted(days: int, by: int) -> int:
    return (days << by) & _MASK if by > 0 else days >> -by


@lru_cache(maxsize=65_536)
def _source_of(measure: str) -> str | None:
    return _SOURCE_OF.get(measure.split("|", 1)[0])


def day_set(days: Iterable[int], day: int) -> int:
    """Return days as a bit set, as seen from `day`.

    >>> bin(day_set([7, 4, 9], 7))
    '0b1001'
    """
    found = 0
    for at in days:
        if 0 <= day - at < DAYS_MAX:
            found |= 1 << (day - at)
    return found
