"""From health and status to samples: which series a scrape shows, as pure functions."""

from collections.abc import Iterable, Iterator, Mapping

from rapport.domain.calendar import DAY_SECONDS
from rapport.domain.clients import Client
from rapport.domain.procurement.feeds import FEED_STATES
from rapport.domain.procurement.health import FleetContext
from rapport.domain.procurement.purchases import STANDINGS, Spent
from rapport.domain.procurement.suppliers import NAMED_MAX
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.monitoring.metrics import scores as m
from rapport.monitoring.metrics.model import Metric
from rapport.monitoring.metrics.sample import Sample
from rapport_schemas.currencies import DECIMALS

STATES: Mapping[str, int] = {"clear": 0, "watch": 1, "alert": 2}


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
    for signal, by, times in health.heard:
        yield Sample(m.SIGNALS_HEARD, (client.id, signal, by), times)
    yield from _purchase_samples(client.id, health)
    yield from _silence_samples(client.id, health)


def _purchase_samples(client: str, health: ClientHealth) -> Iterator[Sample]:
    purchases, name = health.purchases, (client,)
    yield Sample(m.PURCHASES_OBSERVED, name, purchases.observed)
    yield Sample(m.PURCHASES_EXPECTED, name, purchases.expected)
    yield Sample(m.PURCHASES_PROBABILITY, name, purchases.probability)
    yield Sample(m.PURCHASES_STATE, name, STATES[purchases.state])
    yield Sample(m.PURCHASES_CONFIDENCE, name, purchases.confidence)
    for standing, count in purchases.by_standing:
        yield Sample(m.STANDING_PURCHASES, (client, standing), count)
    yield from _spend_samples(client, purchases.spent)
    for _, currency, minor in purchases.highest_before:
        units = minor / 10 ** DECIMALS[currency]
        yield Sample(m.SPEND_HIGHEST, (client, currency), units)
    if purchases.new_suppliers.judged:
        yield Sample(m.NEW_SUPPLIERS, name, purchases.new_suppliers.count)
    if purchases.peers is not None:
        yield Sample(m.PEER_PROBABILITY, name, purchases.peers.probability)
        yield Sample(m.PEER_OUTLIER, name, int(purchases.peers.outlier))


def _silence_samples(client: str, health: ClientHealth) -> Iterator[Sample]:
    for source, state in health.sources.items():
        if state.state in ("flowing", "silent"):
            yield Sample(m.CLIENT_SOURCE_SILENT, (client, source), int(state.state == "silent"))
        if state.state == "silent" and state.silence_days is not None:
            seconds = state.silence_days * DAY_SECONDS
            yield Sample(m.CLIENT_SOURCE_SILENCE, (client, source), seconds)


def _spend_samples(client: str, spent: Iterable[Spent]) -> Iterator[Sample]:
    """Yield every standing in every currency that was spent; nothing spent is 0."""
    known = {(one.standing, one.currency): one.minor for one in spent}
    for currency in sorted({currency for _, currency in known}):
        for standing in STANDINGS:
            units = known.get((standing, currency), 0) / 10 ** DECIMALS[currency]
            yield Sample(m.STANDING_SPEND, (client, standing, currency), units)


def market_samples(market: FleetContext) -> Iterator[Sample]:
    """Yield the series of what all clients share: a common rise, suppliers, feeds."""
    yield from supplier_samples(market)
    for source, feed in market.feeds.items():
        for state in FEED_STATES:
            yield Sample(m.SOURCE_STATE, (source, state), int(feed.state == state))
        if feed.silence_days is not None:
            yield Sample(m.SOURCE_SILENCE, (source,), feed.silence_days * DAY_SECONDS)
        if feed.usual_silence_days is not None:
            yield Sample(m.SOURCE_USUAL_SILENCE, (source,), feed.usual_silence_days * DAY_SECONDS)


def supplier_samples(market: FleetContext) -> Iterator[Sample]:
    """Yield the series of a common rise and of suppliers that spread."""
    yield Sample(m.COMMON_RISE, (), market.baseline.common_rise)
    yield Sample(m.SPREADING_SUPPLIERS, (), len(market.spreads))
    for spread in market.spreads[:NAMED_MAX]:
        yield Sample(m.SPREADING_SUPPLIER, (spread.supplier,), spread.clients)


def families(samples: Iterable[Sample]) -> dict[Metric, list[Sample]]:
    """Return the samples by metric, in the catalogue's order; a metric without samples is there."""
    found: dict[Metric, list[Sample]] = {metric: [] for metric in m.METRICS}
    for sample in samples:
        found[sample.metric].append(sample)
    return found
