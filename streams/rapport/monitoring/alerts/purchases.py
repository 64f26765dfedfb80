"""Alerts on a client's own outside purchases: more of them, or more money, than its past explains."""

from dataclasses import replace
from typing import Final

from rapport.monitoring.alerts.alert import Alert, Case, Slot, per_client
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
    slots={
        "observed": Slot(purchases.OBSERVED),
        "expected": Slot(purchases.EXPECTED, "%.1f"),
        "chance": Slot(purchases.PROBABILITY, "%.2f", "100 *"),
    },
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
    slots={"spent": Slot(), "highest": Slot(purchases.SPEND_HIGHEST)},
    cases=with_near_misses(
        _SPENDS,
        ("a client that spends as much as before stays silent", purchases.SPEND_BY_SANCTION, 41000),
        ("much money for no more purchases than expected stays silent", purchases.STATE, 0),
        ("a client that is not known well stays silent", purchases.CONFIDENCE, 0.49),
    ),
)
