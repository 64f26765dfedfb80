"""Fast duplicate-key check for JSON: compares the number of quotes with the number required.

A key has two quotes, and so has a text. The decoded value gives the least number of keys and texts
of the document: those of required fields, and of fields that do not hold the default object that
msgspec puts where a field is absent. A document with exactly that many quotes has no other key, so
none twice, at any depth. More quotes prove nothing (a default may be written out, a text may hold
a quote); then `check_keys` decides. A quote that is not counted here only causes more such checks.
"""

import types
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from rapport_schemas.wire.unique_keys import QUOTE, check_keys

Decode = Callable[[bytes], Any]
QUOTES_KNOWN_MAX: Final = 256
REFUSALS: Final = (msgspec.MsgspecError, ValueError, TypeError)


class QuoteCount(NamedTuple):
    """Decoder, and the number of quotes that a document must have for its decoded value."""

    decode: Decode
    minimum: int
    """Quotes of the required fields."""
    required: Callable[[Any], int]
    """Quotes of the required fields, of list items, and of optional fields that are present."""


def quote_count(struct: type[msgspec.Struct], decode: Decode) -> QuoteCount:
    """Return the quote count of a decoder of `struct` that forbids unknown fields."""
    _refuse_null(struct)
    minimum = _minimum(struct)
    summands = [str(minimum)]
    names: dict[str, Any] = {}
    for field in msgspec.structs.fields(struct):
        kind = _bare(field.type)
        if get_origin(kind) is list:
            summands.append(f"{_item(get_args(kind)[0])} * len(data.{field.name})")
            summands += [] if field.required else [f"({_member(kind)} if data.{field.name} else 0)"]
        elif not field.required:
            # Identity, not equality: a document may write out a value equal to the default.
            names[f"no_{field.name}"] = field.default
            written = f"data.{field.name} is not no_{field.name}"
            present = str(_member(field.type))
            inner = _struct_in(field.type)
            if inner is not None:
                names[f"in_{field.name}"] = quote_count(inner, decode).required
                present += f" + in_{field.name}(data.{field.name})"
            summands.append(f"({present} if {written} else 0)")
    # A loop over the fields takes five times as long as one expression.
    required = eval(f"lambda data: {' + '.join(summands)}", names)  # noqa: S307 # made of field names of the contracts
    return QuoteCount(decode, minimum, required)


def reject_duplicate_keys(strict: QuoteCount, lenient: QuoteCount) -> Decode:
    """Return a decoder that raises `Rejected` for a duplicate key, and what `lenient` raises.

    `strict` accepts fewer documents than `lenient` and is tried first: it counts quotes exactly.
    """
    strict_decode, strict_minimum, strict_required = strict
    lenient_decode, lenient_minimum, lenient_required = lenient
    # Quote counts at which `strict` failed the last time: a failure is its greatest cost.
    not_strict: set[int] = set()

    def decode(document: bytes) -> Any:
        quotes = document.count(QUOTE)
        if quotes >= strict_minimum and quotes not in not_strict:
            try:
                data = strict_decode(document)
            except REFUSALS:
                if quotes < QUOTES_KNOWN_MAX:
                    not_strict.add(quotes)
            else:
                if quotes != strict_minimum and quotes != strict_required(data):
                    check_keys(document, "data")
                return data
        data = lenient_decode(document)
        if quotes != lenient_minimum and quotes != lenient_required(data):
            not_strict.discard(quotes)
            check_keys(document, "data")
        return data

    return decode


def _refuse_null(struct: type[msgspec.Struct]) -> None:
    """Raise `TypeError` where null is allowed in a field that is counted as a text."""
    for field in msgspec.structs.fields(struct):
        kind = _bare(field.type)
        if type(None) in get_args(kind) and (field.required or field.default is not None):
            raise TypeError(
                f"{struct.__name__}.{field.name}: null is allowed but is not the default"
            )


def _minimum(struct: type[msgspec.Struct]) -> int:
    return sum(_member(field.type) for field in msgspec.structs.fields(struct) if field.required)


def _member(kind: Any) -> int:
    """Return the least number of quotes of an object member whose value is not null."""
    return 4 if _is_text(_bare(kind)) else 2


def _item(kind: Any) -> int:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        _refuse_null(kind)
        return _minimum(kind)
    return 2 if _is_text(kind) else 0


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct of an optional field, if it holds one."""
    parts = get_args(kind) or (kind,)
    return next(
        (it for it in parts if isinstance(it, type) and issubclass(it, msgspec.Struct)), None
    )


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _is_text(kind: Any) -> bool:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return all(isinstance(choice, str) for choice in arguments)
    if origin in {Union, types.UnionType}:
        parts = [part for part in arguments if part is not type(None)]
        return all(_is_text(_bare(part)) for part in parts)
    return isinstance(kind, type) and issubclass(kind, str | date)
