"""Engagement: a weighted sum of five components, so its contributions add up exactly.

Recency, frequency, breadth over IT's roles, survey response, strategic conversations
(`docs/methods.md#engagement`). Incidents are contact, not engagement, so they weigh little.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import expm1
from typing import Final

from rapport.domain.ledger.decay import UNIT, decayed, ratio_units
from rapport.domain.ledger.decayed_sums import Contribution, DecayedSums
from rapport.domain.policy.model import EngagementPolicy
from rapport.domain.policy.relationship import PrivacyPolicy
from rapport.domain.scoring.score import Part, Score, Withheld, over_common_denominator
from rapport.domain.scoring.small_groups import (
    disclose_parts,
    meets_minimum,
    people,
    people_contributions,
)

ROLES: Final = ("cio", "it_management", "it_team", "project_managers")
"""The roles of IT, ordered."""
TICKET_ROLE: Final = "it_team"
CONTACT: Final = "contact"
"""The mark of any contact."""
FREQUENCY: Final = "engagement.frequency"
TOUCHPOINTS: Final = "engagement.touchpoints"
STRATEGIC: Final = "engagement.strategic"
INVITED: Final = "engagement.invited"
ANSWERED: Final = "engagement.answered"
BREADTH: Final = {role: f"engagement.breadth.{role}" for role in ROLES}
RESPONSE: Final = "response"
ASKED: Final = (people("invited"), people("answered"))
INPUTS: Final = 4
"""Of how many inputs confidence is the share."""


@dataclass(frozen=True, slots=True)
class EngagementCoefficients:
    """The engagement policy in integers."""

    denominator: int
    breadth: int
    """Weight of one role, over the denominator, as the other weights are."""
    frequency: int
    recency: int
    response: int
    strategic: int
    recency_half_life_days: int
    frequency_half: int
    prior_answered: int
    prior_invited: int
    minimum_people: int


def engagement_coefficients(
    policy: EngagementPolicy, privacy: PrivacyPolicy
) -> EngagementCoefficients:
    """Return the policy as the calculation wants it."""
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
    )


def engagement_contributions(key: str, policy: EngagementPolicy) -> tuple[Contribution, ...]:  # noqa: PLR0911 # one line a kind of contact
    """Return what a measure counts for in engagement."""
    match key.split("|"):
        case ["touch", kind]:
            return (
                Contribution(FREQUENCY, policy.frequency_half_life_days, _weight(policy, kind)),
                Contribution(TOUCHPOINTS, policy.frequency_half_life_days, UNIT),
            )
        case ["ticket.opened", kind, _]:
            units, name = _weight(policy, kind), BREADTH[TICKET_ROLE]
            return (
                Contribution(FREQUENCY, policy.frequency_half_life_days, units),
                Contribution(name, policy.breadth_half_life_days, units),
            )
        case ["touch.role", kind, role]:
            return (
                Contribution(BREADTH[role], policy.breadth_half_life_days, _weight(policy, kind)),
            )
        case ["touch.strategic"]:
            return (Contribution(STRATEGIC, policy.strategic_half_life_days, UNIT),)
        case ["survey.invited"]:
            return _person(INVITED, "invited", policy)
        case ["survey.answered"]:
            return _person(ANSWERED, "answered", policy)
    return ()


def _person(tally: str, name: str, policy: EngagementPolicy) -> tuple[Contribution, ...]:
    days = policy.response_half_life_days
    return (Contribution(tally, days, UNIT), *people_contributions(name, days))


def contact_mark(key: str) -> str | None:
    """Return the mark of contact where a measure is contact."""
    return CONTACT if key.startswith(("touch|", "ticket.opened|")) else None


def engagement(standing: DecayedSums, terms: EngagementCoefficients) -> Score:
    """Return engagement with what each component gives and could give."""
    components = (
        *((f"breadth.{role}", terms.breadth, saturated(standing[BREADTH[role]])) for role in ROLES),
        ("frequency", terms.frequency, _half_full(standing[FREQUENCY], terms.frequency_half)),
        ("recency", terms.recency, _recency(standing, terms)),
        (RESPONSE, terms.response, _response(standing, terms)),
        ("strategic", terms.strategic, _half_full(standing[STRATEGIC], UNIT)),
    )
    touched = CONTACT in standing.newest
    missing = _missing(standing, touched=touched)
    parts = tuple(Part(name, weight * value, weight * UNIT) for name, weight, value in components)
    few = (RESPONSE,) if _few_asked(standing, terms) else ()
    told = disclose_parts(parts, few, terms.minimum_people)
    return Score(
        name="engagement",
        denominator=terms.denominator,
        baseline=0,
        parts=told.parts if told else (),
        confidence=1 - len(missing) / INPUTS,
        missing=missing,
        sufficient=told is not None and (touched or standing[ANSWERED] > 0),
        withheld=told.withheld if told else Withheld(few, terms.minimum_people),
    )


def _few_asked(standing: DecayedSums, terms: EngagementCoefficients) -> bool:
    """Return whether the response is that of a few people, invited or not."""
    known = standing[INVITED] or standing[ANSWERED]
    return bool(known) and not any(meets_minimum(standing, p, terms.minimum_people) for p in ASKED)


def saturated(tally: int) -> int:
    """Return 1 - e^-tally, both in units of 2^-40: much more of the same adds little.

    >>> saturated(0), round(saturated(5 * UNIT) / UNIT, 6)
    (0, 0.993262)
    """
    return round(-expm1(-tally / UNIT) * UNIT)


def _weight(policy: EngagementPolicy, kind: str) -> int:
    units: int = round(getattr(policy.touches, kind) * UNIT)
    return units


def _missing(standing: DecayedSums, *, touched: bool) -> tuple[str, ...]:
    known = {
        "contact": touched,
        "touchpoints": standing[TOUCHPOINTS],
        "survey invitations": standing[INVITED],
        "strategic conversations": standing[STRATEGIC],
    }
    return tuple(name for name, there in known.items() if not there)


def _recency(standing: DecayedSums, terms: EngagementCoefficients) -> int:
    newest = standing.newest.get(CONTACT)
    return 0 if newest is None else decayed(newest, standing.day, terms.recency_half_life_days)


def _half_full(tally: int, half: int) -> int:
    """Return tally / (tally + half): one half where the tally is `half`."""
    return ratio_units(tally, tally + half)


def _response(standing: DecayedSums, terms: EngagementCoefficients) -> int:
    answered = standing[ANSWERED]
    # An answer is credited on its invitation's day; without invitations, answers invite themselves.
    invited = max(standing[INVITED], answered)
    return ratio_units(answered + terms.prior_answered, invited + terms.prior_invited)
