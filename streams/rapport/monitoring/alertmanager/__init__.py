"""Alertmanager's configuration, and the annotations of alerts."""

from rapport_schemas.faces import lazy

__all__ = [
    "EXAMPLE",
    "Routing",
    "RoutingError",
    "alertmanager_config",
    "expected_annotations",
    "grafana_annotations",
    "grafana_queries",
    "parse_routing",
    "prometheus_annotations",
]
__getattr__ = lazy(
    __name__,
    {
        "EXAMPLE": "routing",
        "Routing": "routing",
        "RoutingError": "routing",
        "alertmanager_config": "config",
        "expected_annotations": "annotations",
        "grafana_annotations": "annotations",
        "grafana_queries": "annotations",
        "parse_routing": "routing",
        "prometheus_annotations": "annotations",
    },
)
