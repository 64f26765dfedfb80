"""Alerts on signals: one that a person recorded is enough, of those found in text two are needed.

A signal found in a text may be a false positive (docs/signals.md); two at once rarely are.
"""

from typing import Final

from rapport.monitoring.alerts.alert import (
    Alert,
    Case,
    ConcernAlert,
    Slot,
    concern,
    news,
    per_client,
)
from rapport.monitoring.alerts.cases import ABSENT, fires, with_near_misses
from rapport.monitoring.metrics import concerns, scores
from rapport.monitoring.metrics.model import Metric


def _cases(signal: str, series: Metric, matcher: str) -> tuple[Case, ...]:
    person = f'signal="{signal}",by="person"'
    heard = fires(
        "what was heard fires",
        (scores.SIGNALS_HEARD, person, 1),
        (series, matcher, 1),
        times="1",
    )
    return with_near_misses(heard, ("what is not certain stays silent", series, ABSENT))


def _alert(
    name: str, signal: str, condition: str, series: Metric, matcher: str, kind: str = "risk"
) -> Alert:
    heard = f'sum by (client) ({scores.SIGNALS_HEARD}{{signal="{signal}"}}) > 0'
    return ConcernAlert(
        name=name,
        expr=per_client(f"{heard} and on (client) {condition}"),
        kind=kind,
        depends_on=("tickets", "surveys", "relationship"),
        slots={"times": Slot()},
        cases=_cases(signal, series, matcher),
    )


def _risk(name: str, signal: str) -> Alert:
    kind = f"heard_{signal}"
    return _alert(name, signal, concern(kind), concerns.CONCERN_POINTS, f'concern="{kind}"')


EXTERNAL_SUPPLIER: Final = _risk("RapportSignalExternalSupplier", "external_supplier")
OPTIONS_OPEN: Final = _risk("RapportSignalOptionsOpen", "options_open")
UNCLEAR_ROLE: Final = _risk("RapportSignalUnclearRole", "unclear_role")
RAISE_THE_LEVEL: Final = _alert(
    "RapportSignalRaiseTheLevel",
    "raise_the_level",
    news("heard_raise_the_level"),
    concerns.NEWS,
    'news="heard_raise_the_level"',
    "opportunity",
)
