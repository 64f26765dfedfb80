"""Proposal of a mapping for a file with unknown columns."""

from rapport_schemas.faces import lazy

__all__ = ["guess", "preview"]
__getattr__ = lazy(__name__, {"guess": "infer", "preview": "preview"})
