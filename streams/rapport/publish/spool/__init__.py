"""Keeps events on disk until Kafka has them."""

from rapport_schemas.faces import lazy

__all__ = ["OpenSpool", "Spool", "SpooledChannel"]
__getattr__ = lazy(
    __name__,
    {"OpenSpool": "spool", "Spool": "spool", "SpooledChannel": "channel"},
)
