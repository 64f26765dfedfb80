"""Deprecated policy keys: a file may have them for one version, with a notice for each.

Delete an entry here in the version after the one that renamed or removed the key; the hash keeps
the old name (`serialization_alias` in the model), so that a rename changes no hash.
"""

from dataclasses import replace
from typing import Any, Final

from rapport.domain.documents.toml import Document, Location
from rapport_schemas.wire.errors import RapportError

RENAMED_KEYS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("along",), "participation"),
    (("compare", "targets", "along"), "participation"),
)
"""(Old key with its sections, new name of its last part)."""
REMOVED_KEYS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (
        ("trust", "sufficient_uncertainty"),
        "a score is shown when its evidence is thin, fair or strong",
    ),
)
"""(Key with its sections, what is true instead)."""


def rename_keys(document: Document, error: type[RapportError]) -> tuple[Document, list[str]]:
    """Return a document with today's keys, and a notice for each old one that it has.

    Raises `error` when a document has a key under both names.
    """
    notices: list[str] = []
    for old, name in RENAMED_KEYS:
        section = _table_at(document.values, old[:-1])
        if section is None or old[-1] not in section:
            continue
        new = (*old[:-1], name)
        if name in section:
            raise error(_both_names(document, old, new))
        notices += _notices(document, old, new)
        document = _with_renamed_key(document, old, new)
    for key, instead in REMOVED_KEYS:
        section = _table_at(document.values, key[:-1])
        if section is not None and key[-1] in section:
            line = document.key_lines()[key]
            notices.append(
                f"{document.name}, line {line}: the key {_dotted(key)} is no longer read; {instead}"
            )
            document = replace(document, values=_without_key(document.values, key))
    return document, notices


def _table_at(values: dict[str, Any], location: tuple[str, ...]) -> dict[str, Any] | None:
    table: Any = values
    for step in location:
        table = table.get(step) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def _with_renamed_key(document: Document, old: tuple[str, ...], new: tuple[str, ...]) -> Document:
    values = _renamed_value(document.values, old, new[-1])
    return replace(
        document,
        values=values,
        key_lines=lambda: {
            _moved(location, old, new): line for location, line in document.key_lines().items()
        },
    )


def _renamed_value(table: dict[str, Any], old: tuple[str, ...], name: str) -> dict[str, Any]:
    """Return a copy of a table with the key at `old` called `name`."""
    first, *below = old
    if not below:
        return {name if key == first else key: value for key, value in table.items()}
    return {**table, first: _renamed_value(table[first], tuple(below), name)}


def _without_key(table: dict[str, Any], key: tuple[str, ...]) -> dict[str, Any]:
    """Return a copy of a table without the key."""
    first, *below = key
    if not below:
        return {name: value for name, value in table.items() if name != first}
    return {**table, first: _without_key(table[first], tuple(below))}


def _moved(location: Location, old: Location, new: Location) -> Location:
    return (*new, *location[len(old) :]) if location[: len(old)] == old else location


def _notices(document: Document, old: tuple[str, ...], new: tuple[str, ...]) -> list[str]:
    """Return a notice for the key, and for each table below it that the file names."""
    lines = document.key_lines()
    return [
        f"{document.name}, line {line}: the key {_dotted(location)} is now called "
        f"{_dotted(_moved(location, old, new))}; the old name is read for one more version"
        for location, line in lines.items()
        if location == old
        or (
            location[: len(old)] == old and _table_at(document.values, _names(location)) is not None
        )
    ]


def _both_names(document: Document, old: Location, new: Location) -> str:
    lines = document.key_lines()
    return (
        f"{document.name} is refused: {_dotted(old)} (line {lines[old]}) is the old name of "
        f"{_dotted(new)} (line {lines[new]}), and only one of them may be set; "
        f"remove {_dotted(old)}"
    )


def _names(location: Location) -> tuple[str, ...]:
    return tuple(map(str, location))


def _dotted(location: Location) -> str:
    return ".".join(_names(location))
