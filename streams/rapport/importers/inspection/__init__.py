"""One pass over a file before anything is published: values with two readings refuse it."""

from rapport_schemas.faces import lazy

__all__ = ["Doubt", "DoubtfulFile", "Inspection", "inspect", "settled"]
__getattr__ = lazy(
    __name__,
    {
        "Doubt": "doubt",
        "DoubtfulFile": "doubt",
        "Inspection": "inspect",
        "inspect": "inspect",
        "settled": "inspect",
    },
)
