"""From a client's health to the series of what its scores rest on."""

from collections.abc import Iterator

from rapport.domain.calendar import DAY_SECONDS
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.rise_detector import alert_threshold
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.monitoring.metrics import evidence as m
from rapport.monitoring.metrics.sample import Sample
from rapport_schemas.currencies import DECIMALS


def evidence_samples(health: ClientHealth, policy: PurchasePolicy) -> Iterator[Sample]:
    """Yield bounds, thresholds and evidence of one client; what is not known has no series."""
    yield from _bounds(health)
    yield from _views(health)
    yield from _purchases(health, policy)
    yield from _roles(health)
    for facet in health.knowledge.facets:
        if facet.observed_day is not None:
            labels = (health.client, facet.name)
            yield Sample(m.FACET_OBSERVED, labels, facet.observed_day * DAY_SECONDS)


def _bounds(health: ClientHealth) -> Iterator[Sample]:
    for score in health.scores:
        if score.sufficient and score.shape is not None:
            yield Sample(m.SCORE_LOW, (health.client, score.name), score.low)
            yield Sample(m.SCORE_HIGH, (health.client, score.name), score.high)


def _views(health: ClientHealth) -> Iterator[Sample]:
    views = {"own": health.perception.own, "independent": health.perception.independent}
    for viewpoint, score in views.items():
        if score.shown is not None:
            yield Sample(m.VIEW_TRUST, (health.client, viewpoint), score.shown)


def _purchases(health: ClientHealth, policy: PurchasePolicy) -> Iterator[Sample]:
    found = health.purchases
    threshold = alert_threshold(
        found.expected, found.size, policy.alert_minimum, policy.alert_probability
    )
    yield Sample(m.PURCHASES_THRESHOLD, (health.client,), threshold)
    for supplier, currency, minor in found.top_paid:
        units = minor / 10 ** DECIMALS[currency]
        yield Sample(m.SUPPLIER_SPEND, (health.client, supplier, currency), units)


def _roles(health: ClientHealth) -> Iterator[Sample]:
    for role in health.participation.roles:
        if role.touchpoints is not None:
            yield Sample(m.ROLE_TOUCHPOINTS, (health.client, role.name), role.touchpoints)
        if role.message is not None:
            yield Sample(m.ROLE_MESSAGE, (health.client, role.name), role.message)
