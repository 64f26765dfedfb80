"""Commands that start and operate the system."""

from rapport_schemas.faces import lazy

__all__ = ["Role", "access", "demo", "handle_dead_letters", "routes", "topics", "worker"]
__getattr__ = lazy(
    __name__,
    {
        "Role": "access",
        "access": "access",
        "demo": "demo",
        "handle_dead_letters": "dead_letters",
        "routes": "routes",
        "topics": "topics",
        "worker": "worker",
    },
)
