"""The difference between a file and the journal of what was published."""

from rapport_schemas.faces import lazy

__all__ = ["ImportOptions", "Importer", "Journal", "RejectedRows"]
__getattr__ = lazy(
    __name__,
    {
        "ImportOptions": "importer",
        "Importer": "importer",
        "Journal": "journal",
        "RejectedRows": "rejected_rows",
    },
)
