"""Compiler of contracts (pydantic models) to msgspec decoders, the fast path for valid events.

A compiled decoder accepts only documents that the contract accepts, with equal values
(`test_contract_compiler.py`). Where it raises, the caller decodes with the contract itself.
"""

import types
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.types import AwareDatetime

from rapport.domain.events.duplicate_keys import (
    Decode,
    QuoteCount,
    quote_count,
    reject_duplicate_keys,
)

Check = Callable[[Any], object]
PLAIN_TYPES: Final = frozenset({str, int, bool, type(None)})
DAY_BOUND: Final = (Ge, Le)
TIMESTAMP_LENGTHS: Final = frozenset({20, 24, 27})
"""Lengths of a UTC time with whole seconds, milliseconds or microseconds."""


class _CannotCompileError(TypeError):
    """The contract uses a feature that the compiler does not translate."""


def compile_contract(model: type[BaseModel]) -> Decode | None:
    """Return a decoder of JSON for `model`; None when it uses a feature that is not translated.

    The decoder raises `msgspec.MsgspecError`, `ValueError` or `TypeError` where it does not accept
    the document, and `Rejected` for a duplicate key.

    >>> class Meeting(BaseModel, strict=True):
    ...     room: str
    >>> decode = compile_contract(Meeting)
    >>> decode(b'{"room": "blue"}').room
    'blue'
    """
    try:
        # Strict: as our publisher writes events, where only null fields are absent.
        strict, lenient = (_quote_count(_struct(model, strict=strict)) for strict in (True, False))
        return reject_duplicate_keys(strict, lenient)
    except _CannotCompileError:
        return None


def _quote_count(struct: type[msgspec.Struct]) -> QuoteCount:
    return quote_count(struct, msgspec.json.Decoder(struct, dec_hook=_utc_time).decode)


class _UtcTime(datetime):
    """UTC time with a decoder of its own: msgspec rounds fractions that the contract truncates."""


def _utc_time(kind: type[Any], value: object) -> Any:
    usual = (
        kind is _UtcTime
        and isinstance(value, str)
        and len(value) in TIMESTAMP_LENGTHS
        and (value[7], value[10], value[13], value[16], value[-1]) == ("-", "T", ":", ":", "Z")
    )
    if not usual:
        raise ValueError("not a time as publishers usually write it")
    return _UtcTime.fromisoformat(str(value))


def _struct(model: type[BaseModel], *, strict: bool) -> type[msgspec.Struct]:
    decorators = model.__pydantic_decorators__
    if decorators.field_validators or decorators.root_validators or model.__pydantic_custom_init__:
        raise _CannotCompileError(model.__name__)
    fields: list[tuple[Any, ...]] = []
    checks: list[Check] = []
    for name, field in model.model_fields.items():
        kind, day_checks = _field(name, field, strict=strict)
        checks += day_checks
        required = strict and not field.is_required() and field.default is not None
        fields.append((name, kind) if required else (name, kind, *_default(field)))
    for validator in decorators.model_validators.values():
        if validator.info.mode != "after":
            raise _CannotCompileError(model.__name__)
        checks.append(validator.func)
    # msgspec wants required fields first; the order does not matter in JSON.
    fields.sort(key=len)
    return msgspec.defstruct(
        model.__name__,
        fields,
        frozen=True,
        forbid_unknown_fields=True,
        namespace={"__post_init__": _all_of(checks)} if checks else None,
    )


def _all_of(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def check(value: Any) -> None:
        for each in checks:
            each(value)

    return check


def _default(field: FieldInfo) -> tuple[Any, ...]:
    if field.default_factory is not None:
        return (msgspec.field(default_factory=field.default_factory),)  # type: ignore[arg-type] # no contract's factory takes an argument
    return () if field.is_required() else (field.default,)


def _field(name: str, field: FieldInfo, *, strict: bool) -> tuple[Any, list[Check]]:
    annotation, metadata = field.annotation, list(field.metadata)
    days = [item for item in metadata if isinstance(item, DAY_BOUND) and _is_day(item)]
    limits = [item for item in metadata if item not in days]
    kind = _kind(annotation, limits, strict=strict)
    bounds = days + list(_day_bounds(annotation))
    return kind, [_within(name, bounds)] if bounds else []


def _is_day(bound: Ge | Le) -> bool:
    return isinstance(bound.ge if isinstance(bound, Ge) else bound.le, date)


def _day_bounds(annotation: Any) -> Iterator[Ge | Le]:
    """Yield the bounds of a day inside `Annotated[date, …] | None`; msgspec cannot bound days."""
    for part in get_args(annotation):
        if get_origin(part) is Annotated and get_args(part)[0] is date:
            for item in _flat(get_args(part)[1:]):
                if isinstance(item, DAY_BOUND):
                    yield item


def _within(name: str, bounds: Iterable[Ge | Le]) -> Check:
    read = attrgetter(name)
    lowest: Any = date.min
    highest: Any = date.max
    for bound in bounds:
        lowest = max(lowest, bound.ge) if isinstance(bound, Ge) else lowest
        highest = min(highest, bound.le) if isinstance(bound, Le) else highest

    def check(value: Any) -> None:
        day = read(value)
        if day is not None and not lowest <= day <= highest:
            raise ValueError(name)

    return check


def _flat(metadata: Iterable[Any]) -> Iterator[Any]:
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)


def _kind(annotation: Any, metadata: Iterable[Any] = (), *, strict: bool) -> Any:  # noqa: PLR0911 # one line a kind of type
    origin, arguments = get_origin(annotation), get_args(annotation)
    metadata = list(_flat(metadata))
    if origin is Annotated:
        return _kind(arguments[0], [*arguments[1:], *metadata], strict=strict)
    if annotation is AwareDatetime:
        return _UtcTime
    if annotation is date:
        return date
    if origin in {Union, types.UnionType}:
        if metadata:
            raise _CannotCompileError(f"{annotation}: the bounds belong to one of its types")
        return Union[tuple(_kind(part, strict=strict) for part in arguments)]  # noqa: UP007 # made at run time
    if origin is Literal:
        return annotation
    if origin is list:
        return _limited(list[_kind(arguments[0], strict=strict)], metadata)  # type: ignore[misc] # made at run time
    if annotation in PLAIN_TYPES:
        return _limited(annotation, metadata)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _struct(annotation, strict=strict)
    raise _CannotCompileError(str(annotation))


def _limited(kind: Any, metadata: list[Any]) -> Any:
    limits: dict[str, Any] = {}
    for item in metadata:
        match item:
            case Ge(ge=bound):
                limits["ge"] = bound
            case Le(le=bound):
                limits["le"] = bound
            case MinLen(min_length=length):
                limits["min_length"] = length
            case MaxLen(max_length=length):
                limits["max_length"] = length
            case _:
                limits.update(_text_limits(item))
    return Annotated[kind, msgspec.Meta(**limits)] if limits else kind


def _text_limits(item: Any) -> dict[str, Any]:
    attributes = getattr(item, "__dict__", {})
    present = {name: value for name, value in attributes.items() if value is not None}
    pattern = present.pop("pattern", None)
    if present or not isinstance(pattern, str) or not pattern.endswith("$"):
        raise _CannotCompileError(repr(item))
    # Python's `$` also matches before a final line feed; that of pydantic's engine does not.
    return {"pattern": pattern.removesuffix("$") + r"\Z"}
