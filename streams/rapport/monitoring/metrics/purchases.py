"""The metrics of purchases outside IT: of one client, and of all clients together."""

from collections.abc import Iterator, Mapping
from typing import Final

from rapport.domain.calendar import DAYS_PER_WEEK, UTC_CALENDAR, Calendar
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.health import FleetContext
from rapport.domain.procurement.purchases import SANCTIONS
from rapport.domain.procurement.rise_detector import alert_threshold
from rapport.domain.procurement.suppliers import NAMED_MAX
from rapport.domain.procurement.windows import UNKNOWN
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.monitoring.metrics.model import MetricGroup, Sample
from rapport_schemas.currencies import DECIMALS

ALERT_STATES: Final[Mapping[str, int]] = {"clear": 0, "watch": 1, "alert": 2}
PURCHASES: Final = MetricGroup()
OBSERVED: Final = PURCHASES.gauge(
    "client_outside_purchases_observed",
    "Purchases of IT outside IT in the last closed weeks (4 by the policy).",
    "client",
)
EXPECTED: Final = PURCHASES.gauge(
    "client_outside_purchases_expected",
    "Purchases expected in that time from the client's own past and the season.",
    "client",
)
PROBABILITY: Final = PURCHASES.gauge(
    "client_outside_purchases_probability_ratio",
    "Chance of seeing that many purchases or more when nothing changed, 0 to 1.",
    "client",
)
STATE: Final = PURCHASES.gauge(
    "client_outside_purchases_alert",
    "The detector's state at the last closed week: 0 clear, 1 watch, 2 alert; absent while the "
    "client's history is too short.",
    "client",
)
ALARM_OBSERVED: Final = PURCHASES.gauge(
    "client_outside_purchases_alarm_observed",
    "Purchases outside IT in the newest window that was an alert by itself; absent without alert.",
    "client",
)
ALARM_EXPECTED: Final = PURCHASES.gauge(
    "client_outside_purchases_alarm_expected",
    "Purchases expected in that window; absent without alert.",
    "client",
)
ALARM_PROBABILITY: Final = PURCHASES.gauge(
    "client_outside_purchases_alarm_probability_ratio",
    "Chance of as many purchases or more in that window, 0 to 1; absent without alert.",
    "client",
)
ALARM_UNTIL: Final = PURCHASES.gauge(
    "client_outside_purchases_alarm_until_timestamp_seconds",
    "The start of the last day of that window; absent without alert.",
    "client",
)
CONFIDENCE: Final = PURCHASES.gauge(
    "client_outside_purchases_confidence_ratio",
    "Completeness of the detector's inputs: history, feed and classification, 0 to 1.",
    "client",
)
COUNT_BY_SANCTION: Final = PURCHASES.gauge(
    "client_purchases",
    "Purchases of IT in those weeks by sanction: outside, sanctioned, joint or unclassified.",
    "client",
    "sanction",
)
SPEND_BY_SANCTION: Final = PURCHASES.gauge(
    "client_purchase_spend",
    "Spend on IT in those weeks per sanction, in whole units of the currency: the policy's "
    "reporting currency, or the purchase's own where there is no rate.",
    "client",
    "sanction",
    "currency",
)
SPEND_HIGHEST: Final = PURCHASES.gauge(
    "client_outside_spend_highest",
    "The most outside spend in one of the 12 windows of as many weeks before them; absent while "
    "less than half of that time is known.",
    "client",
    "currency",
)
NEW_SUPPLIERS: Final = PURCHASES.gauge(
    "client_new_suppliers",
    "Outside suppliers of size that the client never bought from before; absent while its history "
    "is too short to say.",
    "client",
)
PEER_PROBABILITY: Final = PURCHASES.gauge(
    "client_peer_probability_ratio",
    "Chance that a peer that buys as much buys that many outside or more; absent without peers.",
    "client",
)
PEER_OUTLIER: Final = PURCHASES.gauge(
    "client_peer_outlier",
    "1 when the client buys far more outside than its peers, else 0; absent without peers.",
    "client",
)
SPREADING_SUPPLIERS: Final = PURCHASES.gauge(
    "spreading_suppliers", "Outside suppliers that more clients buy from than was to be expected."
)
SPREADING_SUPPLIER: Final = PURCHASES.gauge(
    "spreading_supplier_clients",
    "Clients that buy from a spreading supplier; the five least likely by chance are named.",
    "supplier",
)
COMMON: Final = MetricGroup()
COMMON_RISE: Final = COMMON.gauge(
    "population_common_rise_ratio",
    "Recent purchases outside IT of all clients against a year before; 1 is no change.",
)
COMMON_RISE_LIMIT: Final = COMMON.gauge(
    "population_common_rise_limit_ratio",
    "The common rise above which the alert fires: the policy's `purchases.guard_ratio`.",
)
EVIDENCE: Final = MetricGroup()
THRESHOLD: Final = EVIDENCE.gauge(
    "client_outside_purchases_threshold",
    "Number of purchases outside IT in those weeks from which it would be an alert.",
    "client",
)
SUPPLIER_SPEND: Final = EVIDENCE.gauge(
    "client_supplier_spend",
    "Outside spend of those weeks with each of the client's three largest suppliers, in "
    "whole units of the currency.",
    "client",
    "supplier",
    "currency",
)


