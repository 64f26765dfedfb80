"""CloudEvents over HTTP: authenticates, validates and writes them to Kafka."""

from rapport_schemas.faces import lazy

__all__ = ["IntakeSettings", "Limits", "Server", "new_token", "serve"]
__getattr__ = lazy(
    __name__,
    {
        "IntakeSettings": "settings",
        "Limits": "limits",
        "Server": "server",
        "new_token": "tokens",
        "serve": "server",
    },
)
