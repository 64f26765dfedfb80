"""Concerns about outside purchases: number, spend, suppliers, and comparable clients."""

from collections.abc import Iterator

from rapport.domain.calendar import DAYS_PER_WEEK
from rapport.domain.concerns.looks import BEGINS, OFF, UNKNOWN
from rapport.domain.concerns.verdict import Concern
from rapport.domain.procurement.peers import PeerComparison, is_outlier
from rapport.domain.procurement.windows import UNKNOWN as NOT_KNOWN
from rapport.domain.verdicts.facts import ClientFacts


def purchase_concerns(facts: ClientFacts) -> Iterator[Concern]:
    """Yield the concerns about a client's outside purchases."""
    yield from _rising(facts)
    if facts.health.purchases.confidence >= facts.marks.purchase_confidence:
        yield from _spend(facts)
        yield from _new_suppliers(facts)
        yield from _far_from_peers(facts)


def _rising(facts: ClientFacts) -> Iterator[Concern]:
    purchases = facts.health.purchases
    alarm = purchases.alarm
    if alarm is None:
        return
    # The last window may be quiet already: what is said is of the one that made the alert.
    earlier_days = DAYS_PER_WEEK * (purchases.alarm_weeks - 1)
    yield Concern(
        kind="outside_purchases_rising",
        since=facts.week_end(purchases.state_weeks),
        sureness=purchases.confidence,
        figures={
            "observed": alarm.observed,
            "expected": alarm.expected,
            "probability": alarm.probability,
            "suppliers": purchases.top_suppliers,
            "since_day": purchases.first_day - earlier_days,
            "until_day": purchases.last_day - earlier_days,
        },
    )


def _spend(facts: ClientFacts) -> Iterator[Concern]:
    """Yield the concern for the currency with the highest spend of those with a record."""
    purchases, record = facts.health.purchases, facts.inputs.purchases.record_since
    if purchases.state in ("clear", NOT_KNOWN) or not record:
        return
    spent = dict(purchases.spend_minor)
    highest = {before.currency: before.minor for before in purchases.highest_before}
    currency, since = max(record, key=lambda pair: (spent.get(pair[0], 0), pair[0]))
    suppliers = [paid.supplier for paid in purchases.top_paid if paid.currency == currency]
    yield Concern(
        kind="outside_spend_rising",
        since=max(since, facts.week_end(purchases.rising_weeks)),
        sureness=purchases.confidence,
        figures={
            "currency": currency,
            "spent_minor": spent.get(currency, 0),
            "highest_minor": highest[currency],
            "supplier": suppliers[0] if suppliers else None,
            "since_day": purchases.first_day,
            "until_day": purchases.last_day,
        },
    )


def _new_suppliers(facts: ClientFacts) -> Iterator[Concern]:
    new = facts.health.purchases.new_suppliers
    if not new.named:
        return
    currency = new.named[0].currency
    # Amounts in other currencies have no rate, so no total would have them.
    told = [supplier for supplier in new.named if supplier.currency == currency]
    yield Concern(
        kind="new_supplier",
        since=min(supplier.first_day for supplier in told),
        sureness=facts.health.purchases.confidence,
        figures={
            "suppliers": tuple(supplier.supplier for supplier in told),
            "currency": currency,
            "spent_minor": sum(supplier.minor for supplier in told),
        },
    )


def _far_from_peers(facts: ClientFacts) -> Iterator[Concern]:
    peers = facts.health.purchases.peers
    if peers is None:
        return
    since = facts.since(_peer_looks(facts, peers))
    if since is not None:
        yield Concern(
            kind="far_from_peers",
            since=since,
            sureness=facts.health.purchases.confidence,
            figures={
                "observed": peers.observed,
                "expected": peers.expected,
                "probability": peers.probability,
                "similar": None,
            },
        )


def _peer_looks(facts: ClientFacts, now: PeerComparison) -> Iterator[int]:
    yield BEGINS if now.outlier else OFF
    before = zip(facts.inputs.purchases.volumes_before, facts.context.peers_before, strict=False)
    for (outside, volume), fleet in before:
        found = is_outlier(outside, volume, fleet, facts.policy.purchases.peers)
        yield UNKNOWN if found is None else BEGINS if found else OFF
