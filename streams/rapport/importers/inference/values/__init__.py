"""The format of a column's values: dates, amounts, priorities, zones."""

from rapport_schemas.faces import lazy

__all__ = [
    "has_negative",
    "infer_columns",
    "infer_currencies",
    "infer_decimal",
    "infer_priorities",
    "propose_zone",
]
__getattr__ = lazy(
    __name__,
    {
        "has_negative": "amounts",
        "infer_columns": "dates",
        "infer_currencies": "amounts",
        "infer_decimal": "amounts",
        "infer_priorities": "priorities",
        "propose_zone": "zones",
    },
)
