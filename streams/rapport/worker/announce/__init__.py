"""Announcements of changed scores, by a transactional outbox; silences of known concerns."""

from rapport_schemas.faces import lazy

__all__ = [
    "AnnouncementProducer",
    "Announcer",
    "OutboxEntry",
]
__getattr__ = lazy(
    __name__,
    {
        "AnnouncementProducer": "producer",
        "Announcer": "announcer",
        "OutboxEntry": "outbox",
    },
)
