"""`rapport record`: publishes what only people know, one event at a time."""

from rapport_schemas.faces import lazy

__all__ = ["app"]
__getattr__ = lazy(__name__, {"app": "group"})
