"""Alerts on the maturity stage: lost is a risk, won is an opportunity."""

from typing import Final

from rapport.monitoring.alerts.alert import Case, ConcernAlert, Slot, concern, news, per_client
from rapport.monitoring.alerts.cases import ABSENT, fires, with_near_misses
from rapport.monitoring.metrics import concerns, relationship
from rapport.monitoring.metrics.model import Metric

_SOURCES: Final = ("tickets", "surveys", "relationship", "procurement")
_SLOTS: Final = {
    "stage": Slot(relationship.MATURITY_STAGE),
    "index": Slot(relationship.MATURITY_INDEX, "%.1f"),
}


def _stepped(name: str, series: Metric, matcher: str, stage: int, index: float) -> Case:
    return fires(
        name,
        (series, matcher, 1),
        (relationship.MATURITY_STAGE, "", stage),
        (relationship.MATURITY_INDEX, "", index),
        stage=str(stage),
        index=str(index),
    )


_LOST: Final = _stepped(
    "a stage that was lost fires", concerns.CONCERN_POINTS, 'concern="stage_lost"', 1, 1.5
)
STAGE_LOST: Final = ConcernAlert(
    name="RapportStageLost",
    expr=per_client(concern("stage_lost")),
    severity="warning",
    depends_on=_SOURCES,
    slots=_SLOTS,
    cases=with_near_misses(
        _LOST,
        ("a stage that is held stays silent", concerns.CONCERN_POINTS, ABSENT),
    ),
)
_WON: Final = _stepped("a stage that was won fires", concerns.NEWS, 'news="stage_won"', 2, 2.3)
STAGE_WON: Final = ConcernAlert(
    name="RapportStageWon",
    expr=per_client(news("stage_won")),
    kind="opportunity",
    depends_on=_SOURCES,
    slots=_SLOTS,
    cases=with_near_misses(
        _WON,
        ("a stage that is held stays silent", concerns.NEWS, ABSENT),
    ),
)
