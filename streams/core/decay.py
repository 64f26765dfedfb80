"""Exponential decay over whole days, in integers, so that sums are exact in any order."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

SCALE_BITS: Final = 40
SCALE: Final = 1 << SCALE_BITS
AGES_DAYS: Final = 4200


@lru_cache(maxsize=64)
def decay_table(half_life_days: int) -> tuple[int, ...]:
    """Return round(2^(-age/half_life) * 2^40) for each age in whole days.

    >>> table = decay_table(90)
    >>> table[0] == SCALE, table[90] == SCALE // 2
    (True, True)
    """
    return tuple(round(2 ** (-age / half_life_days) * SCALE) for age in range(AGES_DAYS))


def decayed(days: Mapping[int, int], day: int, table: tuple[int, ...]) -> int:
    """Return the sum of daily amounts, each decayed to `day`, in units of 2^-40.

    Amounts of days after `day` are left out: nothing counts before it happens.

    >>> decayed({10: 3, 11: 5}, 10, decay_table(90)) == 3 * SCALE
    True
    """
    return sum(amount * table[day - at] for at, amount in days.items() if 0 <= day - at < AGES_DAYS)
