"""Normalisation of JSON Schemas for comparison: references are replaced by their definitions."""

from collections.abc import Mapping
from typing import Any

from rapport_schemas.wire.errors import RapportError


class ContractError(RapportError):
    """Contract that cannot be compared."""


def inline_references(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema with every `$ref` to its own `$defs` replaced by what it refers to.

    Raises `ContractError` for a reference to itself or to elsewhere.

    >>> inline_references({"items": {"$ref": "#/$defs/A"}, "$defs": {"A": {"type": "null"}}})
    {'items': {'type': 'null'}}
    """
    definitions = document.get("$defs", {})
    bare = {name: value for name, value in document.items() if name != "$defs"}
    resolved: dict[str, Any] = _resolve(bare, definitions, ())
    return resolved


def _resolve(value: Any, definitions: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_resolve(each, definitions, within) for each in value]
    if not isinstance(value, Mapping):
        return value
    reference = value.get("$ref")
    if not isinstance(reference, str):
        return {name: _resolve(each, definitions, within) for name, each in value.items()}
    name = reference.removeprefix("#/$defs/")
    if name in within or name not in definitions:
        raise ContractError(
            f"{reference} refers to itself or to nothing in $defs; write the contract without it"
        )
    beside = {key: each for key, each in value.items() if key != "$ref"}
    target = _resolve(definitions[name], definitions, (*within, name))
    return {**target, **_resolve(beside, definitions, within)}
