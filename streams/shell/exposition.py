"""A snapshot of all series, rendered as Prometheus text or OpenMetrics by the client library."""

import gzip as gzip_format
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from rapport.streams.catalogue.samples import Sample, families

GZIP_LEVEL = 1


class Snapshot(Collector):
    """The series as they were at one moment; rendering does not touch the worker."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._families = families(samples)
        self._registry: Any = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def collect(self) -> Iterator[Family]:
        """Yield the library's families."""
        for metric, samples in self._families.items():
            kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            family = kind(metric.name, metric.help, labels=metric.labels)
            for sample in samples:
                family.add_metric(sample.labels, sample.value)
            yield family

    def render(self, accept: str, *, gzip: bool) -> tuple[bytes, str]:
        """Return the body and its content type for what the reader accepts."""
        encoder, content_type = choose_encoder(accept)
        body: bytes = encoder(self._registry)
        return (gzip_format.compress(body, GZIP_LEVEL) if gzip else body), content_type
