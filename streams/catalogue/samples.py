"""From health and status to samples: which series a scrape shows, as pure functions."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rapport.schemas.currencies import DECIMALS
from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue.metrics import Metric
from rapport.streams.core.clients import Client
from rapport.streams.core.scores import ClientHealth

STATES: Mapping[str, int] = {"clear": 0, "watch": 1, "alert": 2}


class Sample(NamedTuple):
    """One series: its metric, the values of the metric's labels, and its value."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


def client_samples(client: Client, health: ClientHealth) -> Iterator[Sample]:
    """Yield the series of one client; a score without sufficient evidence has none."""
    name, trust, engagement = (client.id,), health.trust, health.engagement
    yield Sample(m.CLIENT_INFO, (client.id, client.name, client.owner), 1)
    yield Sample(m.TRUST_SUFFICIENT, name, int(trust.sufficient))
    yield Sample(m.TRUST_CONFIDENCE, name, trust.confidence)
    yield Sample(m.ENGAGEMENT_CONFIDENCE, name, engagement.confidence)
    if trust.shown is not None:
        yield Sample(m.TRUST, name, trust.shown)
        for part in trust.parts:
            yield Sample(m.TRUST_PART, (client.id, part.component), trust.ratio(part.points))
    if engagement.shown is not None:
        yield Sample(m.ENGAGEMENT, name, engagement.shown)
        for part in engagement.parts:
            points = engagement.ratio(part.points)
            yield Sample(m.ENGAGEMENT_PART, (client.id, part.component), points)
    yield from _purchase_samples(client.id, health)


def _purchase_samples(client: str, health: ClientHealth) -> Iterator[Sample]:
    purchases, name = health.purchases, (client,)
    yield Sample(m.PURCHASES_OBSERVED, name, purchases.observed)
    yield Sample(m.PURCHASES_EXPECTED, name, purchases.expected)
    yield Sample(m.PURCHASES_PROBABILITY, name, purchases.probability)
    yield Sample(m.PURCHASES_STATE, name, STATES[purchases.state])
    for currency, minor in purchases.spend_minor:
        yield Sample(m.SPEND, (client, currency), minor / 10 ** DECIMALS[currency])


def families(samples: Iterable[Sample]) -> dict[Metric, list[Sample]]:
    """Return the samples by metric, in the catalogue's order; a metric without samples is there."""
    found: dict[Metric, list[Sample]] = {metric: [] for metric in m.METRICS}
    for sample in samples:
        found[sample.metric].append(sample)
    return found
