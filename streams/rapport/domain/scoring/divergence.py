"""Divergence: signs that should go together and do not.

Tickets are green while outside purchases rise; trust is high while nobody answers. Each pattern has
two sides of 0 to 1 and is worth max(0, side + side - 1), the bounded sum of Lukasiewicz: nothing
unless both are there, one when both are whole, and its parts add up exactly. The score is the
strongest pattern.
"""

from dataclasses import dataclass
from math import log
from typing import Final

from rapport.domain.ledger.decay import UNIT, ratio_units
from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.policy.relationship import DivergencePolicy
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.scoring.engagement import ANSWERED, INVITED
from rapport.domain.scoring.score import Part, Score
from rapport.domain.scoring.trust import sum_names

GREEN_WHILE_BUYING: Final = "green_while_buying"
TRUSTED_WHILE_SILENT: Final = "trusted_while_silent"
TOGETHER: Final = "together"
"""The part that takes back what two sides below one whole would give."""
ORDINARY: Final = 0.5
"""A chance of purchases from which nothing rises."""
CLOSED: Final = sum_names("client", "closed")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Two signs that should go together; None is not known well enough."""

    name: str
    sides: tuple[str, str]
    values: tuple[int | None, int | None]
    """0 to 1, in units of 2^-40."""
    confidence: float

    @property
    def known(self) -> bool:
        """Whether both sides are."""
        return None not in self.values

    @property
    def strength(self) -> int:
        """The bounded sum of both sides, in units of 2^-40."""
        return bounded_sum(*self.values) or 0


def bounded_sum(one: int | None, other: int | None) -> int | None:
    """Return max(0, one + other - 1) of two sides in units of 2^-40; None where one is not known.

    >>> bounded_sum(UNIT, UNIT // 2) == UNIT // 2, bounded_sum(UNIT // 2, UNIT // 4)
    (True, 0)
    """
    return None if one is None or other is None else max(0, one + other - UNIT)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The strongest contradiction, and all that were looked for."""

    score: Score
    pattern: str | None
    """The strongest pattern; None when there is none."""
    patterns: tuple[Pattern, ...]
    alert: bool


def divergence(
    standing: DecayedSums,
    trust: Score,
    purchases: PurchaseHealth,
    policy: DivergencePolicy,
    limits: PurchasePolicy,
) -> Divergence:
    """Return which signs contradict each other, and how strongly (0 to 1)."""
    patterns = (
        _green_while_buying(standing, purchases, policy, limits),
        trusted_while_silent(standing, trust, policy),
    )
    known = [pattern for pattern in patterns if pattern.known]
    strongest = max(known, key=lambda pattern: pattern.strength, default=None)
    score = Score(
        name="divergence",
        denominator=UNIT,
        baseline=0 if strongest is None else -UNIT,
        parts=() if strongest is None else _parts(strongest),
        confidence=0.0 if strongest is None else strongest.confidence,
        missing=tuple(
            side
            for pattern in patterns
            for side, value in zip(pattern.sides, pattern.values, strict=True)
            if value is None
        ),
        sufficient=strongest is not None,
    )
    found = strongest is not None and strongest.strength > 0
    return Divergence(
        score=score,
        pattern=strongest.name if strongest is not None and found else None,
        patterns=patterns,
        alert=found and score.ratio(score.numerator) >= policy.alert,
    )


def _parts(pattern: Pattern) -> tuple[Part, ...]:
    sides = [
        Part(side, value or 0, UNIT)
        for side, value in zip(pattern.sides, pattern.values, strict=True)
    ]
    slack = max(0, UNIT - sum(part.points for part in sides))
    return tuple(sorted([*sides, Part(TOGETHER, slack, slack)]))


def _green_while_buying(
    standing: DecayedSums,
    purchases: PurchaseHealth,
    policy: DivergencePolicy,
    limits: PurchasePolicy,
) -> Pattern:
    rises = None
    if purchases.history_weeks:
        rises = rising(purchases.observed, purchases.probability, limits)
    units = (standing[CLOSED[0]] + standing[CLOSED[1]]) / UNIT
    return Pattern(
        GREEN_WHILE_BUYING,
        ("tickets_green", "buying_rises"),
        (tickets_green(standing, policy), rises),
        units / (units + policy.tickets_minimum),
    )


def tickets_green(standing: DecayedSums, policy: DivergencePolicy) -> int | None:
    """Return which share of the closed tickets was in time, in units of 2^-40; None: too few."""
    met, missed = standing[CLOSED[0]], standing[CLOSED[1]]
    enough = (met + missed) / UNIT >= policy.tickets_minimum
    return ratio_units(met, met + missed) if enough else None


def rising(observed: int, probability: float, limits: PurchasePolicy) -> int:
    """Return 0 for an ordinary number of purchases, 2^40 for an alert's, by log chance.

    `probability` is the chance of seeing as many as were `observed`, or more.
    """
    if observed < limits.alert_minimum:
        return 0
    chance = max(probability, 1 / UNIT)
    rise = log(ORDINARY / chance) / log(ORDINARY / limits.alert_probability)
    return round(min(1.0, max(0.0, rise)) * UNIT)


def trusted_while_silent(standing: DecayedSums, trust: Score, policy: DivergencePolicy) -> Pattern:
    """Return how far trust is high while invitations stay unanswered."""
    invited, answered = standing[INVITED], standing[ANSWERED]
    enough = invited >= policy.invitations_minimum * UNIT
    silent = UNIT - ratio_units(min(answered, invited), invited) if enough else None
    trusted = ratio_units(trust.numerator, trust.denominator) if trust.sufficient else None
    sides = ("trusted", "unanswered")
    return Pattern(TRUSTED_WHILE_SILENT, sides, (trusted, silent), trust.confidence)
