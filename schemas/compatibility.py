"""Whether two versions of a contract take the same data: the rules of the gate, as pure functions.

The promise is FULL_TRANSITIVE: what publishers of any released version send, the newest reader
takes, and what the newest publishers send, readers of every released version take. Readers ignore
fields that they do not know, so both hold exactly when the two schemas take the same data, apart
from optional fields that only one of them has. Whatever these rules cannot judge is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from rapport.schemas.constraints import (
    BOTH,
    JUDGED,
    Change,
    constraint_changes,
    shown,
    unjudged,
)
from rapport.schemas.inlining import TYPES, by_type, inlined

Schema = Mapping[str, Any]
_ABOUT: Final = frozenset(
    {"$schema", "$id", "$defs", "$comment", "title", "description", "examples", "deprecated"}
)
"""What says something about a schema, and refuses no data."""
_NOT_JUDGED: Final = _ABOUT | {"default", "x-topic"}
"""These have rules of their own."""
_JUDGED_HERE: Final = {"type", "properties", "required", "additionalProperties", "items"}


class Refusal(NamedTuple):
    """A change of a contract that would break somebody who relies on a released version."""

    contract: str
    version: str
    """The released version that it is incompatible with."""
    path: str
    """The place in the data, as `answers[].score`; empty for the whole."""
    what: str
    breaks: str
    """`publishers`, `readers`, or both."""
    instead: str
    """What to do."""


def refusals(
    released: Mapping[str, Mapping[str, Schema]], working: Mapping[str, Schema]
) -> list[Refusal]:
    """Return what is wrong with the `working` contracts (name -> JSON Schema), the oldest first.

    `released` has the contracts of every version: version -> name -> JSON Schema.
    """
    return [
        Refusal(name, version, change.path, change.what, change.breaks, _instead(name, change))
        for version, contracts in released.items()
        for name, old in contracts.items()
        for change in contract_changes(old, working.get(name))
    ]


def contract_changes(old: Schema, new: Schema | None) -> list[Change]:
    """Return the incompatible changes between two versions of one contract; none: compatible.

    >>> old = {"type": "object", "properties": {"score": {"type": "integer", "maximum": 100}}}
    >>> new = {"type": "object", "properties": {"score": {"type": "integer", "maximum": 10}}}
    >>> contract_changes(old, new)
    [Change(path='score', what='maximum 100 -> 10', breaks='publishers', advice='')]
    """
    if new is None:
        return [Change("", "the contract is gone", BOTH, "keep it: nobody has to publish it")]
    return list(dict.fromkeys([*_moved(old, new), *_changes(inlined(old), inlined(new), "")]))


def _instead(contract: str, change: Change) -> str:
    family, _, number = contract.rpartition(".v")
    return change.advice or f"leave {contract} as it is, and add {family}.v{int(number) + 1}"


def _moved(old: Schema, new: Schema) -> Iterator[Change]:
    before, after = old.get("x-topic"), new.get("x-topic")
    if before != after:
        yield Change("", f"moved from topic {shown(before)} to {shown(after)}", BOTH)


def _changes(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    if old.get("default") != new.get("default"):
        before, after = shown(old.get("default")), shown(new.get("default"))
        yield Change(path, f"left out, it means {after} and no longer {before}", BOTH)
    old, new = _constraints(old), _constraints(new)
    if old == new:
        return
    befores, afters = by_type(old), by_type(new)
    if befores is None or afters is None:
        yield unjudged(path, "alternatives", old, new)
        return
    was, now = _with_integers(befores, afters), _with_integers(afters, befores)
    yield from _type_changes(was, now, path)
    for kind in sorted(was.keys() & now.keys()):
        yield from _same_type(kind, was[kind], now[kind], path)


def _constraints(schema: Schema) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in _NOT_JUDGED}


def _with_integers(schemas: Schema, others: Schema) -> Schema:
    """Return schemas by type, with integers apart where the others have them: they are numbers."""
    if "integer" in others and "number" in schemas:
        return {"integer": schemas["number"], **schemas}
    return schemas


def _type_changes(befores: Schema, afters: Schema, path: str) -> Iterator[Change]:
    gone, came = befores.keys() - afters.keys(), afters.keys() - befores.keys()
    if gone:
        yield Change(path, f"{_named(gone)} is no longer taken", "publishers")
    if came:
        yield Change(path, f"{_named(came)} is taken, and was not", "readers")


def _named(kinds: set[str]) -> str:
    return "any value" if kinds == {*TYPES} else " and ".join(sorted(kinds))


def _same_type(kind: str, old: Schema, new: Schema, path: str) -> Iterator[Change]:
    if kind == "object":
        yield from _object_changes(old, new, path)
    if kind == "array":
        yield from _changes(_as_schema(old.get("items")), _as_schema(new.get("items")), f"{path}[]")
    yield from constraint_changes(kind, old, new, path)
    known = _NOT_JUDGED | _JUDGED_HERE | JUDGED
    for keyword in sorted((old.keys() | new.keys()) - known):
        before, after = old.get(keyword), new.get(keyword)
        if before != after:
            yield unjudged(path, keyword, before, after)


def _as_schema(schema: Any) -> Schema:
    """Return a schema that may be missing, true or false as a mapping."""
    if isinstance(schema, Mapping):
        return schema
    return {"enum": []} if schema is False else {}


def _object_changes(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    befores, afters = _fields(old), _fields(new)
    for name in sorted(befores.keys() | afters.keys()):
        place = f"{path}.{name}" if path else name
        if name not in afters:
            yield from _removed(place, befores[name], required=_requires(old, name), schema=new)
        elif name not in befores:
            yield from _added(place, required=_requires(new, name), schema=old)
        else:
            yield from _requirement(place, _requires(old, name), _requires(new, name))
            yield from _changes(befores[name], afters[name], place)
    before, after = (_as_schema(each.get("additionalProperties")) for each in (old, new))
    yield from _changes(before, after, f"{path}.*" if path else "*")


def _fields(schema: Schema) -> dict[str, Schema]:
    required: dict[str, Schema] = {name: {} for name in schema.get("required", ())}
    given = schema.get("properties", {})
    return {**required, **{name: _as_schema(of) for name, of in given.items()}}


def _requires(schema: Schema, name: str) -> bool:
    return name in schema.get("required", ())


def _open(schema: Schema) -> bool:
    return not _constraints(_as_schema(schema.get("additionalProperties")))


def _added(path: str, *, required: bool, schema: Schema) -> Iterator[Change]:
    if required:
        advice = "give it a default, so that it may be left out"
        yield Change(path, "is new and required", "publishers", advice)
    if not _open(schema):
        yield Change(path, "is new, and fields that are not known were refused", "readers")


def _removed(path: str, old: Schema, *, required: bool, schema: Schema) -> Iterator[Change]:
    if required:
        yield Change(path, "is gone, and was required", "readers")
    elif old.get("default") is not None:
        default = shown(old["default"])
        yield Change(path, f"is gone: what is sent there would be read as {default}", "publishers")
    if not _open(schema):
        yield Change(path, "is gone, and fields that are not known are refused", "publishers")


def _requirement(path: str, before: bool, after: bool) -> Iterator[Change]:  # noqa: FBT001 # a pair, as everywhere here
    if after and not before:
        yield Change(path, "is required, and could be left out", "publishers")
    if before and not after:
        yield Change(path, "may be left out, and was required", "readers")
