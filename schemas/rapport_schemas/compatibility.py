"""Contract gate: a released contract may only gain optional fields and change its descriptions.

The guarantee is FULL_TRANSITIVE compatibility: the newest consumer accepts events of every released
version, and consumers of every released version accept the newest events. Consumers ignore unknown
fields. Any other difference is refused, even a harmless one.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, Final, NamedTuple

from rapport_schemas.wire.errors import RapportError

Schema = Mapping[str, Any]
SHOWN_CHARACTERS_MAX: Final = 60
_ANNOTATIONS: Final = {
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "examples",
    "deprecated",
}
"""Keywords that neither restrict data nor change its meaning."""
_COMPARED_BY_PART: Final = {"properties", "required", "items", "additionalProperties", "anyOf"}
_CLOSING: Final = {"unevaluatedProperties", "patternProperties", "propertyNames", "maxProperties"}
"""Keywords that may refuse an unknown field, besides `additionalProperties`."""
_ABSENT: Final = object()


class ContractError(RapportError):
    """Contract that cannot be compared."""


class ContractChange(NamedTuple):
    """Difference that the gate refuses."""

    path: str
    """Path in the data, as `answers[].score`; empty for the whole."""
    what: str
    instead: str = ""
    """Advice; empty means: add a new version of the event type."""


class Refusal(NamedTuple):
    """Incompatible change of a contract, with the released version that it breaks."""

    contract: str
    version: str
    path: str
    what: str
    instead: str


def refusals(
    released: Mapping[str, Mapping[str, Schema]], working: Mapping[str, Schema]
) -> list[Refusal]:
    """Return the refusals of the `working` contracts (name -> JSON Schema), oldest version first.

    `released` has the contracts of every version: version -> name -> JSON Schema.
    """
    return [
        Refusal(name, version, path, what, instead or _next_version(name))
        for version, contracts in released.items()
        for name, old in contracts.items()
        for path, what, instead in contract_changes(old, working.get(name))
    ]


def contract_changes(old: Schema, new: Schema | None) -> list[ContractChange]:
    """Return the differences between two versions of one contract that the gate refuses.

    >>> old = {"type": "object", "properties": {"score": {"type": "integer", "maximum": 100}}}
    >>> new = {"type": "object", "properties": {"score": {"type": "integer", "maximum": 10}}}
    >>> contract_changes(old, new)
    [ContractChange(path='score', what='maximum 100 -> 10', instead='')]
    """
    if new is None:
        return [ContractChange("", "the contract is gone", "keep it: no service has to publish it")]
    return list(_changes(inline_references(old), inline_references(new), ""))


def _next_version(contract: str) -> str:
    family, _, number = contract.rpartition(".v")
    return f"leave {contract} as it is, and add {family}.v{int(number) + 1}"


def _changes(old: Any, new: Any, path: str) -> Iterator[ContractChange]:
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        yield from _unequal("schema", old, new, path)
        return
    for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _COMPARED_BY_PART):
        absent = None if keyword == "default" else _ABSENT
        yield from _unequal(keyword, old.get(keyword, absent), new.get(keyword, absent), path)
    yield from _field_changes(old, new, path)
    for keyword, below in (("items", f"{path}[]"), ("additionalProperties", f"{path}.*")):
        yield from _changes(old.get(keyword, True), new.get(keyword, True), below.lstrip("."))
    befores, afters = old.get("anyOf", []), new.get("anyOf", [])
    if len(befores) != len(afters):
        yield from _unequal("anyOf", befores, afters, path)
        return
    for before, after in zip(befores, afters, strict=True):
        yield from _changes(before, after, path)


def _field_changes(old: Schema, new: Schema, path: str) -> Iterator[ContractChange]:
    befores, afters = _fields(old), _fields(new)
    closed = new.get("additionalProperties", True) is not True or _CLOSING & new.keys()
    for name in sorted(befores.keys() | afters.keys()):
        field = f"{path}.{name}" if path else name
        before, after = (name in schema.get("required", ()) for schema in (old, new))
        if name not in afters:
            yield ContractChange(field, "is gone")
        elif name not in befores and after:
            advice = "give it a default, so that it may be left out"
            yield ContractChange(field, "is new and required", advice)
        elif name not in befores and closed:
            yield ContractChange(field, "is new, where unknown fields may be refused")
        elif name in befores:
            if after and not before:
                yield ContractChange(field, "is required, and could be left out")
            if before and not after:
                yield ContractChange(field, "may be left out, and was required")
            yield from _changes(befores[name], afters[name], field)


def _fields(schema: Schema) -> dict[str, Any]:
    return {**dict.fromkeys(schema.get("required", ()), True), **schema.get("properties", {})}


def _unequal(keyword: str, before: Any, after: Any, path: str) -> Iterator[ContractChange]:
    old, new = _text(keyword, before), _text(keyword, after)
    if old != new:
        # A long text, such as a list of currencies, is shown from where it begins to differ.
        pairs = zip(old, new, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        start = max(0, same - 20) if max(len(old), len(new)) > SHOWN_CHARACTERS_MAX else 0
        shown = (text[start : start + SHOWN_CHARACTERS_MAX] for text in (old, new))
        yield ContractChange(path, f"{keyword} {' -> '.join(shown)}")


def _text(keyword: str, value: Any) -> str:
    """Return a value as JSON, because 1, 1.0 and true are equal in Python."""
    if value is _ABSENT:
        return "none"
    if keyword == "enum":
        value = sorted(value, key=json.dumps)
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


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
