"""The dashboards as data, a file for each."""

from rapport.faces import lazy

__all__ = [
    "DASHBOARDS",
]
__getattr__ = lazy(
    __name__,
    {
        "DASHBOARDS": "catalogue",
    },
)
