"""Sends encoded records with kafka-python."""

from rapport.faces import lazy

__all__ = ["InFlight", "KafkaSender", "encoded_record"]
__getattr__ = lazy(
    __name__,
    {"InFlight": "in_flight", "KafkaSender": "sender", "encoded_record": "record_encoding"},
)
