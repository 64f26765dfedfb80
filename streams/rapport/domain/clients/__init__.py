"""Clients: their registry, their place in the organisation, and what IT decided about them."""

from rapport_schemas.faces import lazy

__all__ = [
    "AgreedText",
    "AgreedTexts",
    "Client",
    "Directory",
    "RegistryError",
    "find_client",
    "nearest_ids",
    "new_client",
    "with_aliases",
]
__getattr__ = lazy(
    __name__,
    {
        "AgreedText": "agreed_texts",
        "AgreedTexts": "agreed_texts",
        "Client": "registry",
        "Directory": "registry",
        "RegistryError": "registry",
        "find_client": "registry",
        "nearest_ids": "registry",
        "new_client": "registry",
        "with_aliases": "registry",
    },
)
