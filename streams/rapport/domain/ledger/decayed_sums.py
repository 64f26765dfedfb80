"""Decayed sums: named sums over a client's measures with forward decay; scores read only these.

Under a policy, a measure such as `ticket.closed|P3|met|person` contributes to one or more sums,
each with a weight and a half-life. A measure may also set a mark, whose newest day is kept; belong
to a set of days, of which every day is kept; and be evidence of a source, whose weights are
added up per day when they are read (`newest_evidence.py`).
`DecayedSumIndex` is updated by signed additions, and reads today in time that does not depend on
the length of the history. `DecayedSumHistory` reads the same integers at any past day.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import mul
from typing import Final, NamedTuple, Protocol

from rapport.domain.ledger.day_set import DaySet
from rapport.domain.ledger.decay import UNIT, growth
from rapport.domain.ledger.evidence_index import EvidenceIndex
from rapport.domain.ledger.newest_evidence import DailyEvidence, EvidenceWeight, NewestEvidence

VOLUME: Final = "volume"


class SumWeight(NamedTuple):
    """Weight of one unit of a measure in a sum, on the day of the measure, in units of 2^-40."""

    sum_name: str
    half_life_days: int
    units: int


class MeasureRule(NamedTuple):
    """Weights of a measure in the sums that it counts in."""

    sum_weights: tuple[SumWeight, ...] = ()
    mark: str | None = None
    """The mark that this measure sets on its days."""
    day_set: str | None = None
    """The set of days that the days of this measure belong to."""
    evidence: tuple[EvidenceWeight, ...] = ()
    """What it weighs in the sources that it is evidence of."""


NO_MEASURE_RULE: Final = MeasureRule()
"""The rule of a measure that counts for nothing."""


class MeasureRules(Protocol):
    """Rules of all measures, as a compiled policy gives them."""

    def rule(self, key: str) -> MeasureRule:
        """Return the rule of the measure `key`."""


@dataclass(frozen=True, slots=True)
class DecayedSums:
    """Decayed sums of a client at the end of a day, without later events."""

    day: int
    sums: Mapping[str, int]
    """Name -> decayed sum, in units of 2^-40; a sum of nothing is absent."""
    newest: Mapping[str, int]
    """Mark -> the newest day on which it was set."""
    days: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Set of days -> its days, the oldest first; an empty set is absent."""
    evidence: Mapping[str, NewestEvidence] = field(default_factory=dict)
    """Source -> its newest evidence; a source without evidence is absent."""

    def __getitem__(self, sum_name: str) -> int:
        return self.sums.get(sum_name, 0)


class DecayedSumIndex:
    """Decayed sums of one client under one set of rules, updated by signed additions.

    It reads evidence from the daily amounts that it is given, so these stay up to date.
    """

    __slots__ = ("_day_sets", "_evidence", "_grown", "_marks", "newest_day", "rules")

    def __init__(self, rules: MeasureRules, amounts: Mapping[str, Mapping[int, int]]) -> None:
        self.rules = rules
        self.newest_day = 0
        """No amount has a later day; after a removal it may be too late, which only costs time."""
        self._grown: defaultdict[int, dict[str, int]] = defaultdict(dict)
        self._marks: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._day_sets: defaultdict[str, DaySet] = defaultdict(DaySet)
        self._evidence = EvidenceIndex(amounts)
        for key, days in amounts.items():
            self._add_all(key, days)

    def add(self, key: str, day: int, amount: int, days: Mapping[int, int]) -> None:
        """Add `amount` of a measure on `day`; `days` are the amounts of the measure after that."""
        rule = self.rules.rule(key)
        if rule == NO_MEASURE_RULE:
            return
        sum_weights, mark, day_set, evidence = rule
        self.newest_day = max(self.newest_day, day)
        self._evidence.add(key, evidence, day, amount, days)
        for name, half_life_days, units in sum_weights:
            self._add_grown(name, half_life_days, units * amount * growth(half_life_days)[day])
        if mark is not None:
            self._update_mark(mark, key, day, days)
        if day_set is not None:
            total = days.get(day, 0)
            self._day_sets[day_set].add(day, bool(total) - bool(total - amount))

    def sums_at(self, day: int) -> DecayedSums:
        """Return the sums at `day`, which is `newest_day` or later."""
        sums: dict[str, int] = {}
        for half_life_days, grown in self._grown.items():
            weight = growth(half_life_days)[day]
            for name, total in grown.items():
                sums[name] = total // weight
        newest = {mark: max(days.values()) for mark, days in self._marks.items() if days}
        day_sets = {name: days.days for name, days in self._day_sets.items() if days.days}
        return DecayedSums(day, sums, newest, day_sets, dict(self._evidence.newest_at(day)))

    def _add_all(self, key: str, days: Mapping[int, int]) -> None:
        rule = self.rules.rule(key)
        if rule == NO_MEASURE_RULE:
            return
        sum_weights, mark, day_set, evidence = rule
        newest_day = max(days)
        self.newest_day = max(self.newest_day, newest_day)
        self._evidence.has(key, evidence)
        for name, half_life_days, units in sum_weights:
            weights = map(growth(half_life_days).__getitem__, days)
            self._add_grown(name, half_life_days, units * sum(map(mul, days.values(), weights)))
        if mark is not None:
            self._marks[mark][key] = newest_day
        if day_set is not None:
            for day in days:
                self._day_sets[day_set].add(day, 1)

    def _add_grown(self, name: str, half_life_days: int, amount: int) -> None:
        sums = self._grown[half_life_days]
        total = sums.get(name, 0) + amount
        if total:
            sums[name] = total
        else:
            sums.pop(name, None)

    def _update_mark(self, mark: str, key: str, day: int, days: Mapping[int, int]) -> None:
        marks = self._marks[mark]
        if day in days:
            marks[key] = max(marks.get(key, day), day)
        elif marks.get(key) == day:
            if days:
                marks[key] = max(days)
            else:
                del marks[key]


