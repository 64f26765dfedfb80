"""Renderers of Grafana's files."""

from rapport_schemas.faces import lazy

__all__ = [
    "grafana_alerting",
    "grafana_panel",
    "grafana_rule",
    "render_grafana",
]
__getattr__ = lazy(
    __name__,
    {
        "grafana_alerting": "alerts",
        "grafana_panel": "panels",
        "grafana_rule": "alerts",
        "render_grafana": "files",
    },
)
