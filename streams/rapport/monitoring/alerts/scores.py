"""Alerts on what the scores show: a fall against the client's own past, a gap, a contradiction."""

from typing import Final

from rapport.monitoring.alerts.alert import Alert, Case, Slot, confident, per_client
from rapport.monitoring.alerts.cases import (
    CLIENT_LABELS,
    client_series,
    fires,
    plain_series,
    with_near_misses,
)
from rapport.monitoring.metrics import feeds, relationship, scores
from rapport.monitoring.metrics.model import Metric


def _fall(name: str, score: str, metric: Metric, now: float, median: float) -> Case:
    return fires(
        name,
        (relationship.SCORE_FALLING, f'score="{score}"', 1),
        (metric, "", now),
        (relationship.SCORE_PAST, f'score="{score}"', median),
        (relationship.SCORE_CONFIDENCE, f'score="{score}"', 0.5),
        now=f"{100 * now:.0f}",
        past=f"{100 * median:.0f}",
        confidence="50",
    )


def _falling(score: str) -> str:
    return per_client(
        f'{relationship.SCORE_FALLING}{{score="{score}"}} == 1 and {confident(score, 0.5)}'
    )


def _fall_slots(score: str, metric: Metric) -> dict[str, Slot]:
    return {
        "now": Slot(metric, "%.0f", "100 *"),
        "past": Slot(relationship.SCORE_PAST, "%.0f", "100 *", f'score="{score}"'),
        "confidence": Slot(relationship.SCORE_CONFIDENCE, "%.0f", "100 *", f'score="{score}"'),
    }


_TRUST_FALLS: Final = _fall(
    "trust that fell and is certain fires", "trust", scores.TRUST, 0.544, 0.71
)
TRUST_FALLING: Final = Alert(
    name="RapportTrustFalling",
    expr=_falling("trust"),
    keep_firing_for="1d",
    severity="warning",
    depends_on=("tickets", "surveys", "relationship"),
    slots=_fall_slots("trust", scores.TRUST),
    cases=with_near_misses(
        _TRUST_FALLS,
        ("trust that does not fall stays silent", relationship.SCORE_FALLING, 0),
        ("a fall of minutes stays silent", relationship.SCORE_FALLING, "1x3 0x200"),
        ("a fall on too little evidence stays silent", relationship.SCORE_CONFIDENCE, 0.49),
    ),
)
_FADES: Final = _fall("engagement that fades fires", "engagement", scores.ENGAGEMENT, 0.31, 0.52)
ENGAGEMENT_FALLING: Final = Alert(
    name="RapportEngagementFalling",
    expr=_falling("engagement"),
    keep_firing_for="1d",
    depends_on=("tickets", "surveys", "relationship"),
    slots=_fall_slots("engagement", scores.ENGAGEMENT),
    cases=with_near_misses(
        _FADES,
        ("engagement that holds stays silent", relationship.SCORE_FALLING, 0),
        ("engagement of which half is not known stays silent", relationship.SCORE_CONFIDENCE, 0.49),
    ),
)
_DIVERGES: Final = fires(
    "green tickets while spend outside rises fires",
    (relationship.DIVERGENCE_ALERT, "", 1),
    (relationship.DIVERGENCE, "", 0.62),
    (relationship.SCORE_CONFIDENCE, 'score="divergence"', 0.5),
    strength="62",
)
DIVERGENCE: Final = Alert(
    name="RapportDivergence",
    expr=per_client(f"{relationship.DIVERGENCE_ALERT} == 1 and {confident('divergence', 0.5)}"),
    keep_firing_for="1d",
    severity="warning",
    depends_on=("tickets", "surveys", "procurement"),
    slots={"strength": Slot(relationship.DIVERGENCE, "%.0f", "100 *")},
    cases=with_near_misses(
        _DIVERGES,
        ("a contradiction that is too weak stays silent", relationship.DIVERGENCE_ALERT, 0),
        ("one of too few tickets stays silent", relationship.SCORE_CONFIDENCE, 0.49),
    ),
)
_OVERRATES: Final = fires(
    "IT that overrates itself fires",
    (relationship.OVERRATES, "", 1),
    (relationship.PERCEPTION, "", 0.35),
    (relationship.PERCEPTION_PROBABILITY, "", 0.967),
    (relationship.SCORE_CONFIDENCE, 'score="perception"', 0.5),
    at="30h",
    gap="35",
    chance="97",
)
PERCEPTION_GAP: Final = Alert(
    name="RapportITOverratesItself",
    expr=per_client(f"{relationship.OVERRATES} == 1 and {confident('perception', 0.5)}"),
    for_="1d",
    keep_firing_for="1d",
    depends_on=("surveys",),
    slots={
        "gap": Slot(relationship.PERCEPTION, "%.0f", "100 *"),
        "chance": Slot(relationship.PERCEPTION_PROBABILITY, "%.0f", "100 *"),
    },
    cases=with_near_misses(
        _OVERRATES,
        ("a gap that may be chance stays silent", relationship.OVERRATES, 0),
        ("a gap on answers that are too few stays silent", relationship.SCORE_CONFIDENCE, 0.49),
    ),
)
_STALE: Final = Case(
    name="a facet past its validity fires",
    series=(
        *client_series(
            (relationship.FACET_STALE, 'facet="goals"', 1),
            (relationship.FACET_STALE, 'facet="mission"', 0),
            (relationship.KNOWLEDGE, "", 0.44),
        ),
        *plain_series((feeds.SOURCE_STATE, 'source="relationship",state="broken"', 0)),
    ),
    at="30h",
    labels=CLIENT_LABELS,
    slot_texts={"facets": "1", "knowledge": "44"},
)
KNOWLEDGE_STALE: Final = Alert(
    name="RapportKnowledgeStale",
    expr=per_client(
        f"sum by (client) ({relationship.FACET_STALE}) > 0 "
        f'unless on () {feeds.SOURCE_STATE}{{source="relationship",state="broken"}} == 1'
    ),
    for_="1d",
    depends_on=("relationship",),
    slots={"facets": Slot(), "knowledge": Slot(relationship.KNOWLEDGE, "%.0f", "100 *")},
    cases=with_near_misses(
        _STALE,
        (
            "a facet that is confirmed within a day stays silent",
            relationship.FACET_STALE,
            "1x20 0x200",
            "goals",
        ),
        ("a feed that is broken silences it", feeds.SOURCE_STATE, 1),
    ),
)
