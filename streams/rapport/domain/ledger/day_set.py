"""Day sets: the days on which some measure has an amount, updated by signed additions."""

from collections.abc import Sequence


class DaySet:
    """A set of days that counts the measures of each day, so that a removal is exact."""

    __slots__ = ("_counts", "_days")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._days: list[int] | None = None

    def add(self, day: int, measures: int) -> None:
        """Add to the number of measures with an amount on `day`; a negative number removes.

        >>> days = DaySet()
        >>> days.add(9, 1), days.add(4, 1), days.add(9, 1), days.add(9, -1)
        (None, None, None, None)
        >>> days.days
        [4, 9]
        >>> days.add(9, -1)
        >>> days.days
        [4]
        """
        count = self._counts.get(day, 0) + measures
        if bool(count) != (day in self._counts):
            self._days = None
        if count:
            self._counts[day] = count
        else:
            self._counts.pop(day, None)

    @property
    def days(self) -> Sequence[int]:
        """The days with at least one measure, the oldest first."""
        if self._days is None:
            self._days = sorted(self._counts)
        return self._days
