"""Sends encoded records with kafka-python."""

from rapport_schemas.faces import lazy

__all__ = ["InFlight", "KafkaSender"]
__getattr__ = lazy(
    __name__,
    {"InFlight": "in_flight", "KafkaSender": "sender"},
)
