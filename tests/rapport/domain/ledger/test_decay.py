"""Decay in whole numbers: one whole is 2^40, and a half-life doubles a weight."""

import pytest

from rapport.domain.ledger.decay import UNIT, decayed, growth, ratio_units

ONE = 1_099_511_627_776


def test_one_whole_is_two_to_the_fortieth():
    assert UNIT == ONE


@pytest.mark.parametrize(
    ("half_life_days", "day", "weight"),
    [
        (1, 0, ONE),
        (1, 3, 8 * ONE),
        (2, 1, 1_554_944_255_988),
        (2, 5, 4 * 1_554_944_255_988),
        (10, 9, round(2**0.9 * ONE)),
        (10, 20, 4 * ONE),
        (10, -1, 0),
        (10, -10, 0),
    ],
)
def test_a_weight_doubles_with_every_half_life_from_1970_on(half_life_days, day, weight):
    assert growth(half_life_days)[day] == weight
    assert growth(half_life_days)[day] == weight  # the cached weight


@pytest.mark.parametrize(
    ("at", "day", "half_life_days", "left"),
    [
        (100, 100, 7, ONE),
        (93, 100, 7, ONE // 2),
        (86, 100, 7, ONE // 4),
        (1, 2, 2, 777_472_127_994),
        (0, 1, 3, 872_682_957_291),
    ],
)
def test_the_decayed_weight_halves_with_every_half_life(at, day, half_life_days, left):
    assert decayed(at, day, half_life_days) == left


@pytest.mark.parametrize(
    ("part", "whole", "found"),
    [(0, 3, 0), (1, 3, 366_503_875_925), (2, 3, 733_007_751_850), (3, 3, ONE)],
)
def test_a_ratio_is_rounded_down(part, whole, found):
    assert ratio_units(part, whole) == found
