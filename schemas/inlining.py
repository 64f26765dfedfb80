"""JSON Schemas brought into a form that can be compared: without references, one per JSON type."""

from collections.abc import Mapping
from typing import Any, Final

from rapport.schemas.errors import RapportError

TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
_OF_PYTHON: Final = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    type(None): "null",
    list: "array",
    dict: "object",
}
_ONLY_FOR: Final = {
    "string": {"minLength", "maxLength", "pattern", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties", "minProperties", "maxProperties"},
}


class ContractError(RapportError):
    """A contract cannot be compared as it is written."""


def inlined(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema with every `$ref` to its own `$defs` replaced by what it refers to.

    Raises `ContractError` for a reference to itself or to elsewhere.

    >>> inlined({"items": {"$ref": "#/$defs/A", "title": "a"}, "$defs": {"A": {"type": "null"}}})
    {'items': {'type': 'null', 'title': 'a'}}
    """
    definitions = document.get("$defs", {})
    bare = {name: value for name, value in document.items() if name != "$defs"}
    resolved: dict[str, Any] = _resolved(bare, definitions, ())
    return resolved


def _resolved(value: Any, definitions: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_resolved(each, definitions, within) for each in value]
    if not isinstance(value, Mapping):
        return value
    reference = value.get("$ref")
    if not isinstance(reference, str):
        return {name: _resolved(each, definitions, within) for name, each in value.items()}
    name = reference.removeprefix("#/$defs/")
    if name in within or name not in definitions:
        raise ContractError(
            f"{reference} refers to itself or to nothing in $defs; write the contract without it"
        )
    beside = {key: each for key, each in value.items() if key != "$ref"}
    target = _resolved(definitions[name], definitions, (*within, name))
    return {**target, **_resolved(beside, definitions, within)}


def by_type(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]] | None:
    """Return what a schema asks of each JSON type that it takes, or None where that is unclear.

    >>> by_type({"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]})
    {'string': {'type': 'string', 'maxLength': 9}, 'null': {'type': 'null'}}
    >>> by_type({"enum": ["a", None]})
    {'null': {'enum': [None]}, 'string': {'enum': ['a']}}
    """
    if "anyOf" in schema:
        return _of_alternatives(schema)
    given = schema.get("type", TYPES)
    kinds = (given,) if isinstance(given, str) else given
    if "const" in schema:
        schema = {**schema, "enum": [schema["const"]]}
    if "enum" not in schema:
        return {kind: _concerning(kind, schema) for kind in kinds}
    found = {kind: [each for each in schema["enum"] if _is(each, kind)] for kind in kinds}
    return {
        kind: {**_concerning(kind, schema), "enum": values}
        for kind, values in found.items()
        if values
    }


def _concerning(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without the keywords that say nothing about values of one JSON type."""
    family = "number" if kind == "integer" else kind
    others = set[str]().union(*(words for name, words in _ONLY_FOR.items() if name != family))
    return {keyword: value for keyword, value in schema.items() if keyword not in others}


def _is(value: Any, kind: str) -> bool:
    return _OF_PYTHON[type(value)] == kind


def _of_alternatives(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]] | None:
    beside = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    found: dict[str, dict[str, Any]] = {}
    for alternative in schema["anyOf"]:
        if not isinstance(alternative, Mapping) or beside.keys() & alternative.keys():
            return None
        of_each = by_type({**beside, **alternative})
        if (
            of_each is None
            or found.keys() & of_each.keys()
            or {"integer", "number"}
            <= {
                *found,
                *of_each,
            }
        ):
            return None
        found |= of_each
    return found
