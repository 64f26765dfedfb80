"""Dates of exports: their layouts, names of months, time zones, and the reader of them all."""

from rapport_schemas.faces import lazy

__all__ = ["DateCell", "DateOptions", "DateReader", "DateReading"]
__getattr__ = lazy(
    __name__,
    {
        "DateCell": "cell",
        "DateOptions": "options",
        "DateReader": "reader",
        "DateReading": "reader",
    },
)
