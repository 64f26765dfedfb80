"""Scoring: evaluation of the owned clients, and exchange of their inputs with peers."""

from rapport_schemas.faces import lazy

__all__ = [
    "PeerExchange",
    "Scorer",
]
__getattr__ = lazy(
    __name__,
    {
        "PeerExchange": "peer_exchange",
        "Scorer": "scorer",
    },
)
