"""Engagement: a weighted sum of five components, so that its parts add up exactly.

Recency, frequency, breadth over IT's roles, survey response, strategic conversations
(`docs/methods.md#engagement`). Incidents are contact rather than engagement, so they weigh little.
A silence that is longer than usual lowers the whole sum by a factor; the loss is a component too.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import expm1
from typing import Final

from rapport.domain.ledger.decay import UNIT, UNIT_BITS, decayed, ratio_units
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.ledger.newest_evidence import EvidenceSource, EvidenceWeight
from rapport.domain.policy.model import EngagementPolicy, SilencePolicy
from rapport.domain.policy.relationship import PrivacyPolicy
from rapport.domain.scoring.evidence import (
    NO_EVIDENCE,
    ScoreEvidence,
    inputs_level,
    score_evidence,
)
from rapport.domain.scoring.score import Part, Score, Withheld, over_common_denominator
from rapport.domain.scoring.small_groups import (
    disclose_parts,
    meets_minimum,
    people,
    people_sum_weights,
)

ROLES: Final = ("cio", "it_management", "it_team", "project_managers")
"""The roles of IT, in alphabetical order."""
TICKET_ROLE: Final = "it_team"
CONTACT: Final = "contact"
"""The mark of any contact."""
FREQUENCY: Final = "engagement.frequency"
TOUCHPOINTS: Final = "engagement.touchpoints"
STRATEGIC: Final = "engagement.strategic"
INVITED: Final = "engagement.invited"
ANSWERED: Final = "engagement.answered"
BREADTH: Final = {role: f"engagement.breadth.{role}" for role in ROLES}
_BREADTH_COMPONENTS: Final = tuple((f"breadth.{role}", name) for role, name in BREADTH.items())
RESPONSE: Final = "response"
SILENCE: Final = "silence"
"""The component that a long silence costs; its points are never positive."""
TOUCHED: Final = "touchpoints"
"""The set of days with a touchpoint."""
ASKED: Final = (people("invited"), people("answered"))
INPUTS: Final = 4
"""The number of inputs of which confidence is the known fraction."""


@dataclass(frozen=True, slots=True)
class EngagementCoefficients:
    """The engagement policy in integers."""

    denominator: int
    breadth: int
    """The weight of one role; all weights are numerators over the denominator."""
    frequency: int
    recency: int
    response: int
    strategic: int
    recency_half_life_days: int
    frequency_half: int
    prior_answered: int
    prior_invited: int
    minimum_people: int
    silence: SilencePolicy


def engagement_coefficients(
    policy: EngagementPolicy, privacy: PrivacyPolicy
) -> EngagementCoefficients:
    """Return the coefficients of a policy."""
    weights = policy.weights
    denominator, (breadth, frequency, recency, response, strategic) = over_common_denominator(
        (
            Fraction(weights.breadth) / len(ROLES),
            Fraction(weights.frequency),
            Fraction(weights.recency),
            Fraction(weights.response),
            Fraction(weights.strategic),
        )
    )
    return EngagementCoefficients(
        denominator=denominator * UNIT,
        breadth=breadth,
        frequency=frequency,
        recency=recency,
        response=response,
        strategic=strategic,
        recency_half_life_days=policy.recency_half_life_days,
        frequency_half=policy.frequency_half * UNIT,
        prior_answered=round(policy.response_prior * policy.response_prior_weight * UNIT),
        prior_invited=policy.response_prior_weight * UNIT,
        minimum_people=privacy.minimum_respondents,
        silence=policy.silence,
    )


def engagement_sum_weights(key: str, policy: EngagementPolicy) -> tuple[SumWeight, ...]:  # noqa: PLR0911 # one line a kind of contact
    """Return what a measure counts for in engagement."""
    match key.split("|"):
        case ["touch", kind]:
            return (
                SumWeight(FREQUENCY, policy.frequency_half_life_days, _weight(policy, kind)),
                SumWeight(TOUCHPOINTS, policy.frequency_half_life_days, UNIT),
            )
        case ["ticket.opened", kind, _]:
            units, name = _weight(policy, kind), BREADTH[TICKET_ROLE]
            return (
                SumWeight(FREQUENCY, policy.frequency_half_life_days, units),
                SumWeight(name, policy.breadth_half_life_days, units),
            )
        case ["touch.role", kind, role]:
            return (SumWeight(BREADTH[role], policy.breadth_half_life_days, _weight(policy, kind)),)
        case ["touch.strategic"]:
            return (SumWeight(STRATEGIC, policy.strategic_half_life_days, UNIT),)
        case ["survey.invited"]:
            return _person(INVITED, "invited", policy)
        case ["survey.answered"]:
            return _person(ANSWERED, "answered", policy)
    return ()


def _person(sum_name: str, name: str, policy: EngagementPolicy) -> tuple[SumWeight, ...]:
    days = policy.response_half_life_days
    return (SumWeight(sum_name, days, UNIT), *people_sum_weights(name, days))


def engagement_evidence_weights(key: str, policy: EngagementPolicy) -> tuple[EvidenceWeight, ...]:
    """Return what a contact weighs in the age of engagement's evidence."""
    match key.split("|"):
        case ["touch", kind] | ["ticket.opened", kind, _]:
            source = EvidenceSource(FREQUENCY, policy.frequency_half_life_days, None)
            return (EvidenceWeight(source, _weight(policy, kind)),)
    return ()


