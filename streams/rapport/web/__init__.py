"""The reading side of a worker: an HTTP server of metrics, JSON and pages, and its client."""

from rapport_schemas.faces import lazy

__all__ = [
    "BasicAuth",
    "Exposition",
    "FleetSnapshot",
    "Queries",
    "SnapshotPair",
    "UnknownClientError",
    "WebAccess",
    "WebServer",
    "WorkerView",
    "fetch",
    "fetch_json",
]
__getattr__ = lazy(
    __name__,
    {
        "BasicAuth": "auth",
        "Exposition": "exposition",
        "FleetSnapshot": "fleet_snapshot",
        "Queries": "queries",
        "SnapshotPair": "fleet_snapshot",
        "UnknownClientError": "queries",
        "WebAccess": "client",
        "WebServer": "server",
        "WorkerView": "fleet_snapshot",
        "fetch": "client",
        "fetch_json": "client",
    },
)
