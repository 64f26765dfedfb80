"""A client and its scores, as JSON."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import to_builtins

from rapport.domain.calendar import dated
from rapport.domain.clients.places import NOWHERE, Place
from rapport.domain.clients.registry import Client
from rapport.domain.comparison.benchmark import TARGETS, gap_of
from rapport.domain.comparison.roll_ups import RollUp
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.difference import largest_rows
from rapport.domain.ledger.decay import UNIT
from rapport.domain.policy.relationship import ComparePolicy
from rapport.domain.scoring.changeable import gains
from rapport.domain.scoring.divergence import DivergencePattern
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.evidence import ScoreEvidence
from rapport.domain.scoring.maturity import Maturity
from rapport.domain.scoring.participation import ItActivity
from rapport.domain.scoring.score import Score, scale_of
from rapport.language.contract_text import (
    missing_texts,
    purchase_notes,
    purchase_reason,
    score_reason,
    top_reason,
)
from rapport.language.language import Language
from rapport.language.organisation import describe_roll_up
from rapport.web.verdict_json import verdict_json
from rapport_schemas.currencies import DECIMALS

EVENTS_MAX: Final = 60
"""The number of rows shown of a score; the others are added up in one more row."""


def client_json(
    client: Client,
    health: ClientHealth,
    policy: ComparePolicy,
    names: Mapping[str, str],
    place: Place = NOWHERE,
) -> dict[str, Any]:
    """Return a client, its verdict and all its scores; `names` are the clients' names by id."""
    purchases = health.purchases
    return {
        "id": client.id,
        "name": client.name,
        "owner": client.owner,
        "organisation": place_json(place),
        "day": health.day,
        "policy": health.policy_hash,
        **verdict_json(health.verdict, names),
        "reason": top_reason(health, names),
        "trust": score_json(health.trust),
        "engagement": score_json(health.engagement),
        **relationship_json(health, policy),
        "purchases": {
            "observed": purchases.observed,
            "expected": purchases.expected,
            "ratio": purchases.ratio,
            "probability": purchases.probability,
            "state": purchases.state,
            "first_day": purchases.first_day,
            "last_day": purchases.last_day,
            "history_weeks": purchases.history_weeks,
            "history_weeks_minimum": purchases.history_weeks_minimum,
            "false_alerts": {"a_year": purchases.false_alerts, "clients": purchases.clients},
            "least_amounts": dict(purchases.least_amounts),
            "reason": purchase_reason(purchases),
            "suppliers": list(purchases.top_suppliers),
            "approved": [to_builtins(one) for one in purchases.approved],
            "sanctions": dict(purchases.by_sanction),
            "spend": {
                currency: f"{minor / 10 ** DECIMALS[currency]:.{DECIMALS[currency]}f}"
                for currency, minor in purchases.spend_minor
            },
            "confidence": purchases.confidence,
            "missing": missing_texts(purchases.missing),
            "notes": purchase_notes(purchases),
        },
        "sources": to_builtins(health.sources),
    }


def place_json(place: Place) -> dict[str, Any]:
    """Return a client's place in the organisation."""
    return {
        "group": list(place.group),
        "size": place.size,
        "sector": place.sector,
        "review_on": None if place.review_on is None else dated(place.review_on).isoformat(),
        "roles": [{"role": role, "held_by": team} for role, team in place.roles],
    }


def roll_up_json(together: RollUp, language: Language) -> dict[str, Any]:
    """Return some clients together, also in words."""
    scores = {name: score._asdict() for name, score in together.scores.items()}
    return {
        **to_builtins(together),
        "weighed": together.is_weighed,
        "scores": scores,
        "text": describe_roll_up(together, language),
    }


