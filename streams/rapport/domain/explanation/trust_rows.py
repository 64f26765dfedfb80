"""Rows of trust: the points of each source by kind of event and day, exact to the unit.

Only the newest evidence counts (`ledger/newest_evidence.py`). The evidence before it has rows of 0
points, which tell a new event from one that no longer counts.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rapport.domain.explanation.apportionment import (
    EvidenceItem,
    PointsRow,
    apportion,
    event_kind,
    merge_rows,
)
from rapport.domain.ledger.decay import growth
from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.ledger.newest_evidence import EvidenceWeight
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.trust import ANSWERS, TRUST_QUESTIONS, capped_evidence

Amounts = Mapping[str, Mapping[int, int]]


class _Evidence(NamedTuple):
    """Events of one kind on one day that are evidence of a source."""

    kind: str
    day: int
    events: int
    weight: EvidenceWeight


class TrustSource:
    """One source of trust from a viewpoint, on the day of a client's decayed sums."""

    def __init__(
        self,
        amounts: Amounts,
        compiled: CompiledPolicy,
        sums: DecayedSums,
        viewpoint: str,
        source: str,
    ) -> None:
        self._coefficients = compiled.trust
        kept = self._coefficients.sources[viewpoint][source]
        self._newest = sums.evidence[kept.name]
        self._growth = growth(kept.half_life_days)
        self._evidence = list(_evidence(amounts, compiled, kept.name, sums.day))
        self._people = _people(amounts, viewpoint) if source in ANSWERS else None

    def rows(self, component: str, times: int) -> Iterator[PointsRow]:
        """Yield the rows of the evidence that counts; their points are multiplied by `times`."""
        coefficients = self._coefficients
        r, s = capped_evidence(self._newest)
        whole, base = coefficients.base_denominator, coefficients.base
        rows = apportion(component, (whole - base) * r * times, self._items(against=False))
        rows += apportion(component, -base * s * times, self._items(against=True))
        yield from self._with_people(rows)

    def uncounted_rows(self, component: str) -> Iterator[PointsRow]:
        """Yield rows of 0 points for the evidence that is too old to count."""
        rows = [
            PointsRow(component, one.kind, one.day, 0, one.events)
            for one in self._evidence
            if not self._share(one.day)
        ]
        yield from self._with_people(rows)

    def _items(self, *, against: bool) -> list[EvidenceItem]:
        """Return the evidence for or against; an event that is both counts once."""
        items: list[EvidenceItem] = []
        for kind, day, events, weight in self._evidence:
            units = weight.negative if against else weight.positive
            share = self._share(day)
            if units and share:
                times = 0 if against and weight.positive else events
                items.append(EvidenceItem(kind, day, units * events * share, times))
        return items

    def _share(self, day: int) -> int:
        """Return the weight of one unit on a day: decayed, and in proportion on the first day."""
        first_day, part, whole = self._newest.window
        if day < first_day:
            return 0
        return self._growth[day] * (part if day == first_day else whole)

    def _with_people(self, rows: list[PointsRow]) -> Iterator[PointsRow]:
        if self._people is None:
            yield from rows
            return
        for row in merge_rows(rows):
            yield row if row.day is None else row._replace(events=self._people[row.day])


def _evidence(
    amounts: Amounts, compiled: CompiledPolicy, source: str, until: int
) -> Iterator[_Evidence]:
    for key, days in amounts.items():
        for weight in compiled.rule(key).evidence:
            if weight.source.name == source and (weight.positive or weight.negative):
                kind = event_kind(key)
                for day, events in days.items():
                    if day <= until:
                        yield _Evidence(kind, day, events, weight)


def _people(amounts: Amounts, viewpoint: str) -> dict[int, int]:
    """Return the respondents of each day: those of the question with the most answers."""
    most: dict[int, int] = {}
    for question in TRUST_QUESTIONS:
        prefix = f"answer|{viewpoint}|{question}|"
        answers: dict[int, int] = {}
        for key, days in amounts.items():
            if key.startswith(prefix):
                for day, count in days.items():
                    answers[day] = answers.get(day, 0) + count
        most |= {day: max(count, most.get(day, 0)) for day, count in answers.items()}
    return most
