"""The worker: one Faust application that keeps the ledger and the scores of its partitions."""

from rapport_schemas.faces import lazy

__all__ = [
    "Settings",
    "compose",
    "default_decoders",
    "is_live_page",
    "start_worker",
]
__getattr__ = lazy(
    __name__,
    {
        "Settings": "settings",
        "compose": "app",
        "default_decoders": "ingest.decoder_pool",
        "is_live_page": "storage.pages",
        "start_worker": "app",
    },
)
