"""Meetings of a calendar: their faults, their zones, the dates of a repetition, who took part."""

from rapport_schemas.faces import lazy

__all__ = ["Entry", "by_series", "occurrences", "took_part"]
__getattr__ = lazy(
    __name__,
    {
        "Entry": "series",
        "by_series": "series",
        "occurrences": "series",
        "took_part": "participants",
    },
)
