"""The metrics of feeds: a source that is broken for all clients, or one client that is silent."""

from collections.abc import Iterator
from typing import Final

from rapport.domain.calendar import DAY_SECONDS
from rapport.domain.procurement.feeds import FEED_STATES
from rapport.domain.procurement.health import FleetContext
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.monitoring.metrics.model import Metric, MetricGroup, Sample, optional_sample

FEEDS: Final = MetricGroup()
SOURCE_STATE: Final = FEEDS.gauge(
    "source_state",
    "The feed's state by its own rhythm: 1 for the one of flowing, broken and unknown that holds.",
    "source",
    "state",
)
SOURCE_SILENCE: Final = FEEDS.gauge(
    "source_silence_seconds",
    "Time since the source's newest event, in full days; absent before the first.",
    "source",
)
SOURCE_USUAL_SILENCE: Final = FEEDS.gauge(
    "source_usual_silence_seconds",
    "Silence that the source's own rhythm explains, in full days; absent while unknown.",
    "source",
)
CLIENT_SOURCE_SILENT: Final = FEEDS.gauge(
    "client_source_silent",
    "1 when a client is silent beyond its own rhythm while the feed flows, else 0; absent while "
    "that is unknown.",
    "client",
    "source",
)
CLIENT_SOURCE_SILENCE: Final = FEEDS.gauge(
    "client_source_silence_seconds",
    "Time since a silent client's newest event, in full days; absent while it is not silent.",
    "client",
    "source",
)


def client_feed_samples(health: ClientHealth) -> Iterator[Sample]:
    """Yield whether one client is silent per source; a broken or unknown feed has no series."""
    for source, state in health.sources.items():
        labels, silent = (health.client, source), state.state == "silent"
        if silent or state.state == "flowing":
            yield Sample(CLIENT_SOURCE_SILENT, labels, int(silent))
        if silent:
            yield from _seconds(CLIENT_SOURCE_SILENCE, labels, state.silence_days)


def fleet_feed_samples(context: FleetContext) -> Iterator[Sample]:
    """Yield the state of every feed, its silence, and the silence that is usual for it."""
    for source, feed in context.feeds.items():
        for state in FEED_STATES:
            yield Sample(SOURCE_STATE, (source, state), int(feed.state == state))
        yield from _seconds(SOURCE_SILENCE, (source,), feed.silence_days)
        yield from _seconds(SOURCE_USUAL_SILENCE, (source,), feed.usual_silence_days)


def _seconds(metric: Metric, labels: tuple[str, ...], days: int | None) -> Iterator[Sample]:
    return optional_sample(metric, labels, None if days is None else days * DAY_SECONDS)
