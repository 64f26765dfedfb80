"""Divergence: two signs that should agree and do not.

Tickets are green while outside purchases rise; trust is high while survey invitations stay
unanswered. Each pattern has two sides of 0 to 1. Its strength is max(0, side + side - 1), the
Lukasiewicz t-norm (bounded sum): 0 unless both sides are present, 1 when both are 1. The score is
the strength of the strongest pattern, of which each side gives a part in proportion to itself.
"""

from dataclasses import dataclass
from math import log
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import UNIT, ratio_units
from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.policy.relationship import DivergencePolicy
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.scoring.changeable import SPOKEN
from rapport.domain.scoring.engagement import ANSWERED, INVITED
from rapport.domain.scoring.evidence import NO_EVIDENCE, ScoreEvidence, aged, inputs_level
from rapport.domain.scoring.score import Part, Score
from rapport.domain.scoring.trust import CLOSED_SUMS

GREEN_WHILE_BUYING: Final = "green_while_buying"
TRUSTED_WHILE_SILENT: Final = "trusted_while_silent"
ORDINARY: Final = 0.5
"""The probability of purchases at which the rise is zero."""


@dataclass(frozen=True, slots=True)
class DivergencePattern:
    """Two signs that should agree; the value None means too little data."""

    name: str
    sides: tuple[str, str]
    values: tuple[int | None, int | None]
    """0 to 1, in units of 2^-40."""
    confidence: float

    @property
    def has_values(self) -> bool:
        """Whether both sides have a value."""
        return None not in self.values

    @property
    def strength(self) -> int:
        """The bounded sum of both sides, in units of 2^-40."""
        return bounded_sum(*self.values) or 0


def bounded_sum(one: int | None, other: int | None) -> int | None:
    """Return max(0, one + other - 1) of two sides in units of 2^-40; None without both.

    >>> bounded_sum(UNIT, UNIT // 2) == UNIT // 2, bounded_sum(UNIT // 2, UNIT // 4)
    (True, 0)
    """
    return None if one is None or other is None else max(0, one + other - UNIT)


def week_strength(
    green_tickets: int | None, trusted_but_silent: int | None, rises: int | None
) -> int | None:
    """Return the strength of the strongest pattern of a closed week; None: no pattern is known.

    All are in units of 2^-40; `rises` is the rise of purchases, None where it is unknown.

    >>> week_strength(UNIT, UNIT // 4, UNIT // 2) == UNIT // 2
    True
    >>> week_strength(UNIT, 0, None), week_strength(UNIT, None, None)
    (0, None)
    """
    strengths = (bounded_sum(green_tickets, rises), trusted_but_silent)
    return max((strength for strength in strengths if strength is not None), default=None)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The strongest pattern, and every pattern that was evaluated."""

    score: Score
    pattern: str | None
    """The strongest pattern; None when no pattern is present."""
    patterns: tuple[DivergencePattern, ...]
    alert: bool


class OwnSigns(NamedTuple):
    """The signs that do not depend on the purchases of all clients."""

    tickets_green: int | None
    """The ratio of tickets closed on time, in units of 2^-40; None: too few tickets."""
    tickets_confidence: float
    trusted_while_silent: DivergencePattern
    ages: ScoreEvidence
    """The evidence of trust: a divergence is as old."""


def own_signs(sums: DecayedSums, trust: Score, policy: DivergencePolicy) -> OwnSigns:
    """Return the signs that follow from the client's decayed sums."""
    units = (sums[CLOSED_SUMS[0]] + sums[CLOSED_SUMS[1]]) / UNIT
    return OwnSigns(
        tickets_green(sums, policy),
        units / (units + policy.tickets_minimum),
        trusted_while_silent(sums, trust, policy),
        trust.evidence,
    )


