"""Metrics of the worker and the intake, each in one file with the function that samples it."""

from rapport.faces import lazy

__all__ = [
    "METRICS",
    "Metric",
    "MetricGroup",
    "Sample",
    "client_samples",
    "families",
    "fleet_samples",
    "known_sample",
]
__getattr__ = lazy(
    __name__,
    {
        "METRICS": "catalogue",
        "Metric": "model",
        "MetricGroup": "model",
        "Sample": "model",
        "client_samples": "catalogue",
        "families": "catalogue",
        "fleet_samples": "catalogue",
        "known_sample": "model",
    },
)
