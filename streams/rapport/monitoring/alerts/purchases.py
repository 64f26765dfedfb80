"""Alerts on a client's own outside purchases: more of them, or more money, than its past explains."""

from dataclasses import replace
from typing import Final

from rapport.monitoring.alerts.alert import ConcernAlert, on_concern
from rapport.monitoring.alerts.cases import CLIENT_LABELS, concern_case, with_silent_concern
from rapport.monitoring.alerts.slots import Slot, day, of, policy_value, since
from rapport.monitoring.metrics import purchases
from rapport.monitoring.metrics.policy_values import POLICY_VALUE

_WEEKS: Final = policy_value("purchases.window_weeks")
_RISING: Final = concern_case(
    "a client whose purchases rise fires, with its owner and its numbers",
    "outside_purchases_rising",
    (purchases.OBSERVED, "", 0),
    (purchases.EXPECTED, "", 6.1),
    (purchases.PROBABILITY, "", 1),
    (purchases.ALARM_OBSERVED, "", 9),
    (purchases.ALARM_EXPECTED, "", 2.5),
    (purchases.ALARM_PROBABILITY, "", 0.0011),
    (purchases.ALARM_UNTIL, "", 1_793_444_400),
    (POLICY_VALUE, 'key="purchases.window_weeks"', 4),
    weeks="4",
    now="0",
    until="2026-11-01",
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
    labels=(CLIENT_LABELS[0], ("name", _HOSTILE), *_RISING.labels[2:]),
)
PURCHASES_RISING: Final = ConcernAlert(
    name="RapportOutsidePurchasesRising",
    concern="outside_purchases_rising",
    expr=on_concern("outside_purchases_rising"),
    severity="warning",
    depends_on=("procurement",),
    slots={
        "weeks": _WEEKS,
        "observed": of(purchases.ALARM_OBSERVED),
        "expected": of(purchases.ALARM_EXPECTED, "%.1f"),
        "chance": of(purchases.ALARM_PROBABILITY, "%.2f", "100 *"),
        "until": day(purchases.ALARM_UNTIL),
        "now": of(purchases.OBSERVED),
        "since": since("outside_purchases_rising"),
    },
    cases=(
        _RISING_FOR_A_STRANGE_NAME,
        *with_silent_concern(
            _RISING,
        ),
    ),
)
_SPEND: Final = f'max by (client, currency) ({purchases.SPEND_BY_SANCTION}{{sanction="outside"}})'
_HIGHEST: Final = f"max by (client, currency) ({purchases.SPEND_HIGHEST})"
_RECORD: Final = f"topk by (client) (1, {_SPEND} > {_HIGHEST})"
"""The record spend outside IT; of several currencies with one, that in which most is spent."""
_SPENDS: Final = concern_case(
    "a client that spends more than ever fires, in the largest of the currencies with a record",
    "outside_spend_rising",
    # More than in any other currency, and less than once before.
    (purchases.SPEND_BY_SANCTION, 'sanction="outside",currency="USD"', 70000),
    (purchases.SPEND_HIGHEST, 'currency="USD"', 90000),
    # A record today, of a smaller amount.
    (purchases.SPEND_BY_SANCTION, 'sanction="outside",currency="CHF"', "0x3 500x240"),
    (purchases.SPEND_HIGHEST, 'currency="CHF"', 400),
    (purchases.SPEND_BY_SANCTION, 'sanction="outside",currency="EUR"', 41000.4),
    (purchases.SPEND_BY_SANCTION, 'sanction="outside",currency="GBP"', 120),
    (purchases.SPEND_BY_SANCTION, 'sanction="joint",currency="GBP"', 99000),
    (purchases.SPEND_HIGHEST, 'currency="EUR"', 23000),
    (purchases.SPEND_HIGHEST, 'currency="GBP"', 50000),
    (POLICY_VALUE, 'key="purchases.window_weeks"', 3),
    weeks="3",
    currency="EUR",
    spent="41000",
    highest="23000",
)
SPEND_RISING: Final = ConcernAlert(
    name="RapportOutsideSpendRising",
    concern="outside_spend_rising",
    expr=on_concern("outside_spend_rising"),
    depends_on=("procurement",),
    slots={
        "weeks": _WEEKS,
        "currency": Slot(_RECORD, label="currency"),
        "spent": Slot(f"max by (client) ({_RECORD})"),
        "highest": Slot(f"max by (client) ({_HIGHEST} and on (client, currency) {_RECORD})"),
        "since": since("outside_spend_rising"),
    },
    cases=with_silent_concern(
        _SPENDS,
    ),
)