def divergence(
    own: OwnSigns, purchases: PurchaseHealth, policy: DivergencePolicy, limits: PurchasePolicy
) -> Divergence:
    """Return the divergence of a client, and how strong it is (0 to 1)."""
    patterns = _green_while_buying(own, purchases, limits), own.trusted_while_silent
    patterns_with_values = [pattern for pattern in patterns if pattern.has_values]
    strongest = max(patterns_with_values, key=lambda pattern: pattern.strength, default=None)
    score = Score(
        name="divergence",
        denominator=UNIT,
        baseline=0,
        parts=() if strongest is None else _parts(strongest),
        confidence=0.0 if strongest is None else strongest.confidence,
        missing=tuple(
            side
            for pattern in patterns
            for side, value in zip(pattern.sides, pattern.values, strict=True)
            if value is None
        ),
        evidence=_evidence(patterns, own.ages),
    )
    present = strongest is not None and strongest.strength > 0
    return Divergence(
        score=score,
        pattern=strongest.name if strongest is not None and present else None,
        patterns=patterns,
        alert=present and score.ratio(score.numerator) >= policy.alert,
    )


def _evidence(patterns: tuple[DivergencePattern, ...], ages: ScoreEvidence) -> ScoreEvidence:
    if not any(pattern.has_values for pattern in patterns):
        return NO_EVIDENCE
    values = [value for pattern in patterns for value in pattern.values]
    return aged(inputs_level(sum([v is not None for v in values]), len(values)), ages)


def _parts(pattern: DivergencePattern) -> tuple[Part, ...]:
    """Return the strength, divided over both sides; `possible` is the side by itself."""
    (first, second), (one, other) = pattern.sides, (value or 0 for value in pattern.values)
    share = pattern.strength * one // ((one + other) or 1)
    parts = Part(first, share, one), Part(second, pattern.strength - share, other)
    return tuple(sorted(parts))


def _green_while_buying(
    own: OwnSigns, purchases: PurchaseHealth, limits: PurchasePolicy
) -> DivergencePattern:
    rises = None
    if purchases.history_weeks >= limits.history_weeks_minimum:
        rises = rising(purchases.observed, purchases.probability, limits)
    return DivergencePattern(
        GREEN_WHILE_BUYING,
        ("tickets_green", "buying_rises"),
        (own.tickets_green, rises),
        own.tickets_confidence,
    )


def tickets_green(sums: DecayedSums, policy: DivergencePolicy) -> int | None:
    """Return the ratio of tickets closed on time, in units of 2^-40; None: too few tickets."""
    met, missed = sums[CLOSED_SUMS[0]], sums[CLOSED_SUMS[1]]
    enough = (met + missed) / UNIT >= policy.tickets_minimum
    return ratio_units(met, met + missed) if enough else None


def rising(observed: int, probability: float, limits: PurchasePolicy) -> int:
    """Return the rise of purchases: 0 when ordinary, 2^40 at an alert, on a log scale.

    `probability` is the chance of `observed` purchases or more (the p-value).
    """
    if observed < limits.alert_minimum:
        return 0
    chance = max(probability, 1 / UNIT)
    rise = log(ORDINARY / chance) / log(ORDINARY / limits.alert_probability)
    return round(min(1.0, max(0.0, rise)) * UNIT)


def trusted_while_silent(
    sums: DecayedSums, trust: Score, policy: DivergencePolicy
) -> DivergencePattern:
    """Return the pattern of high trust while survey invitations stay unanswered.

    The day of its invitation is optional in an answer. Where no answer has it, no answer says which
    invitations were answered, and the pattern is unknown.
    """
    invited, answered = sums[INVITED], sums[ANSWERED]
    is_undated = not answered and any(part.component == SPOKEN for part in trust.parts)
    enough = invited >= policy.invitations_minimum * UNIT and not is_undated
    silent = UNIT - ratio_units(min(answered, invited), invited) if enough else None
    trusted = ratio_units(trust.numerator, trust.denominator) if trust.sufficient else None
    sides = ("trusted", "unanswered")
    return DivergencePattern(TRUSTED_WHILE_SILENT, sides, (trusted, silent), trust.confidence)
