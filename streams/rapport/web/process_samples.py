"""Samples a process by the collectors of the Prometheus client library, without its registry."""

import platform
from collections.abc import Iterator
from itertools import chain
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

import rapport
from rapport.monitoring.metrics.model import Sample
from rapport.monitoring.metrics.process import BUILD_INFO, PROCESS

BUILD: Final = (rapport.__version__, platform.python_version())
"""The labels of `rapport_build_info`."""
_BY_NAME: Final = {metric.name: metric for metric in PROCESS}
_COLLECTORS: Final = (
    ProcessCollector(registry=None),
    GCCollector(registry=CollectorRegistry()),
)


def process_samples() -> Iterator[Sample]:
    """Yield the series of this process; without /proc, only those of Python and of the build."""
    yield Sample(BUILD_INFO, BUILD, 1)
    for family in chain.from_iterable(one.collect() for one in _COLLECTORS):
        metric = _BY_NAME[family.name]
        for found in family.samples:
            labels = tuple(found.labels[label] for label in metric.labels)
            yield Sample(metric, labels, found.value)
