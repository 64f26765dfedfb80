"""Extensions of Faust: the batch consumer, credentials, batch sending and bounded shutdown."""

from rapport_schemas.faces import lazy

__all__ = [
    "BatchSchema",
    "BoundedShutdownWorker",
    "faust_broker",
    "send_batches",
]
__getattr__ = lazy(
    __name__,
    {
        "BatchSchema": "consumer",
        "BoundedShutdownWorker": "shutdown",
        "faust_broker": "credentials",
        "send_batches": "producer",
    },
)
