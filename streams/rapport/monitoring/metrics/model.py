"""What a metric is, a sample of it, and the groups that collect metrics in order of definition."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

PREFIX: Final = "rapport_"


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One family. `kind` is gauge, counter or histogram; a counter's series end in `_total`."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()

    @property
    def series(self) -> str:
        """The name that a query uses."""
        return f"{self.name}_total" if self.kind == "counter" else self.name

    def __str__(self) -> str:
        """Return the name that a query uses: expressions are formatted with their metrics."""
        return self.series


class Sample(NamedTuple):
    """One series: its metric, the values of the metric's labels, and its value."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


class MetricGroup:
    """The metrics of one subject: defining a metric through its group adds it to the group."""

    def __init__(self) -> None:
        self._metrics: list[Metric] = []

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._metrics)

    def gauge(self, name: str, text: str, *labels: str) -> Metric:
        """Return a new metric that goes up and down."""
        return self._add(Metric(PREFIX + name, "gauge", text, labels))

    def counter(self, name: str, text: str, *labels: str) -> Metric:
        """Return a new metric that only grows."""
        return self._add(Metric(PREFIX + name, "counter", text, labels))

    def histogram(self, name: str, text: str, *labels: str) -> Metric:
        """Return a new metric that counts values per bucket."""
        return self._add(Metric(PREFIX + name, "histogram", text, labels))

    def _add(self, metric: Metric) -> Metric:
        self._metrics.append(metric)
        return metric


def optional_sample(
    metric: Metric, labels: tuple[str, ...], value: float | None
) -> Iterator[Sample]:
    """Yield the sample, or nothing: an unknown value has no series."""
    if value is not None:
        yield Sample(metric, labels, value)
