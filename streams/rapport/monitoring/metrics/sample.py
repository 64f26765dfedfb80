"""What a sample is: one series of a scrape."""

from typing import NamedTuple

from rapport.monitoring.metrics.model import Metric


class Sample(NamedTuple):
    """One series: its metric, the values of the metric's labels, and its value."""

    metric: Metric
    labels: tuple[str, ...]
    value: float