def relationship_json(health: ClientHealth, policy: ComparePolicy) -> dict[str, Any]:
    """Return perception, knowledge, participation, maturity, divergence and impact."""
    perception, knowledge, participation = health.perception, health.knowledge, health.participation
    divergence = health.divergence
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
        | {"stale": list(knowledge.stale), "facets": to_builtins(knowledge.facets)},
        "participation": score_json(participation.score)
        | {
            "message": participation.message,
            "roles": to_builtins(participation.roles),
            "teams": to_builtins(participation.teams),
            "small_teams": participation.small_teams,
        },
        "maturity": score_json(health.maturity.score) | maturity_json(health.maturity),
        "divergence": score_json(divergence.score)
        | {
            "pattern": divergence.pattern,
            "alert": divergence.alert,
            "signs": list(map(signs_json, divergence.patterns)),
        },
        "impact": {
            score.name: health.volume * gap_of(score, policy)
            for score in health.scores
            if score.name in TARGETS
        },
    }


def signs_json(pattern: DivergencePattern) -> dict[str, Any]:
    """Return the two signs of a pattern, each 0 to 1, and their strength together."""
    values = zip(pattern.sides, pattern.values, strict=True)
    return {
        "pattern": pattern.name,
        "sides": {side: None if value is None else value / UNIT for side, value in values},
        "strength": pattern.strength / UNIT if pattern.has_values else None,
    }


def score_json(score: Score) -> dict[str, Any]:
    """Return a score with its parts."""
    return {
        "value": score.shown,
        "scale": list(scale_of(score.name)),
        "confidence": score.confidence,
        "sufficient": score.sufficient,
        "evidence": evidence_json(score.evidence),
        "missing": missing_texts(score.missing),
        "withheld": withheld_json(score),
        "reason": score_reason(score),
        "contributions": {part.component: score.ratio(part.points) for part in score.parts},
        "possible": {part.component: score.ratio(part.possible) for part in score.parts},
        "gains": {part.component: score.ratio(part.missing) for part in gains(score)},
    }


def evidence_json(evidence: ScoreEvidence) -> dict[str, Any]:
    """Return how much is known of a score, and how old it is."""
    return {
        "level": evidence.level.key,
        "newest_days": evidence.newest_days,
        "old_ratio": evidence.old_ratio,
        "mostly_old": evidence.mostly_old,
    }


def withheld_json(score: Score) -> dict[str, Any] | None:
    """Return what small-group suppression withholds; None: nothing is withheld."""
    if score.withheld is None:
        return None
    inputs, minimum, combined = score.withheld
    return {"inputs": list(inputs), "minimum_respondents": minimum, "together": list(combined)}


def events_json(attribution: ScoreAttribution) -> dict[str, Any]:
    """Return the largest rows of a score; the units of the rows add up to its numerator."""
    score = attribution.score
    listed = largest_rows(attribution, EVENTS_MAX) if score.sufficient else ()
    rows = [
        {
            "component": row.component,
            "kind": row.kind,
            "day": None if row.day is None else dated(row.day).isoformat(),
            "points": score.ratio(row.points),
            "units": str(row.points),
        }
        for row in listed
    ]
    return {"count": len(attribution.rows), "rows": rows}


def maturity_json(maturity: Maturity) -> dict[str, Any]:
    """Return a stage, the criteria of the next one, and those to stay at this one."""
    return {
        "stage": maturity.stage,
        "weeks_to_next": maturity.weeks_to_next,
        "next": to_builtins(maturity.next_criteria),
        "stay": to_builtins(maturity.stay_criteria),
        "unmet_criteria": [criterion.name for criterion in maturity.unmet_criteria],
    }


def it_activity_json(activity: ItActivity) -> dict[str, Any]:
    """Return the activity of IT's roles and teams over all clients, and its message."""
    return {
        "message": activity.message,
        "roles": [to_builtins(group) | {"clients": clients} for group, clients in activity.roles],
        "teams": [to_builtins(group) | {"clients": clients} for group, clients in activity.teams],
        "small_teams": activity.small_teams,
    }
