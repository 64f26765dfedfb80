"""The rules of every concern, the verdict on one client, and what all clients have in common."""

from rapport_schemas.faces import lazy

__all__ = ["FleetVerdict", "SharedConcern", "fleet_verdict", "rank", "with_verdict"]
__getattr__ = lazy(
    __name__,
    {
        "FleetVerdict": "fleet",
        "SharedConcern": "shared",
        "fleet_verdict": "fleet",
        "rank": "fleet",
        "with_verdict": "evaluation",
    },
)
