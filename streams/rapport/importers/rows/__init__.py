"""Rows of a table as records of events."""

from rapport_schemas.faces import lazy

__all__ = ["Rejection", "Skipped", "SourceRecord", "event_id", "open_records"]
__getattr__ = lazy(
    __name__,
    {
        "SourceRecord": "row",
        "Rejection": "row",
        "Skipped": "row",
        "event_id": "row",
        "open_records": "reader",
    },
)
