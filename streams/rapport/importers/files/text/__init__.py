"""Text files as decoded lines, with a count of the lines in the raw bytes."""

from rapport_schemas.faces import lazy

__all__ = ["TextFile"]
__getattr__ = lazy(__name__, {"TextFile": "text_file"})