def client_purchase_samples(
    health: ClientHealth, policy: PurchasePolicy, calendar: Calendar = UTC_CALENDAR
) -> Iterator[Sample]:
    """Yield the series of one client's purchases."""
    client, purchases = (health.client,), health.purchases
    threshold = alert_threshold(
        purchases.expected, purchases.size, policy.alert_minimum, policy.alert_probability
    )
    yield Sample(OBSERVED, client, purchases.observed)
    yield Sample(EXPECTED, client, purchases.expected)
    yield Sample(PROBABILITY, client, purchases.probability)
    if purchases.state != UNKNOWN:
        yield Sample(STATE, client, ALERT_STATES[purchases.state])
    if purchases.alarm is not None:
        yield Sample(ALARM_OBSERVED, client, purchases.alarm.observed)
        yield Sample(ALARM_EXPECTED, client, purchases.alarm.expected)
        yield Sample(ALARM_PROBABILITY, client, purchases.alarm.probability)
        until = purchases.last_day - DAYS_PER_WEEK * (purchases.alarm_weeks - 1)
        yield Sample(ALARM_UNTIL, client, calendar.start_of(until))
    yield Sample(CONFIDENCE, client, purchases.confidence)
    yield Sample(THRESHOLD, client, threshold)
    for sanction, count in purchases.by_sanction:
        yield Sample(COUNT_BY_SANCTION, (health.client, sanction), count)
    yield from _spend_samples(health)
    if purchases.new_suppliers.judged:
        yield Sample(NEW_SUPPLIERS, client, purchases.new_suppliers.count)
    if purchases.peers is not None:
        yield Sample(PEER_PROBABILITY, client, purchases.peers.probability)
        yield Sample(PEER_OUTLIER, client, int(purchases.peers.outlier))


def _spend_samples(health: ClientHealth) -> Iterator[Sample]:
    """Yield amounts in whole units; a sanction without spend in a known currency has 0."""
    client, purchases = health.client, health.purchases
    minor_of = {(spent.sanction, spent.currency): spent.minor for spent in purchases.spent}
    for currency in sorted({currency for _, currency in minor_of}):
        for sanction in SANCTIONS:
            units = _units(minor_of.get((sanction, currency), 0), currency)
            yield Sample(SPEND_BY_SANCTION, (client, sanction, currency), units)
    for _, currency, minor in purchases.highest_before:
        yield Sample(SPEND_HIGHEST, (client, currency), _units(minor, currency))
    for supplier, currency, minor in purchases.top_paid:
        yield Sample(SUPPLIER_SPEND, (client, supplier, currency), _units(minor, currency))


def fleet_purchase_samples(context: FleetContext) -> Iterator[Sample]:
    """Yield the series of a common rise, and of suppliers that spread over clients."""
    yield Sample(COMMON_RISE, (), context.baseline.common_rise)
    yield Sample(COMMON_RISE_LIMIT, (), context.baseline.policy.guard_ratio)
    yield Sample(SPREADING_SUPPLIERS, (), len(context.spreads))
    for spread in context.spreads[:NAMED_MAX]:
        yield Sample(SPREADING_SUPPLIER, (spread.supplier,), spread.clients)


def _units(minor: int, currency: str) -> float:
    units: float = minor / 10 ** DECIMALS[currency]
    return units
