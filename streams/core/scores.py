"""All scores of one client at one day: a pure function of the ledger, the policy and the day."""

from dataclasses import dataclass

from rapport.streams.core.along import Along, along
from rapport.streams.core.engagement import engagement
from rapport.streams.core.knowledge import Knowledge, knowledge
from rapport.streams.core.measures import ClientMeasures
from rapport.streams.core.perception import Perception, perception
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
    """As the client shows it."""
    engagement: Score
    perception: Perception
    knowledge: Knowledge
    along: Along
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
    client_trust = trust(standing, plan.trust)
    return ClientHealth(
        client=client,
        day=day,
        policy_hash=plan.hash,
        trust=client_trust,
        engagement=engagement(standing, plan.engagement),
        perception=perception(
            trust(standing, plan.trust, "own"),
            client_trust,
            trust(standing, plan.trust, "independent"),
            plan.policy.perception,
        ),
        knowledge=knowledge(standing, plan.knowledge),
        along=along(standing, plan.along),
        purchases=purchase_health(measures.amounts, weekly, plan.policy.purchases, day, people),
    )
