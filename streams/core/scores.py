"""All scores of one client at one day: a pure function of the ledger, the policy and the day."""

from dataclasses import dataclass

from rapport.streams.core.engagement import engagement
from rapport.streams.core.measures import ClientMeasures
from rapport.streams.core.plan import Plan
from rapport.streams.core.population import Population, Weekly
from rapport.streams.core.procurement import PurchaseHealth, purchase_health
from rapport.streams.core.score import Score
from rapport.streams.core.trust import trust


@dataclass(frozen=True, slots=True)
class ClientHealth:
    """How one client sees IT on one day."""

    client: str
    day: int
    policy_hash: str
    trust: Score
    engagement: Score
    purchases: PurchaseHealth


def evaluate(
    client: str,
    measures: ClientMeasures,
    weekly: Weekly,
    plan: Plan,
    day: int,
    people: Population,
) -> ClientHealth:
    """Return the health of a client; the same for every order in which its events arrived."""
    standing = measures.standing(plan, day)
    return ClientHealth(
        client=client,
        day=day,
        policy_hash=plan.hash,
        trust=trust(standing, plan.trust),
        engagement=engagement(standing, plan.engagement),
        purchases=purchase_health(measures.amounts, weekly, plan.policy.purchases, day, people),
    )
