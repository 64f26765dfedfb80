"""The desk: what people record with text to keep, and how an event becomes an entry of it."""

from rapport_schemas.faces import lazy

__all__ = [
    "DESK_TYPES",
    "KINDS",
    "RECORDED_SOURCE",
    "DeskContent",
    "DeskEntry",
    "desk_entry",
    "newest_revision",
    "read_content",
    "taken_back",
]
__getattr__ = lazy(
    __name__,
    {
        "DESK_TYPES": "entries",
        "KINDS": "kinds",
        "RECORDED_SOURCE": "kinds",
        "DeskContent": "content",
        "DeskEntry": "entries",
        "desk_entry": "entries",
        "newest_revision": "revisions",
        "read_content": "content",
        "taken_back": "taking_back",
    },
)
