"""Running totals of daily counts: the sum of any window of days in O(log n)."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate


class RunningTotal:
    """The total of several measures up to each day."""

    __slots__ = ("_days", "_totals")

    def __init__(self, measures: Iterable[Mapping[int, int]]) -> None:
        counts: Counter[int] = Counter()
        for days in measures:
            counts.update(days)
        self._days = sorted(counts)
        self._totals = [0, *accumulate(map(counts.__getitem__, self._days))]

    def within(self, day: int, window_days: int) -> int:
        """Return the sum of the `window_days` that end with `day`.

        >>> RunningTotal([{1: 2, 4: 1}, {4: 3}]).within(4, 3)
        4
        """
        last, before = bisect_right(self._days, day), bisect_right(self._days, day - window_days)
        return self._totals[last] - self._totals[before]
