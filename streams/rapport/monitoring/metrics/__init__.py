"""Metrics of the worker and the intake, each in one file with the function that samples it.

The samples of the scores are built in `rapport.web.fleet_snapshot` from the snapshot that the
worker takes after an evaluation (`rapport.worker.scoring.latest_snapshot`), those of the pipeline
in `rapport.worker.status`; `rapport.web.exposition` renders both at a scrape.
"""

from rapport_schemas.faces import lazy

__all__ = [
    "METRICS",
    "Metric",
    "MetricGroup",
    "Sample",
    "client_samples",
    "fleet_samples",
    "group_by_metric",
    "optional_sample",
]
__getattr__ = lazy(
    __name__,
    {
        "METRICS": "catalogue",
        "Metric": "model",
        "MetricGroup": "model",
        "Sample": "model",
        "client_samples": "catalogue",
        "fleet_samples": "catalogue",
        "group_by_metric": "catalogue",
        "optional_sample": "model",
    },
)
