"""Rapport: how an IT department's clients really see it, from events as they happen."""

from importlib.metadata import version

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    if name == "__version__":
        return version("rapport-monitor")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
