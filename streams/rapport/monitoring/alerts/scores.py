"""Alerts on what the scores show: a fall against the client's own past, a gap, a contradiction."""

from typing import Final

from rapport.monitoring.alerts.alert import Case, ConcernAlert, Slot, concern, per_client, unshared
from rapport.monitoring.alerts.cases import (
    ABSENT,
    CLIENT_LABELS,
    client_series,
    fires,
    plain_series,
    with_near_misses,
)
from rapport.monitoring.metrics import concerns, relationship, scores
from rapport.monitoring.metrics.model import Metric


def _fall(name: str, kind: str, score: str, metric: Metric, now: float, median: float) -> Case:
    return fires(
        name,
        (concerns.CONCERN_POINTS, f'concern="{kind}"', 15),
        (metric, "", now),
        (relationship.SCORE_PAST, f'score="{score}"', median),
        (relationship.SCORE_CONFIDENCE, f'score="{score}"', 0.5),
        now=f"{100 * now:.0f}",
        past=f"{100 * median:.0f}",
        confidence="50",
    )


def _fall_slots(score: str, metric: Metric) -> dict[str, Slot]:
    return {
        "now": Slot(metric, "%.0f", "100 *"),
        "past": Slot(relationship.SCORE_PAST, "%.0f", "100 *", f'score="{score}"'),
        "confidence": Slot(relationship.SCORE_CONFIDENCE, "%.0f", "100 *", f'score="{score}"'),
    }


_TRUST_FALLS: Final = _fall(
    "trust that fell fires", "trust_falling", "trust", scores.TRUST, 0.544, 0.71
)
TRUST_FALLING: Final = ConcernAlert(
    name="RapportTrustFalling",
    expr=per_client(concern("trust_falling")),
    severity="warning",
    depends_on=("tickets", "surveys", "relationship"),
    slots=_fall_slots("trust", scores.TRUST),
    cases=with_near_misses(
        _TRUST_FALLS,
        ("trust that does not fall stays silent", concerns.CONCERN_POINTS, ABSENT),
        ("a fall of minutes stays silent", concerns.CONCERN_POINTS, "15x3 stale _x200"),
    ),
)
_FADES: Final = _fall(
    "engagement that fades fires",
    "engagement_fading",
    "engagement",
    scores.ENGAGEMENT,
    0.31,
    0.52,
)
ENGAGEMENT_FALLING: Final = ConcernAlert(
    name="RapportEngagementFalling",
    expr=per_client(concern("engagement_fading")),
    depends_on=("tickets", "surveys", "relationship"),
    slots=_fall_slots("engagement", scores.ENGAGEMENT),
    cases=with_near_misses(
        _FADES,
        ("engagement that holds stays silent", concerns.CONCERN_POINTS, ABSENT),
    ),
)
_DIVERGES: Final = fires(
    "green tickets while spend outside rises fires",
    (concerns.CONCERN_POINTS, 'concern="signs_contradict"', 25),
    (relationship.DIVERGENCE, "", 0.62),
    strength="62",
)
DIVERGENCE: Final = ConcernAlert(
    name="RapportDivergence",
    expr=per_client(concern("signs_contradict")),
    severity="warning",
    depends_on=("tickets", "surveys", "procurement"),
    slots={"strength": Slot(relationship.DIVERGENCE, "%.0f", "100 *")},
    cases=with_near_misses(
        _DIVERGES,
        ("a contradiction that is no concern stays silent", concerns.CONCERN_POINTS, ABSENT),
    ),
)
_OVERRATES: Final = fires(
    "IT that overrates itself fires",
    (concerns.CONCERN_POINTS, 'concern="overrated"', 10),
    (relationship.PERCEPTION, "", 0.35),
    (relationship.PERCEPTION_PROBABILITY, "", 0.967),
    gap="35",
    chance="97",
)
PERCEPTION_GAP: Final = ConcernAlert(
    name="RapportITOverratesItself",
    expr=per_client(unshared("overrated")),
    depends_on=("surveys",),
    slots={
        "gap": Slot(relationship.PERCEPTION, "%.0f", "100 *"),
        "chance": Slot(relationship.PERCEPTION_PROBABILITY, "%.0f", "100 *"),
    },
    cases=with_near_misses(
        _OVERRATES,
        ("a gap that is no concern stays silent", concerns.CONCERN_POINTS, ABSENT),
        ("a gap that most clients have stays silent", concerns.CONCERN_POINTS, 0),
    ),
)
_STALE: Final = Case(
    name="a facet past its validity fires",
    series=(
        *client_series(
            (relationship.FACET_STALE, 'facet="goals"', 1),
            (relationship.FACET_STALE, 'facet="mission"', 0),
            (relationship.KNOWLEDGE, "", 0.44),
            (concerns.CONCERN_POINTS, 'concern="knowledge_stale"', 0),
        ),
        *plain_series((concerns.SHARED_CLIENTS, 'concern="knowledge_stale"', ABSENT)),
    ),
    labels=CLIENT_LABELS,
    slot_texts={"facets": "1", "knowledge": "44"},
)
KNOWLEDGE_STALE: Final = ConcernAlert(
    name="RapportKnowledgeStale",
    expr=per_client(
        f"sum by (client) ({relationship.FACET_STALE}) and on (client) "
        f"{concern('knowledge_stale')} "
        f'unless on () {concerns.SHARED_CLIENTS}{{concern="knowledge_stale"}} > 0'
    ),
    depends_on=("relationship",),
    slots={"facets": Slot(), "knowledge": Slot(relationship.KNOWLEDGE, "%.0f", "100 *")},
    cases=with_near_misses(
        _STALE,
        ("a facet that is fresh stays silent", concerns.CONCERN_POINTS, ABSENT),
        ("stale knowledge of most clients stays silent", concerns.SHARED_CLIENTS, 9),
    ),
)
