"""What was read at the ends of closed weeks, kept until an event of that time comes late."""

from collections.abc import Callable, Mapping
from typing import Any

from rapport.domain.calendar import last_day_of
from rapport.domain.ledger.decayed_sums import DecayedSumHistory, DecayedSums, MeasureRules


class WeeklyReadings:
    """Readings of one client at the ends of weeks, under one set of rules.

    An event of a week changes the readings of that week and of all after it; these are forgotten
    and read again when they are wanted, so the readings are those of the ledger as it is.
    """

    __slots__ = ("_answer", "_asked", "_blank", "_readings", "rules")

    def __init__(self, rules: MeasureRules) -> None:
        self.rules = rules
        self._readings: dict[int, Any] = {}
        self._blank: Any = None
        self._asked: range | None = None
        self._answer: tuple[Any, ...] = ()

    def forget_from(self, week: int) -> None:
        """Forget the readings of `week` and after."""
        readings = self._readings
        for late in [known for known in readings if known >= week]:
            del readings[late]
            self._asked = None

    def read(
        self,
        amounts: Mapping[str, Mapping[int, int]],
        weeks: range,
        reading: Callable[[DecayedSums], Any],
    ) -> tuple[Any, ...]:
        """Return the readings of `weeks`, the oldest first; older ones are dropped."""
        if weeks == self._asked:
            return self._answer
        readings = self._readings
        wanted = [week for week in weeks if week not in readings]
        if wanted:
            history = DecayedSumHistory(self.rules, amounts)
            first_day = min(map(min, amounts.values()), default=None)
            for week in wanted:
                end = last_day_of(week)
                if first_day is None or end < first_day:
                    # Most of a young client's weeks: nothing was known, so all of them read alike.
                    readings[week] = self._of_nothing(end, reading)
                else:
                    readings[week] = reading(history.sums_at(end))
            for week in [known for known in readings if known < weeks.start]:
                del readings[week]
        self._asked, self._answer = weeks, tuple(map(readings.__getitem__, weeks))
        return self._answer

    def _of_nothing(self, day: int, reading: Callable[[DecayedSums], Any]) -> Any:
        if self._blank is None:
            self._blank = reading(DecayedSums(day, {}, {}))
        return self._blank
