"""The dashboards as data, a file for each, and the builders of their panels."""

from rapport_schemas.faces import lazy

__all__ = [
    "DASHBOARDS",
    "Dashboard",
    "Note",
    "Panel",
    "PanelRow",
    "Query",
    "TableColumn",
]
__getattr__ = lazy(
    __name__,
    {
        "DASHBOARDS": "catalogue",
        "Dashboard": "panel",
        "Note": "panel",
        "Panel": "panel",
        "PanelRow": "panel",
        "Query": "panel",
        "TableColumn": "panel",
    },
)
