"""Alerts on signals: one that a person recorded is enough, of those found in text two are needed.

A signal found in a text may be a false positive (docs/signals.md); two at once rarely are.
"""

from typing import Final

from rapport.monitoring.alerts.alert import ConcernAlert, on_concern
from rapport.monitoring.alerts.cases import (
    MetricValues,
    concern_case,
    news_case,
    with_silent_concern,
)
from rapport.monitoring.alerts.slots import Slot, since
from rapport.monitoring.metrics import scores

_SOURCES: Final = ("tickets", "surveys", "relationship")


def _heard(signal: str) -> tuple[MetricValues, ...]:
    return (
        (scores.SIGNALS_HEARD, f'signal="{signal}",by="person"', 1),
        (scores.SIGNALS_HEARD, f'signal="{signal}",by="text"', 2),
    )


def _slots(signal: str) -> dict[str, Slot]:
    heard = f'max by (client, by) ({scores.SIGNALS_HEARD}{{signal="{signal}"}})'
    return {"times": Slot(f"sum by (client) ({heard})"), "since": since(f"heard_{signal}")}


def _risk(name: str, signal: str) -> ConcernAlert:
    kind = f"heard_{signal}"
    heard = concern_case("what was heard fires", kind, *_heard(signal), times="3")
    return ConcernAlert(
        name=name,
        concern=kind,
        expr=on_concern(kind),
        depends_on=_SOURCES,
        slots=_slots(signal),
        cases=with_silent_concern(heard),
    )


EXTERNAL_SUPPLIER: Final = _risk("RapportSignalExternalSupplier", "external_supplier")
OPTIONS_OPEN: Final = _risk("RapportSignalOptionsOpen", "options_open")
UNCLEAR_ROLE: Final = _risk("RapportSignalUnclearRole", "unclear_role")
RAISE_THE_LEVEL: Final = ConcernAlert(
    name="RapportSignalRaiseTheLevel",
    concern="heard_raise_the_level",
    expr=on_concern("heard_raise_the_level"),
    kind="opportunity",
    depends_on=_SOURCES,
    slots=_slots("raise_the_level"),
    cases=with_silent_concern(
        news_case(
            "what was heard fires",
            "heard_raise_the_level",
            *_heard("raise_the_level"),
            times="3",
        ),
    ),
)
