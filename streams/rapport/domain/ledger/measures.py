"""Measures: the daily integer amounts that the facts of a client add up to.

A *fact* is the hashable tuple that an event leaves in the ledger (`events/facts.py`). A *measure*
is a key such as `ticket.closed|P3|met|person`. Its daily amounts are integers (counts, minor
units), so the order of arrival does not change a sum.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar

from rapport.domain.calendar import week_of
from rapport.domain.ledger.activity import Activity
from rapport.domain.ledger.decayed_sums import (
    NO_MEASURE_RULE,
    DecayedSumHistory,
    DecayedSumIndex,
    DecayedSums,
    MeasureRules,
)
from rapport.domain.ledger.newest_readings import NewestReadings
from rapport.domain.ledger.weekly_readings import WeeklyReadings
from rapport_schemas.currencies import DECIMALS

T = TypeVar("T")
R = TypeVar("R")
Fact = tuple[Any, ...]
Measures = Mapping[str, Mapping[int, int]]
MAX_REASSIGNMENTS = 9
AMOUNT_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Amounts in whole units of a currency; purchases below each of them are counted separately."""


def amount_step(minor: int, currency: str) -> int | None:
    """Return the least step that an amount is below; None for an amount above every step.

    >>> [amount_step(minor, "EUR") for minor in (0, 99, 100, 499, 500, 99_999, 100_000)]
    [1, 1, 2, 5, 10, 1000, None]
    >>> amount_step(4, "JPY")
    5
    """
    minor_units = 10 ** DECIMALS[currency]
    return next((step for step in AMOUNT_STEPS if minor < step * minor_units), None)


def _ticket(fact: Fact) -> Iterable[tuple[str, int, int]]:
    match fact:
        case ("ticket.closed", priority, in_time, closed_by, int(reassignments)):
            yield f"ticket.closed|{priority}|{'met' if in_time else 'missed'}|{closed_by}", 0, 1
            if reassignments:
                yield f"ticket.reassigned|{reassignments}", 0, 1
        case _:
            yield "|".join(map(str, fact)), 0, 1


def _answered(fact: Fact) -> Iterable[tuple[str, int, int]]:
    _, viewpoint, answers, lag_days = fact
    if isinstance(lag_days, int) and viewpoint == "client":
        yield "survey.answered", -lag_days, 1
    for question, score, lowest, highest in answers:
        yield f"answer|{viewpoint}|{question}|{score}|{lowest}|{highest}", 0, 1


def _touch(fact: Fact) -> Iterable[tuple[str, int, int]]:
    _, kind, roles, teams, topics, carried = fact
    yield f"touch|{kind}", 0, 1
    if carried is not None:
        yield f"message|{'carried' if carried else 'missing'}", 0, 1
    for role in roles:
        yield f"touch.role|{kind}|{role}", 0, 1
        if carried is not None:
            yield f"touch.message|{role}|{'carried' if carried else 'missing'}", 0, 1
    for team in teams:
        yield f"touch.team|{team}", 0, 1
    if topics:
        yield "touch.strategic", 0, 1
    for topic in topics:
        yield f"touch.topic|{topic}", 0, 1


def _buy(fact: Fact) -> Iterable[tuple[str, int, int]]:
    _, sanction, category, supplier, currency, minor = fact
    yield f"buy.count|{sanction}|{category}", 0, 1
    yield f"buy.times|{sanction}|{category}|{supplier}", 0, 1
    yield f"buy.supplier|{sanction}|{category}|{supplier}|{currency}", 0, minor
    step = amount_step(minor, currency)
    if step is not None:
        small = f"{sanction}|{category}|{supplier}|{currency}|{step}"
        yield f"buy.small|{small}", 0, 1
        yield f"buy.small.minor|{small}", 0, minor


def _with_signals(fact: Fact) -> Iterable[tuple[str, int, int]]:
    _, inner, signals = fact
    yield from measures_of(inner)
    for signal in signals:
        yield f"signal|{signal}|text", 0, 1


_EXPANSIONS: dict[str, Callable[[Fact], Iterable[tuple[str, int, int]]]] = {
    "survey.answered": _answered,
    "touch": _touch,
    "buy": _buy,
    "with-signals": _with_signals,
    "nothing": lambda _: (),
}


@lru_cache(maxsize=65_536)
def measures_of(fact: Fact) -> tuple[tuple[str, int, int], ...]:
    """Return (measure, days after the fact's own day, amount) of each measure of a fact, cached.

    >>> measures_of(("ticket.closed", "P3", True, "person", 0))
    (('ticket.closed|P3|met|person', 0, 1),)
    >>> measures_of(("survey.answered", "client", (("trust", 4, 1, 5),), 2))
    (('survey.answered', -2, 1), ('answer|client|trust|4|1|5', 0, 1))
    """
    return expand(fact)


def expand(fact: Fact) -> tuple[tuple[str, int, int], ...]:
    """Return the same, without the cache."""
    return tuple(_EXPANSIONS.get(str(fact[0]), _ticket)(fact))


