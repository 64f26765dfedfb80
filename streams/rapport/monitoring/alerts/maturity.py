"""Alerts on the stage of the relation: lost is a risk, won is an opportunity."""

from typing import Final

from rapport.monitoring.alerts.alert import Alert, Case, Runbook, Slot, Text, confident, per_client
from rapport.monitoring.alerts.cases import fires, with_near_misses
from rapport.monitoring.metrics import relation

_SOURCES: Final = ("tickets", "surveys", "relationship", "procurement")
_SLOTS: Final = {
    "stage": Slot(relation.MATURITY_STAGE),
    "index": Slot(relation.MATURITY_INDEX, "%.1f"),
}


def _stepped(name: str, step: int, stage: int, index: float) -> Case:
    return fires(
        name,
        (relation.MATURITY_STEP, "", step),
        (relation.MATURITY_STAGE, "", stage),
        (relation.MATURITY_INDEX, "", index),
        (relation.SCORE_CONFIDENCE, 'score="maturity"', 0.6),
        stage=str(stage),
        index=str(index),
    )


_LOST: Final = _stepped("a stage that was lost fires", -1, 1, 1.5)
STAGE_LOST: Final = Alert(
    name="RapportStageLost",
    expr=per_client(f"{relation.MATURITY_STEP} == -1 and {confident('maturity', 0.6)}"),
    severity="warning",
    depends_on=_SOURCES,
    summary=Text(en="IT is less to {name} than it was", nl="IT is minder voor {name} dan het was"),
    description=Text(
        en=(
            "The relation with {name} went a stage down, to {stage} of 3 (1 IT supplier, 2 partner, 3 innovative anticipator): for 8 "
            "weeks in a row it did not meet what staying asks. It is at {index} now."
        ),
        nl=(
            "De relatie met {name} ging een stap terug, naar {stage} van 3 (1 IT-leverancier, 2 partner, 3 innovatieve anticipator): 8 "
            "weken achtereen voldeed zij niet aan wat blijven vraagt. Zij staat nu op {index}."
        ),
    ),
    slots=_SLOTS,
    runbook=Runbook(
        meaning="Criteria of staying at the stage were not met for 8 closed weeks in a row; it is news for 4 weeks.",
        check="`rapport explain CLIENT` lists each criterion with its value and its bound, and the shortest way back.",
        act="Take the nearest unmet criterion first. Tell the client what it can expect of IT meanwhile.",
    ),
    cases=with_near_misses(
        _LOST,
        ("a stage that is held stays silent", relation.MATURITY_STEP, 0),
        ("a stage judged on too little stays silent", relation.SCORE_CONFIDENCE, 0.59),
    ),
)
_WON: Final = _stepped("a stage that was won fires", 1, 2, 2.3)
STAGE_WON: Final = Alert(
    name="RapportStageWon",
    expr=per_client(f"{relation.MATURITY_STEP} == 1 and {confident('maturity', 0.6)}"),
    kind="opportunity",
    depends_on=_SOURCES,
    summary=Text(en="IT is more to {name} than it was", nl="IT is meer voor {name} dan het was"),
    description=Text(
        en=(
            "The relation with {name} went a stage up, to {stage} of 3 (1 IT supplier, 2 partner, 3 innovative anticipator): 4 weeks "
            "in a row met what it asks. It is at {index} now."
        ),
        nl=(
            "De relatie met {name} ging een stap vooruit, naar {stage} van 3 (1 IT-leverancier, 2 partner, 3 innovatieve anticipator): "
            "4 weken achtereen voldeden aan wat dat vraagt. Zij staat nu op {index}."
        ),
    ),
    slots=_SLOTS,
    runbook=Runbook(
        meaning="The criteria of the next stage were met for 4 closed weeks in a row; it is news for 4 weeks.",
        check="`rapport explain CLIENT` lists the criteria that staying asks, which are a little easier.",
        act="Tell the team what it did right, and use the moment: propose something that the client did not ask for.",
    ),
    cases=with_near_misses(
        _WON,
        ("a stage that is held stays silent", relation.MATURITY_STEP, 0),
        ("a stage judged on too little stays silent", relation.SCORE_CONFIDENCE, 0.59),
    ),
)
