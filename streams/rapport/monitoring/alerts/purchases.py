"""Alerts on a client's own outside purchases: more of them, or more money, than its past explains."""

from dataclasses import replace
from typing import Final

from rapport.monitoring.alerts.alert import Case, ConcernAlert, Slot, concern, per_client
from rapport.monitoring.alerts.cases import (
    ABSENT,
    CLIENT_LABELS,
    client_series,
    fires,
    with_near_misses,
)
from rapport.monitoring.metrics import concerns, purchases

_RISING: Final = fires(
    "a client whose purchases rise fires, with its owner and its numbers",
    (concerns.CONCERN_POINTS, 'concern="outside_purchases_rising"', 40),
    (purchases.OBSERVED, "", 9),
    (purchases.EXPECTED, "", 2.5),
    (purchases.PROBABILITY, "", 0.0011),
    at="10m",
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
PURCHASES_RISING: Final = ConcernAlert(
    name="RapportOutsidePurchasesRising",
    expr=per_client(concern("outside_purchases_rising")),
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
            ("a client without the concern stays silent", concerns.CONCERN_POINTS, ABSENT),
            ("a concern of a minute stays silent", concerns.CONCERN_POINTS, "40 stale _x60"),
        ),
    ),
)
_SPENDS: Final = Case(
    name="a watched client that spends more than ever fires",
    series=client_series(
        (purchases.SPEND_BY_SANCTION, 'sanction="outside",currency="EUR"', 41000.4),
        (purchases.SPEND_HIGHEST, 'currency="EUR"', 41000),
        (concerns.CONCERN_POINTS, 'concern="outside_spend_rising"', 5),
    ),
    labels=(("client", "finance"), ("currency", "EUR"), *CLIENT_LABELS[1:]),
    slot_texts={"spent": "41000", "highest": "41000"},
)
SPEND_RISING: Final = ConcernAlert(
    name="RapportOutsideSpendRising",
    expr=per_client(
        f'{purchases.SPEND_BY_SANCTION}{{sanction="outside"}} > on (client, currency) {purchases.SPEND_HIGHEST} '
        f"and on (client) {concern('outside_spend_rising')}",
        "currency",
    ),
    by=("client", "currency"),
    depends_on=("procurement",),
    slots={"spent": Slot(), "highest": Slot(purchases.SPEND_HIGHEST)},
    cases=with_near_misses(
        _SPENDS,
        ("a client that spends as much as before stays silent", purchases.SPEND_BY_SANCTION, 41000),
        ("much money that is no concern stays silent", concerns.CONCERN_POINTS, ABSENT),
    ),
)
