"""Commands that bring events in."""

from rapport_schemas.faces import lazy

__all__ = ["import_", "intake"]
__getattr__ = lazy(
    __name__,
    {"import_": "import_", "intake": "intake"},
)
