"""Alerts on the maturity stage: lost is a risk, won is an opportunity."""

from typing import Final

from rapport.monitoring.alerts.alert import Alert, Case, Slot, confident, per_client
from rapport.monitoring.alerts.cases import fires, with_near_misses
from rapport.monitoring.metrics import relationship

_SOURCES: Final = ("tickets", "surveys", "relationship", "procurement")
_SLOTS: Final = {
    "stage": Slot(relationship.MATURITY_STAGE),
    "index": Slot(relationship.MATURITY_INDEX, "%.1f"),
}


def _stepped(name: str, step: int, stage: int, index: float) -> Case:
    return fires(
        name,
        (relationship.MATURITY_STEP, "", step),
        (relationship.MATURITY_STAGE, "", stage),
        (relationship.MATURITY_INDEX, "", index),
        (relationship.SCORE_CONFIDENCE, 'score="maturity"', 0.6),
        stage=str(stage),
        index=str(index),
    )


_LOST: Final = _stepped("a stage that was lost fires", -1, 1, 1.5)
STAGE_LOST: Final = Alert(
    name="RapportStageLost",
    expr=per_client(f"{relationship.MATURITY_STEP} == -1 and {confident('maturity', 0.6)}"),
    severity="warning",
    depends_on=_SOURCES,
    slots=_SLOTS,
    cases=with_near_misses(
        _LOST,
        ("a stage that is held stays silent", relationship.MATURITY_STEP, 0),
        ("a stage judged on too little stays silent", relationship.SCORE_CONFIDENCE, 0.59),
    ),
)
_WON: Final = _stepped("a stage that was won fires", 1, 2, 2.3)
STAGE_WON: Final = Alert(
    name="RapportStageWon",
    expr=per_client(f"{relationship.MATURITY_STEP} == 1 and {confident('maturity', 0.6)}"),
    kind="opportunity",
    depends_on=_SOURCES,
    slots=_SLOTS,
    cases=with_near_misses(
        _WON,
        ("a stage that is held stays silent", relationship.MATURITY_STEP, 0),
        ("a stage judged on too little stays silent", relationship.SCORE_CONFIDENCE, 0.59),
    ),
)
