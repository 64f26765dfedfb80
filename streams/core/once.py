"""Whether a document names each key once, told by its quotes: it costs the count of one byte.

A key has two quotes around it, and so has a text. What was decoded says how many keys and texts the
document must have at least: those of required fields, and of fields that do not hold the default
that msgspec gives where one is left out. The document has as many quotes as that only when it
has no other key: none twice, none unread, at whatever depth, however it is spelt and spaced. More
quotes prove nothing (a default may be written out, a text may have a quote inside), and then
`check_keys` looks. What is not counted here can only make it look more often.
"""

import types
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from rapport.schemas.keys import check_keys

Decode = Callable[[bytes], Any]


class Shape(NamedTuple):
    """A decoder, and the quotes that it cannot do without."""

    decode: Decode
    least: int
    """Quotes of the fields that are required."""
    lists: tuple[tuple[str, int], ...]
    """(field, quotes of each item) of the fields that are lists."""
    optional: tuple[tuple[str, Any, int], ...]
    """(field, its value when it is left out, its quotes when it is not)."""


def shape(struct: type[msgspec.Struct], decode: Decode) -> Shape:
    """Return the shape of documents that a decoder of `struct`, of known fields only, reads."""
    fields = msgspec.structs.fields(struct)
    lists = tuple(
        (field.name, _item(items[0]))
        for field in fields
        if (items := get_args(_bare(field.type))) and get_origin(_bare(field.type)) is list
    )
    optional = tuple(
        (field.name, field.default, _member(field.type))
        for field in fields
        if field.default is not msgspec.NODEFAULT
    )
    return Shape(decode, _least(struct), lists, optional)


def read_once(shape: Shape, document: bytes, quotes: int) -> Any:
    """Return what `document` says, which has `quotes` quotes.

    Raises `Rejected` when it has a key twice, and what the decoder raises.
    """
    decode, left, lists, optional = shape
    data = decode(document)
    left = quotes - left
    for name, each in lists:
        left -= each * len(getattr(data, name))
    if left:
        for name, absent, some in optional:
            # The very object: an equal one was written in the document.
            if getattr(data, name) is not absent:
                left -= some
        if left:
            check_keys(document, "data")
    return data


def _least(struct: type[msgspec.Struct]) -> int:
    return sum(_member(field.type) for field in msgspec.structs.fields(struct) if field.required)


def _member(kind: Any) -> int:
    """Return the quotes of a member with a value of some type that is not null, at least."""
    return 4 if _is_text(_bare(kind)) else 2


def _item(kind: Any) -> int:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _least(kind)
    return 2 if _is_text(kind) else 0


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
