"""Pure rules of the relationship monitor: no I/O, no clock, no randomness."""

from rapport_schemas.faces import lazy

__all__ = [
    "BrokenFeed",
    "Calendar",
    "Client",
    "Directory",
    "MissingInput",
    "MissingRate",
    "RegistryError",
    "UnclassifiedPurchases",
    "day_number",
    "last_day_of",
    "parse_duration",
    "since_days",
    "slug",
    "week_of",
]
__getattr__ = lazy(
    __name__,
    {
        "BrokenFeed": "procurement.missing_inputs",
        "Calendar": "calendar",
        "Client": "clients.registry",
        "Directory": "clients.registry",
        "MissingInput": "procurement.missing_inputs",
        "MissingRate": "procurement.missing_inputs",
        "RegistryError": "clients.registry",
        "UnclassifiedPurchases": "procurement.missing_inputs",
        "day_number": "calendar",
        "last_day_of": "calendar",
        "parse_duration": "calendar",
        "since_days": "calendar",
        "slug": "events.text_key",
        "week_of": "calendar",
    },
)