class DecayedSumHistory:
    """Decayed sums of one client at any day, calculated from its daily amounts."""

    def __init__(self, rules: MeasureRules, amounts: Mapping[str, Mapping[int, int]]) -> None:
        daily: defaultdict[tuple[str, int], defaultdict[int, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        marks: defaultdict[str, set[int]] = defaultdict(set)
        day_sets: defaultdict[str, set[int]] = defaultdict(set)
        evidence: dict[str, DailyEvidence] = {}
        for key, days in amounts.items():
            rule = rules.rule(key)
            _add_evidence(evidence, rule.evidence, days)
            for name, half_life_days, units in rule.sum_weights:
                sums = daily[name, half_life_days]
                for day, amount in days.items():
                    sums[day] += amount * units
            if rule.mark is not None:
                marks[rule.mark].update(days)
            if rule.day_set is not None:
                day_sets[rule.day_set].update(days)
        self._day_sets = {name: sorted(days) for name, days in day_sets.items()}
        self._marks = {mark: sorted(days) for mark, days in marks.items()}
        self._grown: defaultdict[int, list[tuple[str, list[int], list[int]]]] = defaultdict(list)
        self._evidence = {name: source.totals() for name, source in evidence.items()}
        for (name, half_life_days), sums in daily.items():
            self._grown[half_life_days].append((name, *_running_totals(sums, half_life_days)))

    def sums_at(self, day: int) -> DecayedSums:
        """Return the sums at the end of `day`, from the events received until now."""
        return DecayedSums(
            day,
            self._sums(day),
            dict(self._newest(day)),
            dict(self._days(day)),
            self._evidence_at(day),
        )

    def _sums(self, day: int) -> dict[str, int]:
        sums = {}
        for half_life_days, grown in self._grown.items():
            weight = growth(half_life_days)[day]
            for name, days, totals in grown:
                total = totals[bisect_right(days, day)]
                if total:
                    sums[name] = total // weight
        return sums

    def _newest(self, day: int) -> Iterator[tuple[str, int]]:
        for mark, days in self._marks.items():
            count = bisect_right(days, day)
            if count:
                yield mark, days[count - 1]

    def _days(self, day: int) -> Iterator[tuple[str, Sequence[int]]]:
        for name, days in self._day_sets.items():
            count = bisect_right(days, day)
            if count:
                yield name, days[:count]

    def _evidence_at(self, day: int) -> dict[str, NewestEvidence]:
        every = {name: totals.newest_at(day) for name, totals in self._evidence.items()}
        return {name: newest for name, newest in every.items() if newest is not None}


def _add_evidence(
    sources: dict[str, DailyEvidence], weights: tuple[EvidenceWeight, ...], days: Mapping[int, int]
) -> None:
    """Add daily amounts of a measure to each source that it is evidence of."""
    for weight in weights:
        name = weight.source.name
        daily = sources.get(name)
        if daily is None:
            daily = sources[name] = DailyEvidence(weight.source)
        daily.add(weight, days)


def _running_totals(sums: Mapping[int, int], half_life_days: int) -> tuple[list[int], list[int]]:
    """Return the days, and the grown sum before the first day and after each day."""
    weights, days = growth(half_life_days), sorted(sums)
    grown = map(mul, map(sums.__getitem__, days), map(weights.__getitem__, days))
    return days, list(accumulate(grown, initial=0))


def volume_sum_weights(key: str, half_life_days: int) -> tuple[SumWeight, ...]:
    """Return the weight of a measure in the volume of contact: each contact counts as 1."""
    if key.startswith(("ticket.opened|", "touch|")):
        return (SumWeight(VOLUME, half_life_days, UNIT),)
    return ()


def volume(sums: DecayedSums) -> float:
    """Return the decayed number of contacts: tickets opened and touchpoints."""
    return sums[VOLUME] / UNIT
