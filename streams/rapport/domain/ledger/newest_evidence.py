"""Newest evidence first: what each source of evidence weighs per day, and how much of it counts.

A source counts up to a cap, its newest evidence first, so that old evidence fades although there
was plenty of it. Whether it speaks for or against comes from the newest evidence up to twice the
cap, so that one new event cannot restore the weight of what older ones said. All limits are on the
weight before decay; of a day on which a limit is reached, a proportional part counts. The numbers
are exact integers of daily totals, so the order of arrival does not matter
(`docs/methods.md#trust`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate
from operator import add, mul
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import growth

DIRECTION_CAPS: Final = 2
"""For or against is read from the newest evidence up to this many times the cap."""
OLD_DAYS: Final = 90
"""Evidence of more days ago is old."""


class EvidenceSource(NamedTuple):
    """A source of evidence: its half-life, and its cap in units of 2^-40."""

    name: str
    half_life_days: int
    cap: int | None
    """None: no cap; all of it is for, and only its amount and age are asked."""


class EvidenceWeight(NamedTuple):
    """What one unit of a measure weighs for and against on its own day, in units of 2^-40."""

    source: EvidenceSource
    positive: int
    negative: int = 0
    question: str | None = None
    """The question that one respondent answered; None: it is no answer."""


class Window(NamedTuple):
    """The days whose evidence counts: those after the first, and a part of the first."""

    first_day: int
    part: int
    """How much of the first day's weight counts, of `whole`."""
    whole: int


class Respondents(NamedTuple):
    """The sum of the weights of the respondents of a question, and of the squared weights."""

    weights: int
    squares: int


class NewestEvidence(NamedTuple):
    """The evidence of a source on a day, in units of 2^-40."""

    amount: int
    """The decayed weight of the newest evidence up to the cap."""
    old: int
    """The part of the amount that is older than `OLD_DAYS`."""
    newest_day: int
    positive: int
    """The decayed weight for, of the newest evidence up to twice the cap."""
    negative: int
    window: Window
    """The days of the newest evidence up to twice the cap."""
    respondents: Mapping[str, Respondents]
    """Question -> its respondents within the window; their weights have no unit."""


