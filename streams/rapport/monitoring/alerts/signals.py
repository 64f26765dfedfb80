"""Alerts on signals: one that a person recorded is enough, of those found in text two are needed.

A signal found in a text may be a false positive (docs/signals.md); two at once rarely are.
"""

from typing import Final

from rapport.monitoring.alerts.alert import Alert, Case, Runbook, Slot, Text, per_client
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


def _alert(
    name: str, signal: str, summary: Text, description: Text, runbook: Runbook, kind: str = "risk"
) -> Alert:
    return Alert(
        name=name,
        expr=_recorded(signal),
        for_="5m",
        kind=kind,
        depends_on=("tickets", "surveys", "relationship"),
        summary=summary,
        description=description,
        slots={"times": Slot()},
        runbook=runbook,
        cases=_cases(signal),
    )


_CHECK: Final = "Which ticket, answer or talk was it? `rapport explain CLIENT --since 28d` names the days and the kinds of event."
EXTERNAL_SUPPLIER: Final = _alert(
    "RapportHeardExternalSupplier",
    "external_supplier",
    Text(
        en="{name} says that it brought in an outside supplier",
        nl="{name} zegt een externe leverancier te hebben binnengehaald",
    ),
    Text(
        en="{name} said {times} time(s) in 28 days that it brought in an outside supplier because IT did not deliver.",
        nl="{name} zei in 28 dagen {times} keer een externe leverancier te hebben binnengehaald omdat IT niet leverde.",
    ),
    Runbook(
        meaning="The client's own words: it went elsewhere. Purchases may show it only months later.",
        check=_CHECK,
        act="Ask what it needed and when. Offer to include the supplier in IT's agreements, and not to replace it.",
    ),
)
OPTIONS_OPEN: Final = _alert(
    "RapportHeardOptionsOpen",
    "options_open",
    Text(
        en="{name} says that it keeps its options open", nl="{name} zegt alle opties open te houden"
    ),
    Text(
        en="{name} said {times} time(s) in 28 days that it keeps its options open beside IT.",
        nl="{name} zei in 28 dagen {times} keer naast IT alle opties open te houden.",
    ),
    Runbook(
        meaning="The client has little money or time for IT and looks around: the step before it buys elsewhere.",
        check=_CHECK,
        act="Make a small offer that fits its budget and time, and say when it will be there.",
    ),
)
UNCLEAR_ROLE: Final = _alert(
    "RapportHeardUnclearRole",
    "unclear_role",
    Text(en="{name} asks what IT does", nl="{name} vraagt wat IT doet"),
    Text(
        en="{name} asked {times} time(s) in 28 days what IT does and what it does not do.",
        nl="{name} vroeg in 28 dagen {times} keer wat IT wel en niet doet.",
    ),
    Runbook(
        meaning="IT's offer is not clear to the client, so it cannot ask for it.",
        check=_CHECK,
        act="Explain IT's offer in the client's own words, with one example from its work. Let all of IT say the same.",
    ),
)
RAISE_THE_LEVEL: Final = _alert(
    "RapportHeardRaiseTheLevel",
    "raise_the_level",
    Text(
        en="{name} asks how IT's services can become better",
        nl="{name} vraagt hoe de IT-diensten op een hoger peil komen",
    ),
    Text(
        en="{name} asked {times} time(s) in 28 days how to raise IT's services to a higher level. That is an invitation.",
        nl="{name} vroeg in 28 dagen {times} keer hoe de IT-diensten op een hoger peil komen. Dat is een uitnodiging.",
    ),
    Runbook(
        meaning="No complaint: the client wants more of IT, and wants to think along.",
        check=_CHECK,
        act="Answer within days. Plan a talk on its goals with those of IT who decide, and propose one step.",
    ),
    kind="opportunity",
)
