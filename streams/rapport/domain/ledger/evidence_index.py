"""Index of evidence: the newest evidence of one client today, after each change of its amounts."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import compress
from operator import mul
from typing import Final

from rapport.domain.ledger.decay import growth
from rapport.domain.ledger.newest_evidence import (
    OLD_DAYS,
    DailyEvidence,
    EvidenceSource,
    EvidenceWeight,
    NewestEvidence,
    without_cap,
)

LOOKBACKS_DAYS: Final = (32, 128)
"""The days that are read first: a busy source fills its window with them."""


class EvidenceIndex:
    """The sources of evidence of one client, read from its live daily amounts after each change.

    It holds no weights: those of the days that can count are added up when a source is read, once
    after each change of it. Of a source without a cap, all days count, so its sums are kept.
    """

    __slots__ = ("_amounts", "_latest", "_measures", "_running")

    def __init__(self, amounts: Mapping[str, Mapping[int, int]]) -> None:
        self._amounts = amounts
        self._measures: dict[EvidenceSource, dict[str, EvidenceWeight]] = {}
        self._latest: dict[EvidenceSource, tuple[int, NewestEvidence | None]] = {}
        self._running: dict[EvidenceSource, _RunningEvidence] = {}

    def has(self, measure: str, weights: Iterable[EvidenceWeight]) -> None:
        """Note that a measure has amounts."""
        for weight in weights:
            self._measures.setdefault(weight.source, {})[measure] = weight
            self._latest.pop(weight.source, None)

    def add(
        self,
        measure: str,
        weights: Iterable[EvidenceWeight],
        day: int,
        amount: int,
        days: Mapping[int, int],
    ) -> None:
        """Note that `amount` was added on `day`; `days` are the amounts of the measure after it."""
        self.has(measure, weights)
        for weight in weights:
            running = self._running.get(weight.source)
            if running is None or not weight.positive:
                continue
            running.add(weight, day, amount)
            if day in days:
                running.newest_day = max(running.newest_day, day)
            elif day == running.newest_day:
                del self._running[weight.source]

    def newest_at(self, day: int) -> Iterator[tuple[str, NewestEvidence]]:
        """Yield the evidence of each source at `day`, which is not before the newest amount."""
        for source in self._measures:
            latest = self._latest.get(source)
            if latest is None or latest[0] != day:
                latest = self._latest[source] = day, self._read(source, day)
            if latest[1] is not None:
                yield source.name, latest[1]

    def _read(self, source: EvidenceSource, day: int) -> NewestEvidence | None:
        if source.cap is not None:
            return _newest_evidence(source, self._amounts_of(source), day)
        running = self._running.get(source)
        if running is None or running.day != day:
            running = _RunningEvidence(source, day)
            for weight, amounts in self._amounts_of(source):
                running.add_all(weight, amounts)
            self._running[source] = running
        return running.evidence()

    def _amounts_of(self, source: EvidenceSource) -> list["_WeighedAmounts"]:
        return [
            (weight, self._amounts[measure])
            for measure, weight in self._measures[source].items()
            if measure in self._amounts
        ]


_WeighedAmounts = tuple[EvidenceWeight, Mapping[int, int]]
"""What one unit of a measure weighs, and the amounts of the measure."""


def _newest_evidence(
    source: EvidenceSource, measures: list[_WeighedAmounts], day: int
) -> NewestEvidence | None:
    """Return the evidence of a source with a cap."""
    for days in LOOKBACKS_DAYS:
        if sum([len(amounts) for _, amounts in measures]) < days:
            break
        evidence = DailyEvidence(source)
        for weight, amounts in measures:
            evidence.add(weight, _newest(amounts, day, days))
        if evidence.fills_window:
            return evidence.newest_at(day)
    evidence = DailyEvidence(source)
    for weight, amounts in measures:
        evidence.add(weight, amounts)
    return evidence.newest_at(day)


def _newest(amounts: Mapping[int, int], day: int, days: int) -> dict[int, int]:
    """Return the amounts of the newest days; the fewer are looked at, those days or the amounts."""
    if len(amounts) > days:
        return {at: amounts[at] for at in range(day - days + 1, day + 1) if at in amounts}
    return {at: amount for at, amount in amounts.items() if at > day - days}


class _RunningEvidence:
    """The grown sums of a source without a cap: of all its days, and of those that are old."""

    __slots__ = ("_growth", "_old", "_total", "day", "newest_day")

    def __init__(self, source: EvidenceSource, day: int) -> None:
        self._growth = growth(source.half_life_days)
        self._total, self._old = 0, 0
        self.day, self.newest_day = day, -1

    def add(self, weight: EvidenceWeight, day: int, amount: int) -> None:
        """Add an amount on a day."""
        grown = weight.positive * amount * self._growth[day]
        self._total += grown
        if day < self.day - OLD_DAYS:
            self._old += grown

    def add_all(self, weight: EvidenceWeight, amounts: Mapping[int, int]) -> None:
        """Add the amounts of a measure."""
        if weight.positive:
            grown = list(map(mul, amounts.values(), map(self._growth.__getitem__, amounts)))
            is_old = map((self.day - OLD_DAYS).__gt__, amounts)
            self._total += weight.positive * sum(grown)
            self._old += weight.positive * sum(compress(grown, is_old))
            self.newest_day = max(self.newest_day, *amounts)

    def evidence(self) -> NewestEvidence | None:
        """Return the evidence; None: there is none."""
        if self.newest_day < 0:
            return None
        return without_cap(self._total, self._old, self.newest_day, self._growth[self.day])