def contact_mark(key: str) -> str | None:
    """Return the mark of contact where a measure is contact."""
    return CONTACT if key.startswith(("touch|", "ticket.opened|")) else None


def touched_days(key: str) -> str | None:
    """Return the set of days with a touchpoint where a measure is one; a ticket is none."""
    return TOUCHED if key.startswith("touch|") else None


def engagement(sums: DecayedSums, coefficients: EngagementCoefficients) -> Score:
    """Return engagement, with the points of each component and its maximum."""
    touched = CONTACT in sums.newest
    missing = _missing(sums, touched=touched)
    parts = _parts(sums, coefficients)
    small = (RESPONSE,) if _few_respondents(sums, coefficients) else ()
    disclosure = disclose_parts(parts, small, coefficients.minimum_people)
    return Score(
        name="engagement",
        denominator=coefficients.denominator,
        baseline=0,
        parts=disclosure.parts if disclosure else (),
        confidence=1 - len(missing) / INPUTS,
        missing=missing,
        evidence=_evidence(sums, INPUTS - len(missing))
        if disclosure is not None and (touched or sums[ANSWERED] > 0)
        else NO_EVIDENCE,
        withheld=disclosure.withheld
        if disclosure
        else Withheld(small, coefficients.minimum_people),
    )


def _parts(sums: DecayedSums, coefficients: EngagementCoefficients) -> tuple[Part, ...]:
    """Return the parts, ordered by component."""
    breadth = [
        Part(component, coefficients.breadth * saturated(sums[name]), coefficients.breadth * UNIT)
        for component, name in _BREADTH_COMPONENTS
    ]
    frequency = _half_saturation(sums[FREQUENCY], coefficients.frequency_half)
    others = [
        _part("frequency", coefficients.frequency, frequency),
        _part("recency", coefficients.recency, _recency(sums, coefficients)),
        _part(RESPONSE, coefficients.response, _response(sums, coefficients)),
    ]
    strategic = _part("strategic", coefficients.strategic, _half_saturation(sums[STRATEGIC], UNIT))
    points = sum([part.points for part in (*breadth, *others, strategic)])
    silence = _silence_part(points, sums, coefficients.silence)
    return (*breadth, *others, silence, strategic)


def _part(component: str, weight: int, value: int) -> Part:
    return Part(component, weight * value, weight * UNIT)


def _silence_part(points: int, sums: DecayedSums, policy: SilencePolicy) -> Part:
    """Return what a silence costs: (1 - g) of the points of the other parts, E."""
    lost = UNIT - silence_factor(sums.days.get(TOUCHED, ()), sums.day, policy)
    return Part(SILENCE, -(points * lost >> UNIT_BITS), 0)


