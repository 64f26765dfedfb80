"""Tallies: named, decayed sums over a client's measures, which are all that scores read.

A measure such as `ticket.closed|P3|met|person` counts, under a policy, for one or more tallies,
each with a weight and a half-life; some measures also leave a mark, whose newest day is remembered.
`Tallies` are kept up to date by signed additions and read at today in time that does not depend on
the length of the history; `History` reads the same integers at any day of the past. The two agree
to the last bit, because a tally is one integer whatever the order of its additions.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from typing import Final, NamedTuple, Protocol

from rapport.domain.ledger.decay import UNIT, growth

VOLUME: Final = "volume"


class Contribution(NamedTuple):
    """What one unit of a measure adds to a tally on its own day, in units of 2^-40."""

    tally: str
    half_life_days: int
    units: int


class MeasureRule(NamedTuple):
    """What a measure counts for."""

    contributions: tuple[Contribution, ...] = ()
    mark: str | None = None
    """The mark whose newest day this measure's days move."""


NO_MEASURE_RULE: Final = MeasureRule()
"""Of a measure that counts for no tally."""


class MeasureRules(Protocol):
    """Says what every measure counts for."""

    def rule(self, key: str) -> MeasureRule:
        """Return what the measure `key` counts for."""


@dataclass(frozen=True, slots=True)
class DecayedSums:
    """A client's tallies at the end of one day: nothing that came after it counts."""

    day: int
    sums: Mapping[str, int]
    """Tally -> decayed sum, in units of 2^-40; a tally of nothing is absent."""
    newest: Mapping[str, int]
    """Mark -> the newest day that left it."""

    def __getitem__(self, tally: str) -> int:
        return self.sums.get(tally, 0)


class DecayedSumIndex:
    """The tallies of one client under one set of rules, kept by signed additions."""

    __slots__ = ("_grown", "_marks", "newest_day", "rules")

    def __init__(self, rules: MeasureRules, amounts: Mapping[str, Mapping[int, int]]) -> None:
        self.rules = rules
        self.newest_day = 0
        """No amount is of a later day; a removal may leave it too late, which only costs time."""
        self._grown: defaultdict[int, dict[str, int]] = defaultdict(dict)
        self._marks: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for key, days in amounts.items():
            self._add_all(key, days)

    def add(self, key: str, at: int, amount: int, days: Mapping[int, int]) -> None:
        """Count `amount` more of a measure on day `at`; `days` are its amounts after that."""
        shares, mark = self.rules.rule(key)
        if not shares and mark is None:
            return
        self.newest_day = max(self.newest_day, at)
        for tally, half_life_days, units in shares:
            self._grow(tally, half_life_days, units * amount * growth(half_life_days)[at])
        if mark is not None:
            self._mark(mark, key, at, days)

    def sums_at(self, day: int) -> DecayedSums:
        """Return the tallies at `day`, which is `newest_day` or later."""
        sums: dict[str, int] = {}
        for half_life_days, grown in self._grown.items():
            weight = growth(half_life_days)[day]
            for tally, total in grown.items():
                sums[tally] = total // weight
        newest = {mark: max(days.values()) for mark, days in self._marks.items() if days}
        return DecayedSums(day, sums, newest)

    def _add_all(self, key: str, days: Mapping[int, int]) -> None:
        shares, mark = self.rules.rule(key)
        if not shares and mark is None:
            return
        newest_day = max(days)
        self.newest_day = max(self.newest_day, newest_day)
        for tally, half_life_days, units in shares:
            weights = map(growth(half_life_days).__getitem__, days)
            self._grow(tally, half_life_days, units * sum(map(mul, days.values(), weights)))
        if mark is not None:
            self._marks[mark][key] = newest_day

    def _grow(self, tally: str, half_life_days: int, amount: int) -> None:
        sums = self._grown[half_life_days]
        total = sums.get(tally, 0) + amount
        if total:
            sums[tally] = total
        else:
            sums.pop(tally, None)

    def _mark(self, mark: str, key: str, at: int, days: Mapping[int, int]) -> None:
        marks = self._marks[mark]
        if at in days:
            marks[key] = max(marks.get(key, at), at)
        elif marks.get(key) == at:
            if days:
                marks[key] = max(days)
            else:
                del marks[key]


_Running = tuple[str, list[int], list[int]]
"""A tally, and what `_running` says of it."""


class DecayedSumHistory:
    """The tallies of one client at any day, from its daily amounts."""

    def __init__(self, rules: MeasureRules, amounts: Mapping[str, Mapping[int, int]]) -> None:
        daily: defaultdict[tuple[str, int], defaultdict[int, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        marks: defaultdict[str, set[int]] = defaultdict(set)
        for key, days in amounts.items():
            rule = rules.rule(key)
            for tally, half_life_days, units in rule.contributions:
                sums = daily[tally, half_life_days]
                for at, amount in days.items():
                    sums[at] += amount * units
            if rule.mark is not None:
                marks[rule.mark].update(days)
        self._marks = {mark: sorted(days) for mark, days in marks.items()}
        self._grown: defaultdict[int, list[_Running]] = defaultdict(list)
        for (tally, half_life_days), sums in daily.items():
            self._grown[half_life_days].append((tally, *_running(sums, half_life_days)))

    def sums_at(self, day: int) -> DecayedSums:
        """Return the tallies at the end of `day`, of what is known now."""
        return DecayedSums(day, dict(self._sums(day)), dict(self._newest(day)))

    def _sums(self, day: int) -> Iterator[tuple[str, int]]:
        for half_life_days, grown in self._grown.items():
            weight = growth(half_life_days)[day]
            for tally, days, totals in grown:
                total = totals[bisect_right(days, day)]
                if total:
                    yield tally, total // weight

    def _newest(self, day: int) -> Iterator[tuple[str, int]]:
        for mark, days in self._marks.items():
            place = bisect_right(days, day)
            if place:
                yield mark, days[place - 1]


def _running(sums: Mapping[int, int], half_life_days: int) -> tuple[list[int], list[int]]:
    """Return the days, and the grown sum before the first of them and after each."""
    weights, days = growth(half_life_days), sorted(sums)
    grown = map(mul, map(sums.__getitem__, days), map(weights.__getitem__, days))
    return days, list(accumulate(grown, initial=0))


def volume_contributions(key: str, half_life_days: int) -> tuple[Contribution, ...]:
    """Return what a measure counts for in the volume of contact: each contact is one."""
    if key.startswith(("ticket.opened|", "touch|")):
        return (Contribution(VOLUME, half_life_days, UNIT),)
    return ()


def volume(standing: DecayedSums) -> float:
    """Return the decayed number of contacts: tickets opened and touchpoints."""
    return standing[VOLUME] / UNIT
