"""Engagement: a weighted sum of five components, so its contributions add up exactly.

Recency, frequency, breadth over IT's roles, survey response, strategic conversations (domain core,
section 1.2). Incidents are contact, not engagement, so they weigh little.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import exp
from typing import Final

from rapport.streams.core.decay import SCALE, decayed, weights_to
from rapport.streams.core.measures import Measures
from rapport.streams.core.policy import EngagementPolicy
from rapport.streams.core.score import Contribution, Score

ROLES: Final = ("it_team", "project_managers", "it_management", "cio")
TICKET_ROLE: Final = "it_team"
EXPONENT_STEPS: Final = 1 << 30
"""Irrational powers are rounded to this grid once, so that all sums after them are exact."""


def engagement(measures: Measures, policy: EngagementPolicy, day: int) -> Score:
    """Return engagement with what each component gives and could give."""
    components = {
        "recency": _recency(measures, policy, day),
        "frequency": _frequency(measures, policy, day),
        **_breadth(measures, policy, day),
        "response": _response(measures, policy, day),
        "strategic": _strategic(measures, policy, day),
    }
    parts = tuple(
        Contribution(name, _weight(policy, name) * value)
        for name, value in sorted(components.items())
    )
    touched = any(key.startswith(("touch|", "ticket.opened|")) for key in measures)
    missing = _missing(measures, touched=touched)
    return Score(
        name="engagement",
        value=sum((part.points for part in parts), Fraction(0)),
        baseline=Fraction(0),
        contributions=parts,
        possible=tuple(Contribution(name, _weight(policy, name)) for name in sorted(components)),
        confidence=1 - len(missing) / 4,
        missing=missing,
        sufficient=touched or "survey.answered" in measures,
    )


def _weight(policy: EngagementPolicy, component: str) -> Fraction:
    if component.startswith("breadth."):
        return Fraction(policy.weights.breadth) / len(ROLES)
    return Fraction(getattr(policy.weights, component))


def _missing(measures: Measures, *, touched: bool) -> tuple[str, ...]:
    known = {
        "contact": touched,
        "touchpoints": any(key.startswith("touch|") for key in measures),
        "survey invitations": "survey.invited" in measures,
        "strategic conversations": "touch.strategic" in measures,
    }
    return tuple(name for name, there in known.items() if not there)


def _touches(measures: Measures) -> Iterator[tuple[str, Mapping[int, int]]]:
    for key, days in measures.items():
        kind, _, rest = key.partition("|")
        if kind == "touch":
            yield rest, days
        elif kind == "ticket.opened":
            yield rest.partition("|")[0], days


def _recency(measures: Measures, policy: EngagementPolicy, day: int) -> Fraction:
    past = [at for _, days in _touches(measures) for at in days if at <= day]
    if not past:
        return Fraction(0)
    return Fraction(weights_to(policy.recency_half_life_days, day)[max(past)], SCALE)


def _frequency(measures: Measures, policy: EngagementPolicy, day: int) -> Fraction:
    weights = weights_to(policy.frequency_half_life_days, day)
    weight = sum(
        (
            _touch_weight(policy, kind) * decayed(days, weights) / SCALE
            for kind, days in _touches(measures)
        ),
        Fraction(0),
    )
    return weight / (weight + policy.frequency_half)


def _touch_weight(policy: EngagementPolicy, kind: str) -> Fraction:
    return Fraction(getattr(policy.touches, kind))


def _breadth(measures: Measures, policy: EngagementPolicy, day: int) -> dict[str, Fraction]:
    decay = weights_to(policy.breadth_half_life_days, day)
    weights = dict.fromkeys(ROLES, Fraction(0))
    for key, days in measures.items():
        kind, _, rest = key.partition("|")
        if kind == "touch.role":
            touch, role = rest.split("|")
        elif kind == "ticket.opened":
            touch, role = rest.partition("|")[0], TICKET_ROLE
        else:
            continue
        weights[role] += _touch_weight(policy, touch) * decayed(days, decay) / SCALE
    return {f"breadth.{role}": _saturated(weight) for role, weight in weights.items()}


def _saturated(weight: Fraction) -> Fraction:
    return Fraction(round((1 - exp(-float(weight))) * EXPONENT_STEPS), EXPONENT_STEPS)


def _response(measures: Measures, policy: EngagementPolicy, day: int) -> Fraction:
    weights = weights_to(policy.response_half_life_days, day)
    answered = Fraction(decayed(measures.get("survey.answered", {}), weights), SCALE)
    invited = Fraction(decayed(measures.get("survey.invited", {}), weights), SCALE)
    # An answer is credited on its invitation's day; without invitations, answers invite themselves.
    invited = max(invited, answered)
    prior = Fraction(policy.response_prior_weight)
    return (answered + Fraction(policy.response_prior) * prior) / (invited + prior)


def _strategic(measures: Measures, policy: EngagementPolicy, day: int) -> Fraction:
    weights = weights_to(policy.strategic_half_life_days, day)
    talks = Fraction(decayed(measures.get("touch.strategic", {}), weights), SCALE)
    return talks / (talks + 1)
