"""A client and its scores, as JSON."""

from dataclasses import asdict
from typing import Any

from rapport.schemas.currencies import DECIMALS
from rapport.streams.core.along import Group, Takeaways
from rapport.streams.core.clients import Client
from rapport.streams.core.compare import TARGETS, Priority, gap_of
from rapport.streams.core.contract_text import (
    missing_texts,
    purchase_notes,
    purchase_reason,
    score_reason,
    top_reason,
)
from rapport.streams.core.knowledge import Facet
from rapport.streams.core.maturity import Criterion
from rapport.streams.core.policy_relation import ComparePolicy
from rapport.streams.core.score import Score
from rapport.streams.core.scores import ClientHealth


def client_json(client: Client, health: ClientHealth, policy: ComparePolicy) -> dict[str, Any]:
    """Return a client and all its scores."""
    purchases = health.purchases
    return {
        "id": client.id,
        "name": client.name,
        "owner": client.owner,
        "day": health.day,
        "policy": health.policy_hash,
        "reason": top_reason(health),
        "trust": score_json(health.trust),
        "engagement": score_json(health.engagement),
        **relation_json(health, policy),
        "purchases": {
            "observed": purchases.observed,
            "expected": purchases.expected,
            "ratio": purchases.ratio,
            "probability": purchases.probability,
            "state": purchases.state,
            "history_weeks": purchases.history_weeks,
            "reason": purchase_reason(purchases),
            "suppliers": list(purchases.top_suppliers),
            "standings": dict(purchases.by_standing),
            "spend": {
                currency: f"{minor / 10 ** DECIMALS[currency]:.{DECIMALS[currency]}f}"
                for currency, minor in purchases.spend_minor
            },
            "confidence": purchases.confidence,
            "missing": missing_texts(purchases.missing),
            "notes": purchase_notes(purchases),
        },
        "sources": {name: asdict(source) for name, source in health.sources.items()},
    }


def relation_json(health: ClientHealth, policy: ComparePolicy) -> dict[str, Any]:
    """Return perception, knowledge, who is taken along, maturity, divergence and impact."""
    perception, knowledge, along = health.perception, health.knowledge, health.along
    maturity, divergence = health.maturity, health.divergence
    return {
        "perception": score_json(perception.score)
        | {
            "own": score_json(perception.own),
            "independent": score_json(perception.independent),
            "against": perception.against,
            "probability": perception.probability,
            "overrates": perception.overrates,
        },
        "knowledge": score_json(knowledge.score)
        | {
            "stale": list(knowledge.stale),
            "facets": [_flat(facet) for facet in knowledge.facets],
        },
        "along": score_json(along.score)
        | {
            "message": along.message,
            "roles": [group_json(group) for group in along.roles],
            "teams": [group_json(group) for group in along.teams],
            "small_teams": along.small_teams,
        },
        "maturity": score_json(maturity.score)
        | {
            "stage": maturity.stage,
            "weeks_to_next": maturity.weeks_to_next,
            "next": [criterion_json(criterion) for criterion in maturity.next_criteria],
            "stay": [criterion_json(criterion) for criterion in maturity.stay_criteria],
            "way": [criterion.name for criterion in maturity.way],
        },
        "divergence": score_json(divergence.score)
        | {"pattern": divergence.pattern, "alert": divergence.alert},
        "impact": {
            score.name: health.volume * gap_of(score, policy)
            for score in health.scores
            if score.name in TARGETS
        },
    }


def score_json(score: Score) -> dict[str, Any]:
    """Return a score with its parts."""
    return {
        "value": score.shown,
        "confidence": score.confidence,
        "sufficient": score.sufficient,
        "missing": missing_texts(score.missing),
        "withheld": withheld_json(score),
        "reason": score_reason(score),
        "contributions": {part.component: score.ratio(part.points) for part in score.parts},
        "possible": {part.component: score.ratio(part.possible) for part in score.parts},
    }


def withheld_json(score: Score) -> dict[str, Any] | None:
    """Return what is not told apart because too few people answered; None: everything is told."""
    if score.withheld is None:
        return None
    inputs, minimum, together = score.withheld
    return {
        "inputs": list(inputs),
        "minimum_respondents": minimum,
        "together": list(together),
    }


def criterion_json(criterion: Criterion) -> dict[str, Any]:
    """Return a criterion of a stage."""
    return _flat(criterion)


def group_json(group: Group) -> dict[str, Any]:
    """Return a role or a team."""
    return _flat(group)


def takeaways_json(found: Takeaways) -> dict[str, Any]:
    """Return what all clients together say of IT's own roles, teams and message."""
    return {
        "message": found.message,
        "roles": [group_json(group) | {"clients": clients} for group, clients in found.roles],
        "teams": [group_json(group) | {"clients": clients} for group, clients in found.teams],
        "small_teams": found.small_teams,
    }


def priority_json(priority: Priority, name: str) -> dict[str, Any]:
    """Return one gap and its impact, with the client's name."""
    return {**priority._asdict(), "name": name}


def _flat(value: Facet | Criterion | Group) -> dict[str, Any]:
    """Return the fields of a value that holds no other; `asdict` copies, and takes ten times."""
    return {name: getattr(value, name) for name in value.__slots__}
