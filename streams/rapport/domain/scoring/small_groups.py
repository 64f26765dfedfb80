"""Small-group suppression (statistical disclosure control): no component rests on a few answers.

A component with fewer than `minimum` respondents is combined with another, or withheld. Combining
a second component is complementary suppression: alone, the small one could be found by subtraction.

No contract says who answered, so each answered survey and each rating counts as one respondent.
Their number is the effective sample size of Kish (Survey Sampling, 1965), (sum w)^2 / sum w^2, with
the weights that the answers have today. By the Cauchy-Schwarz inequality it never exceeds the true
number, and it does not fall when all answers grow old together.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.scoring.score import Part, Withheld

COMBINED: Final = "combined"
"""The component that replaces the components that small-group suppression combines."""
SLACK_BITS: Final = 20
"""Sums are rounded: five answers of one day count as five, to a millionth."""


class People(NamedTuple):
    """The decayed sums that count respondents: of their weights, and of the squared weights."""

    weights: str
    squares: str


def people(name: str) -> People:
    """Return the names of the sums that count the respondents of `name`.

    >>> people("client.trust")
    People(weights='people.client.trust', squares='people.client.trust.squared')
    """
    return People(f"people.{name}", f"people.{name}.squared")


def people_sum_weights(name: str, half_life_days: int) -> tuple[SumWeight, SumWeight]:
    """Return what one respondent counts for; a squared weight decays in half the time."""
    weights, squares = people(name)
    half_days = (half_life_days + 1) // 2
    return SumWeight(weights, 2 * half_days, UNIT), SumWeight(squares, half_days, UNIT)


def meets_minimum(sums: DecayedSums, group: People, minimum: int) -> bool:
    """Return whether the effective number of respondents is at least `minimum`.

    This is the threshold rule of statistical disclosure control.

    >>> def answered(*weights):
    ...     squares = sum(weight * weight for weight in weights)
    ...     counts = {"w": round(sum(weights) * UNIT), "s": round(squares * UNIT)}
    ...     return DecayedSums(0, counts, {})
    >>> meets_minimum(answered(1, 1, 1, 1, 1), People("w", "s"), 5)
    True
    >>> meets_minimum(answered(0.3, 0.3, 0.3, 0.3, 0.3), People("w", "s"), 5)
    True
    >>> meets_minimum(answered(1, 0.3, 0.3, 0.3, 0.3, 0.3), People("w", "s"), 5)
    False
    >>> meets_minimum(answered(1, 1, 1, 1), People("w", "s"), 5)
    False
    """
    return enough_respondents(sums[group.weights], (sums[group.squares] + 1) * UNIT, minimum)


def enough_respondents(weights: int, squares: int, minimum: int) -> bool:
    """Return whether the sums of weights and of squared weights are of `minimum` respondents.

    >>> enough_respondents(5 * 7, 5 * 7**2, 5), enough_respondents(5 * 7 + 1, 5 * 7**2 + 1, 6)
    (True, False)
    """
    needed = minimum * squares
    return weights * weights >= needed - (needed >> SLACK_BITS)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The parts of a score after small-group suppression, and what was withheld."""

    parts: tuple[Part, ...]
    withheld: Withheld | None


def disclose_parts(
    parts: tuple[Part, ...], small: Collection[str], minimum: int
) -> Disclosure | None:
    """Return the parts with the `small` components and one other combined; the sum is the same.

    `small` names the components below the minimum group. The largest of the other parts joins them
    (complementary suppression). Returns None when there is no other part: the score is withheld.

    >>> parts = (Part("closed", 5, 9), Part("promise", 1, 2), Part("survey", -3, 4))
    >>> disclose_parts(parts, ["survey"], 5).parts[0]
    Part(component='combined', points=2, possible=13)
    >>> disclose_parts(parts[2:], ["survey"], 5) is None
    True
    """
    if not small:
        return Disclosure(parts, None)
    weights = {part.component: part.possible for part in parts if part.points}
    combined = complementary_suppression(small, weights)
    if combined == set(small):
        return None
    one = Part(
        COMBINED,
        sum(part.points for part in parts if part.component in combined),
        sum(part.possible for part in parts if part.component in combined),
    )
    others = (part for part in parts if part.component not in combined)
    return Disclosure(
        tuple(sorted([*others, one])), Withheld(tuple(small), minimum, tuple(sorted(combined)))
    )


def complementary_suppression(small: Iterable[str], weights: Mapping[str, int]) -> frozenset[str]:
    """Return the components to combine: the small ones and the heaviest other, if there is one.

    Complementary (secondary) suppression: without it, a total minus the shown components would
    disclose the small ones.

    >>> sorted(complementary_suppression({"survey"}, {"survey": 9, "closed": 4, "promise": 2}))
    ['closed', 'survey']
    """
    group = frozenset(small)
    others = [(-weight, name) for name, weight in weights.items() if name not in group]
    return group | {min(others)[1]} if group and others else group
