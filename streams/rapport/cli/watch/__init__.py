"""Commands that show clients and their scores."""

from rapport_schemas.faces import lazy

__all__ = ["digest", "explain", "history", "pages", "today", "top"]
__getattr__ = lazy(
    __name__,
    {
        "digest": "digest",
        "explain": "explain",
        "history": "history",
        "pages": "pages",
        "today": "today",
        "top": "top",
    },
)
