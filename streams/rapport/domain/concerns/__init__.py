"""Concerns: their kinds, what a verdict on a client holds, and hysteresis over looks."""

from rapport_schemas.faces import lazy

__all__ = [
    "KINDS",
    "NEWS",
    "STATES",
    "Concern",
    "ConcernKind",
    "Figure",
    "Verdict",
]
__getattr__ = lazy(
    __name__,
    {
        "Concern": "verdict",
        "ConcernKind": "kinds",
        "Figure": "verdict",
        "KINDS": "kinds",
        "NEWS": "kinds",
        "STATES": "kinds",
        "Verdict": "verdict",
    },
)
