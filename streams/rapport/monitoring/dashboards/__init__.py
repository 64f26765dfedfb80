"""The dashboards as data, a file for each, and the builders of their panels."""

from rapport_schemas.faces import lazy

__all__ = [
    "DASHBOARDS",
    "Column",
    "Dashboard",
    "Note",
    "Panel",
    "Query",
    "Row",
]
__getattr__ = lazy(
    __name__,
    {
        "Column": "panel",
        "DASHBOARDS": "catalogue",
        "Dashboard": "panel",
        "Note": "panel",
        "Panel": "panel",
        "Query": "panel",
        "Row": "panel",
    },
)
