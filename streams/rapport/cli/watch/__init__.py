"""Commands that show clients and their scores."""

from rapport_schemas.faces import lazy

__all__ = ["explain", "fleet", "history", "pages", "top"]
__getattr__ = lazy(
    __name__,
    {"explain": "explain", "fleet": "fleet", "history": "history", "pages": "pages", "top": "top"},
)
