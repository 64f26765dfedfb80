"""All scores of one client at one day: a pure function of the ledger, the policy and the day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rapport.streams.core.engagement import engagement
from rapport.streams.core.figures import Figures
from rapport.streams.core.measures import Measures
from rapport.streams.core.policy import Policy
from rapport.streams.core.procurement import Market, PurchaseHealth, purchase_health
from rapport.streams.core.score import Score
from rapport.streams.core.sources import SourceState, client_states, freshness
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
    sources: Mapping[str, SourceState]
    """How each source stands for this client."""


def evaluate(
    client: str,
    measures: Measures,
    known: Figures,
    policy: Policy,
    day: int,
    shared: Market,
) -> ClientHealth:
    """Return the health of a client; the same for every order in which its events arrived."""
    return ClientHealth(
        client=client,
        day=day,
        policy_hash=policy.hash,
        trust=_as_fresh(trust(measures, policy.trust, day), shared),
        engagement=_as_fresh(engagement(measures, policy.engagement, day), shared),
        purchases=purchase_health(known.purchases, policy, shared),
        sources=client_states(known.active, day, shared.feeds, policy.sources),
    )


def _as_fresh(score: Score, shared: Market) -> Score:
    """Return a score that knows which of its sources are broken."""
    fresh = freshness(score.name, shared.feeds)
    if not fresh.missing:
        return score
    return replace(
        score,
        confidence=score.confidence * fresh.share,
        missing=(*score.missing, *fresh.missing),
    )
