"""Contracts compiled to msgspec decoders: a quick yes for what is plainly right.

A contract is a pydantic model, and stays the only place where it is written. What is compiled from
it says yes only to documents that the contract takes, with the same values; to anything else it
says no, and the contract itself is asked. So it can be quick, never wrong (`test_compiled.py`).
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
PLAIN: Final = frozenset({str, int, bool, type(None)})
DAY_BOUND: Final = (Ge, Le)
STAMP_CHARACTERS: Final = frozenset({20, 24, 27})
"""Of a time in UTC with whole seconds, milliseconds or microseconds."""


class _CannotCompileError(TypeError):
    """The contract uses what is not translated; it decodes its events itself."""


def compile_contract(model: type[BaseModel]) -> Decode | None:
    """Return a decoder of JSON for `model`, or None when it uses what is not translated.

    The decoder raises `msgspec.MsgspecError`, `ValueError` or `TypeError` where it says no, and
    `Rejected` where a key is there twice.

    >>> class Meeting(BaseModel, strict=True):
    ...     room: str
    >>> decode = compile_contract(Meeting)
    >>> decode(b'{"room": "blue"}').room
    'blue'
    """
    try:
        # As publishers of ours write it: nothing is left out but what is null.
        whole = _shape(_struct(model, whole=True))
        return reject_duplicate_keys(whole, _shape(_struct(model, whole=False)))
    except _CannotCompileError:
        return None


def _shape(struct: type[msgspec.Struct]) -> QuoteCount:
    return quote_count(struct, msgspec.json.Decoder(struct, dec_hook=_moment).decode)


class _Moment(datetime):
    """A time in UTC, read by rules of our own: msgspec rounds where the contract cuts off."""


def _moment(kind: type[Any], value: object) -> Any:
    usual = (
        kind is _Moment
        and isinstance(value, str)
        and len(value) in STAMP_CHARACTERS
        and (value[7], value[10], value[13], value[16], value[-1]) == ("-", "T", ":", ":", "Z")
    )
    if not usual:
        raise ValueError("not a time as publishers usually write it")
    return _Moment.fromisoformat(str(value))


def _struct(model: type[BaseModel], *, whole: bool) -> type[msgspec.Struct]:
    decorators = model.__pydantic_decorators__
    if decorators.field_validators or decorators.root_validators or model.__pydantic_custom_init__:
        raise _CannotCompileError(model.__name__)
    fields: list[tuple[Any, ...]] = []
    checks: list[Check] = []
    for name, field in model.model_fields.items():
        kind, found = _field(name, field, whole=whole)
        checks += found
        said = whole and not field.is_required() and field.default is not None
        fields.append((name, kind) if said else (name, kind, *_default(field)))
    for validator in decorators.model_validators.values():
        if validator.info.mode != "after":
            raise _CannotCompileError(model.__name__)
        checks.append(validator.func)
    # Required fields go first, as msgspec wants them; JSON does not mind the order.
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
        for one in checks:
            one(value)

    return check


def _default(field: FieldInfo) -> tuple[Any, ...]:
    if field.default_factory is not None:
        return (msgspec.field(default_factory=field.default_factory),)  # type: ignore[arg-type] # none of ours takes an argument
    return () if field.is_required() else (field.default,)


def _field(name: str, field: FieldInfo, *, whole: bool) -> tuple[Any, list[Check]]:
    annotation, metadata = field.annotation, list(field.metadata)
    days = [item for item in metadata if isinstance(item, DAY_BOUND) and _is_day(item)]
    rest = [item for item in metadata if item not in days]
    kind = _kind(annotation, rest, whole=whole)
    bounds = days + list(_day_bounds(annotation))
    return kind, [_within(name, bounds)] if bounds else []


def _is_day(bound: Ge | Le) -> bool:
    return isinstance(bound.ge if isinstance(bound, Ge) else bound.le, date)


def _day_bounds(annotation: Any) -> Iterator[Ge | Le]:
    """Yield the bounds of a day inside `Annotated[date, …] | None`; msgspec has none for days."""
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


def _kind(annotation: Any, metadata: Iterable[Any] = (), *, whole: bool) -> Any:  # noqa: PLR0911 # one line a kind of type
    origin, arguments = get_origin(annotation), get_args(annotation)
    metadata = list(_flat(metadata))
    if origin is Annotated:
        return _kind(arguments[0], [*arguments[1:], *metadata], whole=whole)
    if annotation is AwareDatetime:
        return _Moment
    if annotation is date:
        return date
    if origin in {Union, types.UnionType}:
        return Union[tuple(_kind(part, whole=whole) for part in arguments)]  # noqa: UP007 # made at run time
    if origin is Literal:
        return annotation
    if origin is list:
        return _limited(list[_kind(arguments[0], whole=whole)], metadata)  # type: ignore[misc] # made at run time
    if annotation in PLAIN:
        return _limited(annotation, metadata)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _struct(annotation, whole=whole)
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
    known = getattr(item, "__dict__", {})
    said = {name: value for name, value in known.items() if value is not None}
    pattern = said.pop("pattern", None)
    if said or not isinstance(pattern, str) or not pattern.endswith("$"):
        raise _CannotCompileError(repr(item))
    # In Python `$` also matches before a last line feed; in the contract's own engine it does not.
    return {"pattern": pattern.removesuffix("$") + r"\Z"}
