"""Forward decay: exponential decay over whole days, counted from 1970-01-01, in exact integers.

An event's weight grows with its own day instead of shrinking with its age, so a stored sum stays
valid as time passes (Cormode, Shkapenyuk, Srivastava & Xu, ICDE 2009). The sum is one integer:
addition is associative, commutative and invertible, so the order of arrival does not matter and a
correction is exact. Reading a sum at day T divides it by the weight of T.
"""

from functools import lru_cache
from typing import Final

UNIT_BITS: Final = 40
UNIT: Final = 1 << UNIT_BITS
"""The number 1 in fixed point: all sums and ratios are in units of 2^-40."""


class Growth(dict[int, int]):
    """Day -> weight 2^(day / half-life), in units of 2^-40; a day before 1970 has weight 0."""

    __slots__ = ("_half_life_days", "_table")

    def __init__(self, half_life_days: int) -> None:
        super().__init__()
        self._half_life_days = half_life_days
        self._table = tuple(round(2 ** (i / half_life_days) * UNIT) for i in range(half_life_days))

    def __missing__(self, day: int) -> int:
        doublings, day_in_half_life = divmod(day, self._half_life_days)
        weight = self._table[day_in_half_life] << doublings if day >= 0 else 0
        self[day] = weight
        return weight


@lru_cache(maxsize=64)
def growth(half_life_days: int) -> Growth:
    """Return the weights of days for a half-life (1 or more days).

    >>> weights = growth(90)
    >>> weights[190] == 2 * weights[100], weights[0] == UNIT, weights[-1]
    (True, True, 0)
    """
    return Growth(half_life_days)


def decayed(event_day: int, day: int, half_life_days: int) -> int:
    """Return 2^-((day - event_day) / half-life) in units of 2^-40, rounded down.

    >>> decayed(10, 100, 90) == UNIT // 2, round(decayed(85, 100, 30) / UNIT, 7)
    (True, 0.7071068)
    """
    weights = growth(half_life_days)
    return (weights[event_day] << UNIT_BITS) // weights[day]


def ratio_units(part: int, whole: int) -> int:
    """Return part / whole in units of 2^-40, rounded down; both have the same unit.

    >>> ratio_units(1, 2) == UNIT // 2
    True
    """
    return (part << UNIT_BITS) // whole
