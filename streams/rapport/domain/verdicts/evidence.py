"""How recent the evidence of a view of trust is."""

from rapport.domain.verdicts.facts import ClientFacts


def recent_share(facts: ClientFacts, viewpoint: str) -> float:
    """Return the share of the evidence of a view that is not older than 90 days."""
    health = facts.health
    views = {
        "client": health.trust,
        "own": health.perception.own,
        "independent": health.perception.independent,
    }
    return 1 - views[viewpoint].evidence.old_ratio
