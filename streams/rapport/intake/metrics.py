"""The intake's metrics, kept by the Prometheus client library."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family

from rapport.monitoring.metrics import intake as m
from rapport.monitoring.metrics import process
from rapport.monitoring.metrics.model import Metric
from rapport.web.process_samples import BUILD
from rapport_schemas.wire.http import STATUS_OF_REASON

ACCEPTED = "accepted"
STATUSES = sorted({HTTPStatus.ACCEPTED, HTTPStatus.MULTI_STATUS, *STATUS_OF_REASON.values()})
"""The statuses of answers to publishers; each has a series from the start, so that its first
request is a growth."""


class Counters:
    """Counters of requests and events; gauges are read at each scrape."""

    def __init__(self, in_flight: Callable[[], float], ready: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(*_named(m.REQUESTS), registry=self._registry)
        self._events = Counter(*_named(m.EVENTS), registry=self._registry)
        self._seconds = Histogram(
            *_named(m.SECONDS), registry=self._registry, buckets=m.SECONDS_BUCKETS
        )
        Gauge(*_named(m.IN_FLIGHT), registry=self._registry).set_function(in_flight)
        Gauge(*_named(m.READY), registry=self._registry).set_function(ready)
        Gauge(*_named(process.BUILD_INFO), registry=self._registry).labels(*BUILD).set(1)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        for outcome in (ACCEPTED, *STATUS_OF_REASON):
            self._events.labels(outcome)
        for status in STATUSES:
            self._requests.labels(str(int(status)))

    def add_response(self, status: int, seconds: float) -> None:
        """Count one request and its duration."""
        self._requests.labels(str(status)).inc()
        self._seconds.observe(seconds)

    def add_event(self, outcome: str) -> None:
        """Count one event by its outcome."""
        self._events.labels(outcome).inc()

    def render(self, accept: str) -> tuple[bytes, str]:
        """Return the exposition and its content type, in the format that `accept` names."""
        encoder, content_type = choose_encoder(accept)
        return encoder(_WithoutCreated(self._registry)), content_type


@dataclass(frozen=True, slots=True)
class _WithoutCreated:
    """A registry without the time at which each counter began: it would double the series."""

    registry: CollectorRegistry

    def collect(self) -> Iterable[Family]:
        for family in self.registry.collect():
            family.samples = [one for one in family.samples if not one.name.endswith("_created")]
            yield family


def _named(metric: Metric) -> tuple[str, str, tuple[str, ...]]:
    return metric.name, metric.help, metric.labels
