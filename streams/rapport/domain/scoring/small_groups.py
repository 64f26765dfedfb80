"""What rests on the answers of a few people is not told apart, or not at all.

No contract says who answered, so an answered survey and a rating each stand for one person. Their
number is the effective one of Kish (Survey Sampling, 1965), (sum w)^2 / sum w^2 with the weights
that the answers have today: by Cauchy and Schwarz it is never greater than the true number, and it
does not fall when all of them grow old together.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import Contribution, DecayedSums
from rapport.domain.scoring.score import Part, Withheld

COMBINED: Final = "combined"
"""The component that stands for those that are not told apart."""
SLACK_BITS: Final = 20
"""Sums are rounded: five that answered on one day are five, to a millionth."""


class People(NamedTuple):
    """The tallies that count people: their weights, and the squares of these."""

    weights: str
    squares: str


def people(name: str) -> People:
    """Return the tallies that count the people of `name`.

    >>> people("client.trust")
    People(weights='people.client.trust', squares='people.client.trust.squared')
    """
    return People(f"people.{name}", f"people.{name}.squared")


def people_contributions(name: str, half_life_days: int) -> tuple[Contribution, Contribution]:
    """Return what one person counts for; the square of a weight fades in half the time."""
    weights, squares = people(name)
    half_days = (half_life_days + 1) // 2
    return Contribution(weights, 2 * half_days, UNIT), Contribution(squares, half_days, UNIT)


def meets_minimum(standing: DecayedSums, counted: People, minimum: int) -> bool:
    """Return whether the effective number of people is at least `minimum`.

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
    total, squares = standing[counted.weights], standing[counted.squares] + 1
    needed = minimum * squares * UNIT
    return total * total >= needed - (needed >> SLACK_BITS)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The parts of a score that may be told."""

    parts: tuple[Part, ...]
    withheld: Withheld | None


def disclose_parts(
    parts: tuple[Part, ...], few: Collection[str], minimum: int
) -> Disclosure | None:
    """Return parts of which those of a few people are told as one, with one that is not.

    Alone they would be what is told of the few; so the greatest of the other parts joins them. None
    when there is no such part: then nothing may be told. The sum is the same.

    >>> parts = (Part("closed", 5, 9), Part("promise", 1, 2), Part("survey", -3, 4))
    >>> combined, promise = disclose_parts(parts, ["survey"], 5).parts
    >>> combined
    Part(component='combined', points=2, possible=13)
    >>> disclose_parts(parts[2:], ["survey"], 5) is None
    True
    """
    if not few:
        return Disclosure(parts, None)
    weights = {part.component: part.possible for part in parts if part.points}
    together = complementary_suppression(few, weights)
    if together == set(few):
        return None
    one = Part(
        COMBINED,
        sum(part.points for part in parts if part.component in together),
        sum(part.possible for part in parts if part.component in together),
    )
    others = (part for part in parts if part.component not in together)
    return Disclosure(
        tuple(sorted([*others, one])),
        Withheld(tuple(few), minimum, tuple(sorted(together))),
    )


def complementary_suppression(few: Iterable[str], weights: Mapping[str, int]) -> frozenset[str]:
    """Return components of a few people, and the heaviest of the others, if there is one.

    >>> sorted(complementary_suppression({"survey"}, {"survey": 9, "closed": 4, "promise": 2}))
    ['closed', 'survey']
    """
    small = frozenset(few)
    others = [(-weight, name) for name, weight in weights.items() if name not in small]
    return small | {min(others)[1]} if small and others else small
