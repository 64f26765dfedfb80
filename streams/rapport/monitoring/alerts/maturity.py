"""Alerts on the maturity stage: lost is a risk, won is an opportunity."""

from typing import Final

from rapport.monitoring.alerts.alert import ConcernAlert, on_concern, on_news
from rapport.monitoring.alerts.cases import ABSENT, concern_case, news_case, with_near_misses
from rapport.monitoring.alerts.slots import Slot, of, policy_value, since
from rapport.monitoring.metrics import concerns, relationship
from rapport.monitoring.metrics.policy_values import POLICY_VALUE

_SOURCES: Final = ("tickets", "surveys", "relationship", "procurement")


def _slots(kind: str, weeks: str) -> dict[str, Slot]:
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
    depends_on=_SOURCES,
    slots=_slots("stage_lost", "maturity.demote_weeks"),
    cases=with_near_misses(
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
        ("a stage that is held stays silent", concerns.CONCERN_POINTS, ABSENT),
    ),
)
STAGE_WON: Final = ConcernAlert(
    name="RapportStageWon",
    concern="stage_won",
    expr=on_news("stage_won"),
    kind="opportunity",
    depends_on=_SOURCES,
    slots=_slots("stage_won", "maturity.promote_weeks"),
    cases=with_near_misses(
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
        ("a stage that is held stays silent", concerns.NEWS, ABSENT),
    ),
)
