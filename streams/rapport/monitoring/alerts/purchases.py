"""Alerts on a client's own outside purchases: more of them, or more money, than its past explains."""

from dataclasses import replace
from typing import Final

from rapport.monitoring.alerts.alert import Alert, Case, Runbook, Slot, Text, per_client
from rapport.monitoring.alerts.cases import CLIENT_LABELS, client_series, fires, with_near_misses
from rapport.monitoring.metrics import purchases

_RISING: Final = fires(
    "a client whose purchases rise fires, with its owner and its numbers",
    (purchases.STATE, "", 2),
    (purchases.OBSERVED, "", 9),
    (purchases.EXPECTED, "", 2.5),
    (purchases.PROBABILITY, "", 0.0011),
    (purchases.CONFIDENCE, "", 0.25),
    at="5m",
    observed="9",
    expected="2.5",
    chance="0.11",
)
_HOSTILE: Final = "{{ $labels.owner }} $(id) <script>"
_RISING_FOR_A_STRANGE_NAME: Final = replace(
    _RISING,
    name="a name that looks like a template stays text",
    series=tuple(
        (selector.replace("Finance", _HOSTILE), values) for selector, values in _RISING.series
    ),
    labels=(CLIENT_LABELS[0], ("name", _HOSTILE), CLIENT_LABELS[2]),
)
PURCHASES_RISING: Final = Alert(
    name="RapportOutsidePurchasesRising",
    expr=per_client(f"{purchases.STATE} == 2 and on (client) {purchases.CONFIDENCE} >= 0.25"),
    for_="1m",
    keep_firing_for="15m",
    severity="warning",
    depends_on=("procurement",),
    summary=Text(
        en="{name} buys more IT outside IT than expected",
        nl="{name} koopt meer IT buiten IT om dan te verwachten was",
    ),
    description=Text(
        en=(
            "{name} made {observed} purchases of IT outside IT in the last 4 weeks and this one; {expected} were to be expected "
            "from its own past at this time of year. The chance of that many when nothing changed is {chance} %."
        ),
        nl=(
            "{name} deed de laatste 4 weken en deze week {observed} aankopen van IT buiten IT om; op grond van het eigen verleden in "
            "deze tijd van het jaar waren er {expected} te verwachten. De kans op zo veel als er niets veranderd is, is {chance} %."
        ),
    ),
    slots={
        "observed": Slot(purchases.OBSERVED),
        "expected": Slot(purchases.EXPECTED, "%.1f"),
        "chance": Slot(purchases.PROBABILITY, "%.2f", "100 *"),
    },
    runbook=Runbook(
        meaning=(
            "A client's purchases from outside suppliers, in categories that are IT's, rose above what its own past and the season "
            "explain. The detector's threshold gives about one false alert in 100 client-months, so it is worth a talk, and not a "
            "reproach."
        ),
        check=(
            "Open the client's dashboard: which suppliers and categories, since when, and did trust or engagement fall before? "
            "`rapport explain CLIENT` gives the same in a terminal. Ask whether a purchase was made together with IT and only not "
            "recorded so; a correction clears it."
        ),
        act=(
            "Talk with the client within a week: what did IT not offer, or not in time? Agree on one thing to do, and record the "
            "touchpoint and the promise as events."
        ),
    ),
    cases=(
        _RISING_FOR_A_STRANGE_NAME,
        *with_near_misses(
            _RISING,
            ("a client that is only watched stays silent", purchases.STATE, 1),
            ("an alert shorter than its time to hold stays silent", purchases.STATE, "2 0x60"),
            ("a client with too short a history stays silent", purchases.CONFIDENCE, 0.24),
        ),
    ),
)
_SPENDS: Final = Case(
    name="a watched client that spends more than ever fires",
    series=client_series(
        (purchases.SPEND_BY_SANCTION, 'sanction="outside",currency="EUR"', 41000.4),
        (purchases.SPEND_HIGHEST, 'currency="EUR"', 41000),
        (purchases.STATE, "", 1),
        (purchases.CONFIDENCE, "", 0.5),
    ),
    labels=(("client", "finance"), ("currency", "EUR"), *CLIENT_LABELS[1:]),
    slot_texts={"spent": "41000", "highest": "41000"},
)
SPEND_RISING: Final = Alert(
    name="RapportOutsideSpendRising",
    expr=per_client(
        f'{purchases.SPEND_BY_SANCTION}{{sanction="outside"}} > on (client, currency) {purchases.SPEND_HIGHEST} '
        f"and on (client) {purchases.STATE} >= 1 and on (client) {purchases.CONFIDENCE} >= 0.5",
        "currency",
    ),
    keep_firing_for="1d",
    by=("client", "currency"),
    depends_on=("procurement",),
    summary=Text(
        en="{name} spends more on IT outside IT than in any four weeks of a year",
        nl="{name} geeft meer uit aan IT buiten IT om dan in vier weken van een heel jaar",
    ),
    description=Text(
        en=(
            "{name} spent {currency} {spent} on IT outside IT in 28 days; the most in any 28 days of the year before was {currency} "
            "{highest}. The number of its purchases is above what was to be expected too."
        ),
        nl=(
            "{name} gaf in 28 dagen {currency} {spent} uit aan IT buiten IT om; het meeste in 28 dagen van het jaar ervoor was "
            "{currency} {highest}. Ook het aantal aankopen is hoger dan te verwachten was."
        ),
    ),
    slots={"spent": Slot(), "highest": Slot(purchases.SPEND_HIGHEST)},
    runbook=Runbook(
        meaning=(
            "Spend is a record of a year while the count of purchases is at least watched. Spend alone says little (a hundredth of "
            "the purchases is two fifths of the money), so it never alerts by itself."
        ),
        check="Is it one big purchase or many? Is the amount right, and in the right currency? `rapport explain CLIENT` has both.",
        act="Ask what it was for. If it was agreed on, record it as joint or sanctioned; if not, see what IT could have offered.",
    ),
    cases=with_near_misses(
        _SPENDS,
        ("a client that spends as much as before stays silent", purchases.SPEND_BY_SANCTION, 41000),
        ("much money for no more purchases than expected stays silent", purchases.STATE, 0),
        ("a client that is not known well stays silent", purchases.CONFIDENCE, 0.49),
    ),
)
