"""Exponential decay over whole days, forward from a landmark, in exact integers.

Forward decay (Cormode, Shkapenyuk, Srivastava & Xu, ICDE 2009): an event's weight grows with its
own day instead of shrinking with its age, so a sum never needs to be rewritten as time passes. The
sum is one integer: adding is associative, commutative and invertible, so no order of arrival can
show in it and a correction is exact. Reading at day T divides by the growth of T.
"""

from functools import lru_cache
from typing import Final

UNIT_BITS: Final = 40
UNIT: Final = 1 << UNIT_BITS
"""One whole, in the fixed point that all sums and ratios are written in."""


class Growth(dict[int, int]):
    """Day -> weight 2^(day/half-life), times 2^40; days before 1970 weigh nothing."""

    __slots__ = ("_half_life_days", "_table")

    def __init__(self, half_life_days: int) -> None:
        super().__init__()
        self._half_life_days = half_life_days
        self._table = tuple(round(2 ** (i / half_life_days) * UNIT) for i in range(half_life_days))

    def __missing__(self, day: int) -> int:
        doublings, rest = divmod(day, self._half_life_days)
        weight = self._table[rest] << doublings if day >= 0 else 0
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


def decayed(at: int, day: int, half_life_days: int) -> int:
    """Return 2^-((day - at) / half-life) in units of 2^-40, rounded down.

    >>> decayed(10, 100, 90) == UNIT // 2, round(decayed(85, 100, 30) / UNIT, 7)
    (True, 0.7071068)
    """
    weights = growth(half_life_days)
    return (weights[at] << UNIT_BITS) // weights[day]


def ratio_units(part: int, whole: int) -> int:
    """Return part / whole in units of 2^-40, rounded down; both in one and the same unit.

    >>> ratio_units(1, 2) == UNIT // 2
    True
    """
    return (part << UNIT_BITS) // whole
