"""Explanations: scores and their changes attributed to events, as keys and values."""

from rapport_schemas.faces import lazy

__all__ = [
    "BASE",
    "OLDER",
    "AnnouncedScore",
    "Announcement",
    "ClientSnapshot",
    "Difference",
    "LastAnnounced",
    "PointsChange",
    "PointsRow",
    "ScoreAttribution",
    "announced_score",
    "changed_names",
    "shown_values",
    "take_client_snapshot",
]
__getattr__ = lazy(
    __name__,
    {
        "AnnouncedScore": "change_attribution",
        "Announcement": "change_events",
        "BASE": "apportionment",
        "ClientSnapshot": "client_snapshot",
        "Difference": "difference",
        "LastAnnounced": "change_events",
        "OLDER": "difference",
        "PointsChange": "difference",
        "PointsRow": "apportionment",
        "ScoreAttribution": "attribution",
        "announced_score": "change_attribution",
        "changed_names": "change_events",
        "shown_values": "change_events",
        "take_client_snapshot": "client_snapshot",
    },
)
