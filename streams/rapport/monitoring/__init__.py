"""Metrics, alerts and dashboards as data, and the renderers of their files."""

from rapport_schemas.faces import lazy

__all__ = [
    "ALERTS",
    "METRICS",
    "Metric",
    "Sample",
    "render_rules",
]
__getattr__ = lazy(
    __name__,
    {
        "ALERTS": "alerts",
        "METRICS": "metrics",
        "Metric": "metrics",
        "Sample": "metrics",
        "render_rules": "render",
    },
)
