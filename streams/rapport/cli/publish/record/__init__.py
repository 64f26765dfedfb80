"""Commands of `rapport record`, which publish what only people know."""

from rapport_schemas.faces import lazy

__all__ = ["app"]
__getattr__ = lazy(__name__, {"app": "group"})
