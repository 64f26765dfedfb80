"""Builders of panels, and the renderers of Grafana's files."""

from rapport.faces import lazy

__all__ = [
    "Dashboard",
    "Panel",
    "Query",
    "Row",
    "grafana_alerting",
    "render_grafana",
]
__getattr__ = lazy(
    __name__,
    {
        "Dashboard": "panel",
        "Panel": "panel",
        "Query": "panel",
        "Row": "panel",
        "grafana_alerting": "alerts",
        "render_grafana": "files",
    },
)
