"""Cache of scores at the ends of closed weeks; a late event invalidates its week and all after."""

from collections.abc import Callable, Mapping
from typing import Any

from rapport.domain.calendar import last_day_of
from rapport.domain.ledger.decayed_sums import DecayedSumHistory, DecayedSums, MeasureRules


class WeeklyReadings:
    """Readings of one client at the ends of weeks, under one set of rules."""

    __slots__ = ("_empty", "_last_result", "_last_weeks", "_readings", "rules")

    def __init__(self, rules: MeasureRules) -> None:
        self.rules = rules
        self._readings: dict[int, Any] = {}
        self._empty: Any = None
        self._last_weeks: range | None = None
        self._last_result: tuple[Any, ...] = ()

    def invalidate_from(self, week: int) -> None:
        """Drop the readings of `week` and later."""
        readings = self._readings
        for late in [cached for cached in readings if cached >= week]:
            del readings[late]
            self._last_weeks = None

    def read(
        self,
        amounts: Mapping[str, Mapping[int, int]],
        weeks: range,
        reading: Callable[[DecayedSums], Any],
    ) -> tuple[Any, ...]:
        """Return the readings of `weeks`, the oldest first, and drop those of older weeks."""
        if weeks == self._last_weeks:
            return self._last_result
        readings = self._readings
        missing = [week for week in weeks if week not in readings]
        if missing:
            history = DecayedSumHistory(self.rules, amounts)
            first_day = min(map(min, amounts.values()), default=None)
            for week in missing:
                end = last_day_of(week)
                if first_day is None or end < first_day:
                    # Most weeks of a new client: there were no events, so all readings are equal.
                    readings[week] = self._read_empty(end, reading)
                else:
                    readings[week] = reading(history.sums_at(end))
            for week in [cached for cached in readings if cached < weeks.start]:
                del readings[week]
        self._last_weeks, self._last_result = weeks, tuple(map(readings.__getitem__, weeks))
        return self._last_result

    def _read_empty(self, day: int, reading: Callable[[DecayedSums], Any]) -> Any:
        if self._empty is None:
            self._empty = reading(DecayedSums(day, {}, {}))
        return self._empty
