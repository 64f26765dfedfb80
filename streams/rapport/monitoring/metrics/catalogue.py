"""Every metric of the worker, and the samplers of all series of a client and of the fleet."""

from collections.abc import Iterable, Iterator
from typing import Final

from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.domain.clients.registry import Client
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.health import FleetContext
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.verdicts.shared import SharedConcern
from rapport.monitoring.metrics import (
    concerns,
    feeds,
    pipeline,
    policy_values,
    process,
    purchases,
    relationship,
    scores,
)
from rapport.monitoring.metrics.model import Metric, Sample

METRICS: Final[tuple[Metric, ...]] = (
    *scores.SCORES,
    *purchases.PURCHASES,
    *feeds.FEEDS,
    *scores.SIGNALS,
    *pipeline.POLICY,
    *purchases.COMMON,
    *pipeline.PIPELINE,
    *relationship.RELATIONSHIP,
    *scores.INTERVALS,
    *purchases.EVIDENCE,
    *relationship.EVIDENCE,
    *concerns.CONCERNS,
    *policy_values.POLICY_VALUES,
    *process.PROCESS,
)
"""In the order of a scrape and of docs/metrics.md."""


def client_samples(
    client: Client, health: ClientHealth, policy: Policy, calendar: Calendar = UTC_CALENDAR
) -> Iterator[Sample]:
    """Yield every series of one client, under the policy that its health was evaluated with."""
    yield from scores.score_samples(client, health)
    yield from purchases.client_purchase_samples(health, policy.purchases, calendar)
    yield from feeds.client_feed_samples(health)
    yield from relationship.relationship_samples(health, policy.compare, calendar)


def fleet_samples(context: FleetContext) -> Iterator[Sample]:
    """Yield every series that the clients have in common: a common rise, suppliers, feeds."""
    yield from purchases.fleet_purchase_samples(context)
    yield from feeds.fleet_feed_samples(context)


def verdict_samples(
    health: Iterable[ClientHealth],
    shared: Iterable[SharedConcern],
    calendar: Calendar = UTC_CALENDAR,
) -> Iterator[Sample]:
    """Yield the series of the verdicts on all clients, and of what most clients have in common."""
    for client in health:
        yield from concerns.concern_samples(client, calendar)
    yield from concerns.shared_concern_samples(shared)


def group_by_metric(samples: Iterable[Sample]) -> dict[Metric, list[Sample]]:
    """Return the samples by metric, in the catalogue's order; each metric is there, even empty."""
    by_metric: dict[Metric, list[Sample]] = {metric: [] for metric in METRICS}
    for sample in samples:
        by_metric[sample.metric].append(sample)
    return by_metric