def silence_factor(touched: Sequence[int], day: int, policy: SilencePolicy) -> int:
    """Return g = 2^-(max(0, silence - usual) / half-life), in units of 2^-40; 1 without any day.

    >>> from rapport.domain.policy.model import SilencePolicy
    >>> policy = SilencePolicy(usual_days=30, usual_days_max=120, gap_factor=3, gaps_minimum=3,
    ...     window_days=365, half_life_days=60)
    >>> weekly = range(100, 200, 7)
    >>> silence_factor(weekly, weekly[-1] + 90, policy) / UNIT
    0.5
    >>> silence_factor(weekly, weekly[-1] + 30, policy) == silence_factor([], 0, policy) == UNIT
    True
    """
    if not touched or day - touched[-1] <= policy.usual_days:
        return UNIT
    # A median is a multiple of half a day, so whole numbers of half days are exact.
    excess = 2 * (day - touched[-1]) - _usual_half_days(touched, policy)
    return decayed(0, max(0, excess), 2 * policy.half_life_days)


def usual_silence_days(touched: Sequence[int], policy: SilencePolicy) -> float:
    """Return the longest silence that costs nothing: some usual gaps, within bounds."""
    return _usual_half_days(touched, policy) / 2


def _usual_half_days(touched: Sequence[int], policy: SilencePolicy) -> int:
    if not touched:
        return 2 * policy.usual_days
    first = bisect_left(touched, touched[-1] - policy.window_days)
    gaps = sorted(later - earlier for earlier, later in pairwise(touched[first:]))
    if len(gaps) < policy.gaps_minimum:
        return 2 * policy.usual_days
    twice_median = gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]
    usual = max(2 * policy.usual_days, policy.gap_factor * twice_median)
    return min(2 * policy.usual_days_max, usual)


def _evidence(sums: DecayedSums, present: int) -> ScoreEvidence:
    contact = sums.evidence.get(FREQUENCY)
    return score_evidence(inputs_level(present, INPUTS), [contact], sums.day)


def _few_respondents(sums: DecayedSums, coefficients: EngagementCoefficients) -> bool:
    """Return whether fewer people than the minimum group were invited, and fewer answered."""
    if not sums[INVITED] and not sums[ANSWERED]:
        return False
    invited, answered = ASKED
    minimum = coefficients.minimum_people
    return not (meets_minimum(sums, invited, minimum) or meets_minimum(sums, answered, minimum))


def saturated(amount: int) -> int:
    """Return 1 - e^-amount, both in units of 2^-40: each further contact adds less.

    >>> saturated(0), round(saturated(5 * UNIT) / UNIT, 6)
    (0, 0.993262)
    """
    return round(-expm1(-amount / UNIT) * UNIT)


def _weight(policy: EngagementPolicy, kind: str) -> int:
    units: int = round(getattr(policy.touches, kind) * UNIT)
    return units


def _missing(sums: DecayedSums, *, touched: bool) -> tuple[str, ...]:
    present = {
        "contact": touched,
        "touchpoints": sums[TOUCHPOINTS],
        "survey invitations": sums[INVITED],
        "strategic conversations": sums[STRATEGIC],
    }
    return tuple(name for name, is_present in present.items() if not is_present)


def _recency(sums: DecayedSums, coefficients: EngagementCoefficients) -> int:
    newest = sums.newest.get(CONTACT)
    return 0 if newest is None else decayed(newest, sums.day, coefficients.recency_half_life_days)


def _half_saturation(amount: int, half: int) -> int:
    """Return amount / (amount + half): one half where the amount is `half`."""
    return ratio_units(amount, amount + half)


def _response(sums: DecayedSums, coefficients: EngagementCoefficients) -> int:
    answered = sums[ANSWERED]
    # An answer counts on the day of its invitation; an answer without one counts as invited.
    invited = max(sums[INVITED], answered)
    return ratio_units(answered + coefficients.prior_answered, invited + coefficients.prior_invited)
