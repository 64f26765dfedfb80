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
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from rapport_schemas.wire.unique_keys import QUOTE, check_keys

Decode = Callable[[bytes], Any]
QUOTES_KNOWN_MAX: Final = 256
NO: Final = (msgspec.MsgspecError, ValueError, TypeError)


class QuoteCount(NamedTuple):
    """A decoder, and the quotes that a document must have for what was decoded of it."""

    decode: Decode
    least: int
    """Quotes of the fields that are required."""
    quotes: Callable[[Any], int]
    """Those, and of the items of lists, and of the fields that were not left out."""


def quote_count(struct: type[msgspec.Struct], decode: Decode) -> QuoteCount:
    """Return the shape of what a decoder of `struct`, of known fields only, reads."""
    _refuse_null(struct)
    least = _least(struct)
    terms, absent = [str(least)], {}
    for field in msgspec.structs.fields(struct):
        kind = _bare(field.type)
        if get_origin(kind) is list:
            terms.append(f"{_item(get_args(kind)[0])} * len(data.{field.name})")
            terms += [] if field.required else [f"({_member(kind)} if data.{field.name} else 0)"]
        elif not field.required:
            # The very object that msgspec gives: an equal one may have been written out.
            absent[f"no_{field.name}"] = field.default
            written = f"data.{field.name} is not no_{field.name}"
            terms.append(f"({_member(field.type)} if {written} else 0)")
    # A loop over the fields costs five times as much as their sum written out.
    quotes = eval(f"lambda data: {' + '.join(terms)}", absent)  # noqa: S307 # of our own names only
    return QuoteCount(decode, least, quotes)


def reject_duplicate_keys(whole: QuoteCount, loose: QuoteCount) -> Decode:
    """Return a decoder that raises `Rejected` where a key is twice, and what `loose` raises.

    `whole` reads less than `loose`, and is asked first: what it reads needs no second look.
    """
    whole_decode, whole_least, whole_quotes = whole
    loose_decode, loose_least, loose_quotes = loose
    # Numbers of quotes at which it said no the last time: that costs more than all the rest.
    not_whole: set[int] = set()

    def decode(document: bytes) -> Any:
        quotes = document.count(QUOTE)
        if quotes >= whole_least and quotes not in not_whole:
            try:
                data = whole_decode(document)
            except NO:
                if quotes < QUOTES_KNOWN_MAX:
                    not_whole.add(quotes)
            else:
                if quotes != whole_least and quotes != whole_quotes(data):
                    check_keys(document, "data")
                return data
        data = loose_decode(document)
        if quotes != loose_least and quotes != loose_quotes(data):
            not_whole.discard(quotes)
            check_keys(document, "data")
        return data

    return decode


def _refuse_null(struct: type[msgspec.Struct]) -> None:
    """Raise `TypeError` where a null may stand for what is counted as a text."""
    for field in msgspec.structs.fields(struct):
        kind = _bare(field.type)
        if type(None) in get_args(kind) and (field.required or field.default is not None):
            raise TypeError(f"{struct.__name__}.{field.name} may be null, and is null not left out")


def _least(struct: type[msgspec.Struct]) -> int:
    return sum(_member(field.type) for field in msgspec.structs.fields(struct) if field.required)


def _member(kind: Any) -> int:
    """Return the quotes of a member with a value of some type that is not null, at least."""
    return 4 if _is_text(_bare(kind)) else 2


def _item(kind: Any) -> int:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        _refuse_null(kind)
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
