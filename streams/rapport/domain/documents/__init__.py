"""Configuration documents in TOML: parsing, and validation with errors that name the line."""

from rapport_schemas.faces import lazy

__all__ = [
    "DOCUMENT_BYTES_MAX",
    "Document",
    "DocumentField",
    "Location",
    "check_numbers",
    "document_fields",
    "parse_toml",
    "validate",
]
__getattr__ = lazy(
    __name__,
    {
        "DOCUMENT_BYTES_MAX": "toml",
        "Document": "toml",
        "DocumentField": "fields",
        "Location": "toml",
        "check_numbers": "validation",
        "document_fields": "fields",
        "parse_toml": "toml",
        "validate": "validation",
    },
)
