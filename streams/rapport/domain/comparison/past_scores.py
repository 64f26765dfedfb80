"""A client's scores at the ends of its last closed weeks, from the data of today.

Most scores follow from the client's decayed sums and are stored per week. Maturity and divergence
also depend on the rise of purchases, which is relative to all clients: they are computed on demand
from the client's stored week and the fleet's baseline of that week. The result equals an evaluation
of the client on the last day of each week.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rapport.domain.calendar import week_of
from rapport.domain.ledger.decay import UNIT
from rapport.domain.policy.model import Policy
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.policy.relationship import MaturityPolicy
from rapport.domain.procurement.baseline import FleetBaseline
from rapport.domain.procurement.health import history_weeks
from rapport.domain.procurement.purchases import Purchases
from rapport.domain.procurement.windows import Windows
from rapport.domain.scoring.divergence import rising, week_strength
from rapport.domain.scoring.evaluate import ClientHealth, WeeklyReading
from rapport.domain.scoring.maturity import maturity_index

PastScores = Mapping[str, Sequence[float | None]]
"""Score -> its values at the ends of the last closed weeks, the oldest first."""
WEEK_END_FIELDS: Final = {
    "participation": "participation",
    "engagement": "engagement",
    "knowledge": "knowledge",
    "perception": "perception",
    "trust": "trust",
    "trust.independent": "trust_independent",
    "trust.own": "trust_own",
}
"""Score -> the field of `WeeklyReading` that has it."""


def past_scores(
    health: ClientHealth,
    purchases: Purchases | None,
    closed: Iterable[FleetBaseline],
    policy: Policy,
) -> PastScores:
    """Return every score at the ends of the client's last closed weeks.

    `closed` has the fleet's baselines at the ends of these weeks; `policy` is the one of `health`.
    Without `purchases` or a baseline, maturity and divergence are None.
    """
    count = policy.compare.past_weeks
    weeks, first_week = health.weeks[-count:], week_of(health.day) - count
    scores: dict[str, list[float | None]] = {
        score: [getattr(week, field) for week in weeks] for score, field in WEEK_END_FIELDS.items()
    }
    scores["divergence"], scores["maturity"] = [None] * count, [None] * count
    if purchases is None:
        return scores
    for fleet in closed:
        index = fleet.newest_week - first_week
        if 0 <= index < count:
            until = health.weeks[: len(health.weeks) - count + index + 1]
            windows = Windows(purchases.weekly, purchases.first_day, policy.purchases, fleet)
            minimum = policy.purchases.history_weeks_minimum
            is_known = history_weeks(purchases, fleet.newest_week) >= minimum
            outside = windows if is_known else None
            scores["divergence"][index] = _divergence(until[-1], outside, policy.purchases)
            scores["maturity"][index] = _maturity(until, windows, policy.maturity)
    return scores


def _divergence(
    week: WeeklyReading, outside: Windows | None, limits: PurchasePolicy
) -> float | None:
    """Return the strongest pattern, 0 to 1; without `outside`, of those without purchases."""
    rises = None
    if week.green_tickets is not None and outside is not None:
        window = outside.latest()
        rises = rising(window.observed, window.probability, limits)
    strength = week_strength(week.green_tickets, week.trusted_but_silent, rises)
    return None if strength is None else strength / UNIT


def _maturity(
    weeks: Sequence[WeeklyReading], outside: Windows, policy: MaturityPolicy
) -> float | None:
    """Return the index at the end of the last of `weeks`; its ring is the weeks before that."""
    ring = weeks[-1 - policy.ring_weeks : -1]
    return maturity_index(
        weeks[-1].criteria_met, [week.stages_met for week in ring], outside, policy
    )
