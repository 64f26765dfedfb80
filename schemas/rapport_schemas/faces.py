"""Lazy faces: the names that a package's `__init__` offers are imported when they are used.

A room's modules may need different extras (Faust, aiohttp, Typer ...), so importing the room alone
must import none of them (PEP 562).
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package whose names are in its modules: name -> module.

    >>> lazy("rapport_schemas.wire", {"title": "http"})("title").__module__
    'rapport_schemas.wire.http'
    """

    def look_up(name: str) -> Any:
        module = modules.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{module}"), name)

    return look_up
