"""Checks at import that the private names of a library, which Rapport uses, still exist."""

from importlib.metadata import version
from typing import Any


def require(owner: Any, *names: str, library: str) -> None:
    """Raise `ImportError` unless a class or module of `library` has all `names`.

    An attribute that `__init__` sets counts: the code of `__init__` mentions it.

    >>> from decimal import Decimal
    >>> require(Decimal, "sqrt", "cosine", library="pydantic")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ImportError: pydantic ... has no private name Decimal.cosine, which Rapport needs; install ...
    """
    for name in names:
        if not has_name(owner, name):
            raise ImportError(
                f"{library} {version(library)} has no private name {owner.__name__}.{name}, which "
                f"Rapport needs; install a version of {library} that pyproject.toml allows"
            )


def has_name(owner: Any, name: str) -> bool:
    """Return whether a class or module has a name, or its `__init__` sets it."""
    initializers = (vars(one).get("__init__") for one in getattr(owner, "__mro__", ()))
    codes = (getattr(one, "__code__", None) for one in initializers)
    return hasattr(owner, name) or any(name in code.co_names for code in codes if code)
