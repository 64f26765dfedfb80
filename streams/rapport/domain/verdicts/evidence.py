"""How recent the evidence of a view of trust is."""

from rapport.domain.scoring.evaluate import RelationshipScores


def recent_share(scores: RelationshipScores, viewpoint: str) -> float:
    """Return the share of the evidence of a view that is not older than 90 days."""
    views = {
        "client": scores.trust,
        "own": scores.perception.own,
        "independent": scores.perception.independent,
    }
    return 1 - views[viewpoint].evidence.old_ratio