def without_cap(total: int, old: int, newest_day: int, weight: int) -> NewestEvidence:
    """Return the evidence of a source without a cap, given its grown sums."""
    amount = total // weight
    return NewestEvidence(amount, old // weight, newest_day, amount, 0, Window(0, 1, 1), {})


class DailyEvidence:
    """The evidence of one source per day, added up from daily amounts."""

    __slots__ = ("_negative", "_people", "_positive", "source")

    def __init__(self, source: EvidenceSource) -> None:
        self.source = source
        self._positive: dict[int, int] = {}
        self._negative: dict[int, int] = {}
        self._people: dict[str, dict[int, int]] = {}

    def add(self, weight: EvidenceWeight, amounts: Mapping[int, int]) -> None:
        """Add daily amounts of a measure, each of which weighs `weight`."""
        if weight.positive:
            _add_days(self._positive, amounts, weight.positive)
        if weight.negative:
            _add_days(self._negative, amounts, weight.negative)
        if weight.question is not None:
            _add_days(self._people.setdefault(weight.question, {}), amounts, 1)

    @property
    def fills_window(self) -> bool:
        """Whether there is evidence for twice the cap, so that no older day can count."""
        weight = sum(self._positive.values()) + sum(self._negative.values())
        return self.source.cap is not None and weight >= DIRECTION_CAPS * self.source.cap

    def newest_at(self, day: int) -> NewestEvidence | None:
        """Return the evidence at `day`, which is not before any day; None: there is none.

        Only the days that can count are totalled.
        """
        return self._totals_of(self._countable_days()).newest_at(day)

    def totals(self) -> "EvidenceTotals":
        """Return the running totals of all days, which read any past day."""
        return self._totals_of(self._days())

    def _days(self) -> list[int]:
        if self.source.cap is None:
            return sorted(self._positive)
        days = sorted(self._positive.keys() | self._negative.keys())
        return [day for day in days if self._weight(day) > 0]

    def _weight(self, day: int) -> int:
        return self._positive.get(day, 0) + self._negative.get(day, 0)

    def _countable_days(self) -> list[int]:
        """Return the days from the newest to the one on which twice the cap is reached."""
        if self.source.cap is None:
            return self._days()
        left, days = DIRECTION_CAPS * self.source.cap, []
        for day in sorted(self._positive.keys() | self._negative.keys(), reverse=True):
            weight = self._weight(day)
            if weight > 0:
                days.append(day)
                left -= weight
                if left <= 0:
                    break
        return days[::-1]

    def _totals_of(self, days: list[int]) -> "EvidenceTotals":
        return EvidenceTotals(
            self.source,
            days,
            _amounts_of(days, self._positive),
            _amounts_of(days, self._negative),
            {question: _amounts_of(days, counts) for question, counts in self._people.items()},
        )


class EvidenceTotals:
    """Running totals of daily evidence, the oldest day first; reads any day by bisection."""

    __slots__ = (
        "_cap",
        "_daily",
        "_days",
        "_grown",
        "_growths",
        "_negative",
        "_people",
        "_positive",
        "_weights",
    )

    def __init__(
        self,
        source: EvidenceSource,
        days: list[int],
        positive: list[int],
        negative: list[int],
        people: Mapping[str, list[int]],
    ) -> None:
        self._growths = growth(source.half_life_days)
        grown = [self._growths[day] for day in days]
        self._cap, self._days = source.cap, days
        self._daily = positive, negative, people
        self._weights = _running(map(add, positive, negative))
        self._positive = _running(map(mul, positive, grown))
        self._negative = _running(map(mul, negative, grown))
        self._grown = list(map(add, self._positive, self._negative))
        self._people = {
            question: (
                _running(map(mul, counts, grown)),
                _running(map(mul, counts, (weight * weight for weight in grown))),
            )
            for question, counts in people.items()
        }

    def newest_at(self, day: int) -> NewestEvidence | None:
        """Return the evidence at the end of `day`; None: there is none."""
        end = bisect_right(self._days, day)
        if not end:
            return None
        cap, weight = self._cap, self._growths[day]
        old_end = bisect_left(self._days, day - OLD_DAYS)
        newest_day = self._days[end - 1]
        if cap is None:
            return without_cap(self._positive[end], self._positive[old_end], newest_day, weight)
        start, part = self._start(end, cap)
        first = self._first_day(start, part)
        amount = self._grown[end] - self._grown[start] + first
        old = self._grown[old_end] - self._grown[start] + first if old_end >= start else 0
        if start or part:
            start, part = self._start(end, DIRECTION_CAPS * cap)
        window = self._window(start, part)
        positive, negative, _ = self._daily
        return NewestEvidence(
            amount // weight,
            old // weight,
            newest_day,
            self._direction(self._positive, positive, start, end, window) // weight,
            self._direction(self._negative, negative, start, end, window) // weight,
            window,
            self._respondents(start, end, window),
        )

    def _start(self, end: int, limit: int) -> tuple[int, int]:
        """Return the first day that counts whole, and how much of the day before it counts."""
        if self._weights[end] <= limit:
            return 0, 0
        start = bisect_left(self._weights, self._weights[end] - limit, hi=end)
        return start, limit - (self._weights[end] - self._weights[start])

    def _first_day(self, start: int, part: int) -> int:
        return part * self._growth(start - 1) if part else 0

    def _growth(self, index: int) -> int:
        return self._growths[self._days[index]]

    def _window(self, start: int, part: int) -> Window:
        if not part:
            return Window(self._days[start], 1, 1)
        whole = self._weights[start] - self._weights[start - 1]
        return Window(self._days[start - 1], part, whole)

    def _direction(
        self, totals: list[int], daily: list[int], start: int, end: int, window: Window
    ) -> int:
        """Return the grown weight of one direction within the window."""
        total = totals[end] - totals[start]
        if window.part == window.whole:
            return total
        first = daily[start - 1] * window.part * self._growth(start - 1)
        return total + first // window.whole

    def _respondents(self, start: int, end: int, window: Window) -> dict[str, Respondents]:
        found = {}
        for question, (weights, squares) in self._people.items():
            weight, square = weights[end] - weights[start], squares[end] - squares[start]
            if window.part != window.whole:
                count = self._daily[2][question][start - 1]
                one = self._growth(start - 1) * window.part // window.whole
                weight, square = weight + count * one, square + count * one * one
            if weight:
                found[question] = Respondents(weight, square)
        return found


def _add_days(days: dict[int, int], amounts: Mapping[int, int], units: int) -> None:
    total = days.get
    for day, amount in amounts.items():
        days[day] = total(day, 0) + amount * units


def _amounts_of(days: Iterable[int], amounts: Mapping[int, int]) -> list[int]:
    return [amounts.get(day, 0) for day in days]


def _running(amounts: Iterable[int]) -> list[int]:
    return list(accumulate(amounts, initial=0))
