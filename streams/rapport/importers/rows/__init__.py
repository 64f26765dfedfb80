"""Rows of a table as records of events."""

from rapport_schemas.faces import lazy

__all__ = ["Record", "Rejection", "Skipped", "event_id", "open_records"]
__getattr__ = lazy(
    __name__,
    {
        "Record": "row",
        "Rejection": "row",
        "Skipped": "row",
        "event_id": "row",
        "open_records": "reader",
    },
)
