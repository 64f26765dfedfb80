"""Commands for maintainers of contracts, generated files and vocabularies."""

from rapport_schemas.faces import lazy

__all__ = ["render"]
__getattr__ = lazy(
    __name__,
    {"render": "render"},
)
