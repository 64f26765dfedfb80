"""Concerns: what is wrong with a client, since when, and how urgent it is."""

from rapport_schemas.faces import lazy

__all__ = [
    "KINDS",
    "NEWS",
    "STATES",
    "Concern",
    "ConcernKind",
    "Figure",
    "FleetVerdict",
    "SharedConcern",
    "Verdict",
    "fleet_verdict",
    "rank",
]
__getattr__ = lazy(
    __name__,
    {
        "Concern": "verdict",
        "ConcernKind": "kinds",
        "Figure": "verdict",
        "FleetVerdict": "fleet",
        "KINDS": "kinds",
        "NEWS": "kinds",
        "STATES": "kinds",
        "SharedConcern": "shared",
        "Verdict": "verdict",
        "fleet_verdict": "fleet",
        "rank": "fleet",
    },
)
