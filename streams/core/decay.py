"""Exponential decay over whole days, in integers, so that sums are exact in any order."""

from collections.abc import Mapping
from functools import lru_cache
from operator import mul
from typing import Final

SCALE_BITS: Final = 40
SCALE: Final = 1 << SCALE_BITS
"""What the weight of an event of today is written as."""
AGES_DAYS: Final = 4200
"""Older than this counts for nothing; the ledger's horizon is at most 4000 days."""


@lru_cache(maxsize=64)
def decay_table(half_life_days: int) -> tuple[int, ...]:
    """Return round(2^(-age/half_life) * 2^40) for each age in whole days.

    >>> table = decay_table(90)
    >>> table[0] == SCALE, table[90] == SCALE // 2
    (True, True)
    """
    return tuple(round(2 ** (-age / half_life_days) * SCALE) for age in range(AGES_DAYS))


class Weights(dict[int, int]):
    """Event day -> decay weight as seen from one day; filled as days are asked for."""

    __slots__ = ("day", "table")

    def __init__(self, half_life_days: int, day: int) -> None:
        """Weigh events as seen on `day`."""
        super().__init__()
        self.day, self.table = day, decay_table(half_life_days)

    def __missing__(self, at: int) -> int:
        age_days = self.day - at
        weight = self.table[age_days] if 0 <= age_days < AGES_DAYS else 0
        self[at] = weight
        return weight


@lru_cache(maxsize=512)
def weights_to(half_life_days: int, day: int) -> Weights:
    """Return the decay weights as seen on `day`; nothing counts before it happens.

    >>> weights = weights_to(90, 100)
    >>> weights[10] == SCALE // 2, weights[101]
    (True, 0)
    """
    return Weights(half_life_days, day)


def decayed(days: Mapping[int, int], weights: Weights) -> int:
    """Return the sum of daily amounts, each decayed, in units of 2^-40.

    >>> decayed({10: 3, 12: 5}, weights_to(90, 10)) == 3 * SCALE
    True
    """
    return sum(map(mul, days.values(), map(weights.__getitem__, days)))