def is_purchase(measure: str) -> bool:
    """Return whether a measure counts purchases; these count in no decayed sum.

    >>> is_purchase("buy.count|outside|software"), is_purchase("touch|workshop")
    (True, False)
    """
    return measure.startswith("buy.")


class ClientMeasures:
    """Daily amounts of one client, updated by signed additions of facts."""

    __slots__ = (
        "_activity",
        "_index",
        "_purchase_readings",
        "_readings",
        "_weekly_readings",
        "amounts",
    )

    def __init__(self, amounts: Measures | None = None) -> None:
        self.amounts: dict[str, dict[int, int]] = {
            key: dict(days) for key, days in (amounts or {}).items()
        }
        self._activity: Activity | None = None
        self._index: DecayedSumIndex | None = None
        self._weekly_readings: WeeklyReadings | None = None
        self._readings, self._purchase_readings = NewestReadings(), NewestReadings()

    @classmethod
    def restored(cls, amounts: dict[str, dict[int, int]]) -> "ClientMeasures":
        """Return measures of amounts that a rollup summed; the days are shared, not copied.

        >>> ClientMeasures.restored({"promise|kept": {10: 0, 11: 2}, "touch|call": {10: 0}}).amounts
        {'promise|kept': {11: 2}}
        """
        measures = cls()
        for measure, days in amounts.items():
            nonzero = days
            if 0 in days.values():
                nonzero = {day: amount for day, amount in days.items() if amount}
            if nonzero:
                measures.amounts[measure] = nonzero
        return measures

    def add(self, day: int, fact: Fact, count: int) -> None:
        """Add `fact` on `day` `count` times; a negative `count` removes it.

        >>> client = ClientMeasures()
        >>> client.add(10, ("ticket.reopened",), 2)
        >>> client.add(10, ("ticket.reopened",), -2)
        >>> client.amounts
        {}
        """
        for measure, shift_days, amount in measures_of(fact):
            self._add(measure, day + shift_days, amount * count)

    def sums_at(self, rules: MeasureRules, day: int) -> DecayedSums:
        """Return the decayed sums at the end of `day` under `rules`.

        An index holds the sums of the latest rules; other rules, such as a new policy's, build it
        again from the daily amounts. A past day costs a walk over the history.
        """
        index = self._index
        if index is None or index.rules is not rules:
            index = self._index = DecayedSumIndex(rules, self.amounts)
        if day >= index.newest_day:
            return index.sums_at(day)
        return self.history(rules).sums_at(day)

    def active_days(self, day: int) -> dict[str, int]:
        """Return the active days of each source as a bit set: bit 0 is `day`, bit 1 the day before.

        >>> client = ClientMeasures({"ticket.reopened": {97: 1}})
        >>> client.add(100, ("ticket.reopened",), 1)
        >>> client.active_days(100)["tickets"]
        9
        """
        if self._activity is None:
            self._activity = Activity(self.amounts)
        return self._activity.active_days(day)

    def history(self, rules: MeasureRules) -> DecayedSumHistory:
        """Return the decayed sums under `rules` at any day."""
        return DecayedSumHistory(rules, self.amounts)

    def weekly_readings(
        self, rules: MeasureRules, weeks: range, reading: Callable[[DecayedSums], T]
    ) -> tuple[T, ...]:
        """Return the results of `reading` at the ends of closed weeks, the oldest first.

        They are cached for one function per set of rules.
        """
        cache = self._weekly_readings
        if cache is None or cache.rules is not rules:
            cache = self._weekly_readings = WeeklyReadings(rules)
        return cache.read(self.amounts, weeks, reading)

    def reading(self, reading: Callable[["ClientMeasures", R, int], T], rules: R, day: int) -> T:
        """Return `reading(self, rules, day)`, which reads every amount but those of purchases.

        The result of the newest day is cached until one of these amounts changes.
        """
        return self._readings.read(reading, self, rules, day)

    def purchase_reading(
        self, reading: Callable[["ClientMeasures", R, int], T], rules: R, day: int
    ) -> T:
        """Return `reading(self, rules, day)`, which reads the amounts of purchases alone.

        The result of the newest day is cached until one of these amounts changes.
        """
        return self._purchase_readings.read(reading, self, rules, day)

    def _add(self, measure: str, day: int, amount: int) -> None:
        (self._purchase_readings if is_purchase(measure) else self._readings).clear()
        days = self.amounts.setdefault(measure, {})
        total = days.get(day, 0) + amount
        if total:
            days[day] = total
            if self._activity is not None:
                self._activity.add(measure, day)
        else:
            self._activity = None
            days.pop(day, None)
            if not days:
                del self.amounts[measure]
        if self._index is not None:
            self._index.add(measure, day, amount, days)
        weekly = self._weekly_readings
        if weekly is not None and weekly.rules.rule(measure) != NO_MEASURE_RULE:
            weekly.invalidate_from(week_of(day))
