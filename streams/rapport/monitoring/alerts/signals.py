"""Alerts on signals: one that a person recorded is enough, of those found in text two are needed.

A signal found in a text may be a false positive (docs/signals.md); two at once rarely are.
"""

from typing import Final

from rapport.monitoring.alerts.alert import Alert, Case, Slot, per_client
from rapport.monitoring.alerts.cases import fires, with_near_misses
from rapport.monitoring.metrics import scores


def _recorded(signal: str) -> str:
    series = f'{scores.SIGNALS_HEARD}{{signal="{signal}"'
    certain = f'{series},by="person"}} >= 1 or {series},by="text"}} >= 2'
    return per_client(f"sum by (client) ({series}}}) > 0 and on (client) ({certain})")


def _cases(signal: str) -> tuple[Case, ...]:
    text, person = f'signal="{signal}",by="text"', f'signal="{signal}",by="person"'

    def recorded(name: str, *, texts: int, persons: int) -> Case:
        return fires(
            name,
            (scores.SIGNALS_HEARD, text, texts),
            (scores.SIGNALS_HEARD, person, persons),
            at="10m",
            times=str(texts + persons),
        )

    return (
        recorded("a person who heard it fires", texts=0, persons=1),
        *with_near_misses(
            recorded("two texts that say it fire", texts=2, persons=0),
            ("one text may be read wrongly and stays silent", scores.SIGNALS_HEARD, 1, text),
        ),
    )


def _alert(name: str, signal: str, kind: str = "risk") -> Alert:
    return Alert(
        name=name,
        expr=_recorded(signal),
        for_="5m",
        kind=kind,
        depends_on=("tickets", "surveys", "relationship"),
        slots={"times": Slot()},
        cases=_cases(signal),
    )


EXTERNAL_SUPPLIER: Final = _alert("RapportSignalExternalSupplier", "external_supplier")
OPTIONS_OPEN: Final = _alert("RapportSignalOptionsOpen", "options_open")
UNCLEAR_ROLE: Final = _alert("RapportSignalUnclearRole", "unclear_role")
RAISE_THE_LEVEL: Final = _alert("RapportSignalRaiseTheLevel", "raise_the_level", "opportunity")
