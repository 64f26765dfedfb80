"""Decoding of events to ledger postings."""

from rapport_schemas.faces import lazy

__all__ = ["FACT_TYPES", "DecodedEvent", "FindSignals", "decode_event", "posting"]
__getattr__ = lazy(
    __name__,
    {
        "FACT_TYPES": "facts",
        "DecodedEvent": "decoder",
        "FindSignals": "facts",
        "decode_event": "decoder",
        "posting": "facts",
    },
)
