"""What each score was at the ends of the client's own last closed weeks, of what is known now.

Most scores follow from the client's tallies and were read at those ends. Maturity and divergence
also ask whether purchases rose, and that is held against all clients: they are put together from
the client's own half and from the population as it stood in each week, when somebody asks. It comes
to the same as evaluating the client on the last day of every week.
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
from rapport.domain.scoring.divergence import bounded_sum, rising
from rapport.domain.scoring.evaluate import ClientHealth, WeeklyReading
from rapport.domain.scoring.maturity import maturity_index

PastScores = Mapping[str, Sequence[float | None]]
"""Score -> what it was at the ends of the last closed weeks, the oldest first."""
WEEK_END_FIELDS: Final = {
    "participation": "participation",
    "engagement": "engagement",
    "knowledge": "knowledge",
    "perception": "perception",
    "trust": "trust",
    "trust.independent": "trust_independent",
    "trust.own": "trust_own",
}
"""Score -> where a week's end has it."""


def past_scores(
    health: ClientHealth,
    purchases: Purchases | None,
    closed: Iterable[FleetBaseline],
    policy: Policy,
) -> PastScores:
    """Return every score at the ends of the client's last closed weeks.

    `purchases` are the client's own as known now, `closed` the population at the ends of these
    weeks, and `policy` the one of `health`. Where either is not at hand, nothing is known of
    maturity and divergence.
    """
    count = policy.compare.past_weeks
    weeks, first_week = health.weeks[-count:], week_of(health.day) - count
    past: dict[str, list[float | None]] = {
        score: [getattr(week, place) for week in weeks] for score, place in WEEK_END_FIELDS.items()
    }
    past["divergence"], past["maturity"] = [None] * count, [None] * count
    if purchases is None:
        return past
    for people in closed:
        place = people.newest_week - first_week
        if 0 <= place < count:
            then = health.weeks[: len(health.weeks) - count + place + 1]
            outside = Windows(purchases.weekly, policy.purchases, people)
            known = history_weeks(purchases, people.newest_week) > 0
            past["divergence"][place] = _divergence(
                then[-1], outside if known else None, policy.purchases
            )
            past["maturity"][place] = _maturity(then, outside, policy.maturity)
    return past


def _divergence(
    week: WeeklyReading, outside: Windows | None, limits: PurchasePolicy
) -> float | None:
    """Return the strongest pattern, 0 to 1; without `outside`, of those that need no purchases."""
    buying = None
    if week.green_tickets is not None and outside is not None:
        now = outside.running()
        buying = bounded_sum(week.green_tickets, rising(now.observed, now.probability, limits))
    known = [strength for strength in (buying, week.trusted_but_silent) if strength is not None]
    return max(known) / UNIT if known else None


def _maturity(
    weeks: Sequence[WeeklyReading], outside: Windows, policy: MaturityPolicy
) -> float | None:
    """Return the index at the end of the last of `weeks`; the ring is that of the weeks before."""
    ring = weeks[-1 - policy.ring_weeks : -1]
    return maturity_index(
        weeks[-1].criteria_met, [week.stages_met for week in ring], outside, policy
    )
