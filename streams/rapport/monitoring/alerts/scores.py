"""Alerts on the other scores: engagement, stage, a contradiction, a gap, stale knowledge."""

from typing import Final

from rapport.monitoring.alerts.alert import IT_MANAGEMENT, Alert, Case, ConcernAlert, on_concern
from rapport.monitoring.alerts.cases import (
    concern_case,
    news_case,
    plain_series,
    with_near_misses,
    with_silent_concern,
)
from rapport.monitoring.alerts.slots import Slot, lasting, of, policy_value, since
from rapport.monitoring.metrics import concerns, relationship, scores
from rapport.monitoring.metrics.pipeline import CLIENTS
from rapport.monitoring.metrics.policy_values import POLICY_VALUE

_ENGAGEMENT: Final = 'score="engagement"'
ENGAGEMENT_FALLING: Final = ConcernAlert(
    name="RapportEngagementFalling",
    concern="engagement_fading",
    expr=on_concern("engagement_fading"),
    depends_on=("tickets", "surveys", "relationship"),
    slots={
        "now": of(scores.ENGAGEMENT, factor="100 *"),
        "past": of(relationship.SCORE_PAST, factor="100 *", matchers=_ENGAGEMENT),
        "weeks": policy_value("compare.past_weeks"),
        "since": since("engagement_fading"),
    },
    cases=with_silent_concern(
        concern_case(
            "engagement that fades fires",
            "engagement_fading",
            (scores.ENGAGEMENT, "", 0.31),
            (relationship.SCORE_PAST, _ENGAGEMENT, 0.52),
            (POLICY_VALUE, 'key="compare.past_weeks"', 13),
            now="31",
            past="52",
            weeks="13",
        ),
    ),
)
DIVERGENCE: Final = ConcernAlert(
    name="RapportDivergence",
    concern="signs_contradict",
    expr=on_concern("signs_contradict"),
    severity="warning",
    depends_on=("tickets", "surveys", "procurement"),
    slots={
        "strength": of(relationship.DIVERGENCE, factor="100 *"),
        "since": since("signs_contradict"),
    },
    cases=with_silent_concern(
        concern_case(
            "green tickets while purchases outside IT rise fire",
            "signs_contradict",
            (relationship.DIVERGENCE, "", 0.62),
            strength="62",
        ),
    ),
)
PERCEPTION_GAP: Final = ConcernAlert(
    name="RapportITOverratesItself",
    concern="overrated",
    expr=on_concern("overrated"),
    depends_on=("surveys",),
    slots={
        "gap": of(relationship.PERCEPTION, factor="100 *"),
        "chance": of(relationship.PERCEPTION_PROBABILITY, factor="100 *"),
        "since": since("overrated"),
    },
    cases=with_silent_concern(
        concern_case(
            "IT that overrates itself fires",
            "overrated",
            (relationship.PERCEPTION, "", 0.35),
            (relationship.PERCEPTION_PROBABILITY, "", 0.967),
            gap="35",
            chance="97",
        ),
    ),
)
_STALE: Final = f"max by (client, facet) ({relationship.FACET_STALE})"
KNOWLEDGE_STALE: Final = ConcernAlert(
    name="RapportKnowledgeStale",
    concern="knowledge_stale",
    expr=on_concern("knowledge_stale"),
    depends_on=("relationship",),
    slots={
        "facets": Slot(f"sum by (client) ({_STALE})"),
        "knowledge": of(relationship.KNOWLEDGE, factor="100 *"),
        "since": since("knowledge_stale"),
    },
    cases=with_silent_concern(
        concern_case(
            "a facet past its validity fires",
            "knowledge_stale",
            (relationship.FACET_STALE, 'facet="goals"', 1),
            (relationship.FACET_STALE, 'facet="mission"', 0),
            (relationship.KNOWLEDGE, "", 0.44),
            points=0,
            facets="1",
            knowledge="44",
        ),
    ),
)
_STAGE_SOURCES: Final = ("tickets", "surveys", "relationship", "procurement")


def _stage_slots(kind: str, weeks: str) -> dict[str, Slot]:
    return {
        "weeks": policy_value(weeks),
        "stage": of(relationship.MATURITY_STAGE),
        "index": of(relationship.MATURITY_INDEX, "%.1f"),
        "since": since(kind),
    }


STAGE_LOST: Final = ConcernAlert(
    name="RapportStageLost",
    concern="stage_lost",
    expr=on_concern("stage_lost"),
    severity="warning",
    depends_on=_STAGE_SOURCES,
    slots=_stage_slots("stage_lost", "maturity.demote_weeks"),
    cases=with_silent_concern(
        concern_case(
            "a stage that was lost fires",
            "stage_lost",
            (relationship.MATURITY_STAGE, "", 1),
            (relationship.MATURITY_INDEX, "", 1.5),
            (POLICY_VALUE, 'key="maturity.demote_weeks"', 8),
            weeks="8",
            stage="1",
            index="1.5",
        ),
    ),
)
STAGE_WON: Final = ConcernAlert(
    name="RapportStageWon",
    concern="stage_won",
    expr=on_concern("stage_won"),
    kind="opportunity",
    depends_on=_STAGE_SOURCES,
    slots=_stage_slots("stage_won", "maturity.promote_weeks"),
    cases=with_silent_concern(
        news_case(
            "a stage that was won fires",
            "stage_won",
            (relationship.MATURITY_STAGE, "", 2),
            (relationship.MATURITY_INDEX, "", 2.3),
            (POLICY_VALUE, 'key="maturity.promote_weeks"', 5),
            weeks="5",
            stage="2",
            index="2.3",
        ),
    ),
)
_OF_MOST: Final = Case(
    name="a concern of most clients fires once, with how many have it",
    series=plain_series(
        (concerns.SHARED_CLIENTS, 'concern="overrated"', "_x5 9x200"),
        (concerns.SHARED_CLIENTS, 'concern="silent"', 0),
        (CLIENTS, "", 14),
    ),
    at="10m",
    labels=(("concern", "overrated"),),
    slot_texts={"clients": "9", "fleet": "14"},
)


def _of_two_workers(name: str, numbers: tuple[str, str], told: str) -> Case:
    """Return a case with what two workers say of how many clients have a concern."""
    series = plain_series(
        *(
            (concerns.SHARED_CLIENTS, f'concern="overrated",instance="{instance}"', values)
            for instance, values in zip("ab", numbers, strict=True)
        ),
        (CLIENTS, "", 14),
    )
    slot_texts = {"clients": told, "fleet": "14"}
    return Case(name, series, "10m", labels=_OF_MOST.labels, slot_texts=slot_texts)


CONCERN_OF_MOST_CLIENTS: Final = Alert(
    name="RapportConcernOfMostClients",
    expr=f"{lasting(concerns.SHARED_CLIENTS, by='concern')} > 0",
    for_="5m",
    keep_firing_for="0m",
    owner=IT_MANAGEMENT,
    by=("concern",),
    slots={"clients": Slot(), "fleet": of(CLIENTS)},
    cases=(
        _of_two_workers("of two workers, the greater number is told", ("9x200", "8x200"), "9"),
        _of_two_workers(
            "of two workers that are away, the greater of their last numbers is told",
            ("9x1 8x2 stale _x200", "7x4 stale _x200"),
            "8",
        ),
        *with_near_misses(
            _OF_MOST,
            ("what few clients have stays silent", concerns.SHARED_CLIENTS, 0, "overrated"),
            (
                "what most clients have for four minutes stays silent",
                concerns.SHARED_CLIENTS,
                "0x5 9x200",
                "overrated",
            ),
        ),
    ),
)
