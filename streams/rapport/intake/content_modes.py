"""The three modes of CloudEvents over HTTP, read into events as they were offered.

The rules are those of the Kafka binding (`wire/envelope.py`); one table of cases tests both. An
attribute that is not used, and cannot be passed on, is left out: it does not refuse its event.
"""

import re
from collections.abc import Iterable
from math import nan
from typing import Final, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

from rapport_schemas.wire.content_type import BATCH_TYPE, JSON_TYPE, STRUCTURED_TYPE
from rapport_schemas.wire.envelope import (
    BYTE_ORDER_MARK,
    SPECVERSION_KEY,
    USED_ATTRIBUTES,
    check_data_type,
    check_one_data,
    read_base64,
)
from rapport_schemas.wire.http import ATTRIBUTE_CHARACTERS_MAX, ATTRIBUTES_MAX, BATCH_EVENTS_MAX
from rapport_schemas.wire.rejection import Rejected
from rapport_schemas.wire.unique_keys import LOCATED_BYTES_MAX, QUOTE, check_keys

HEADER_PREFIX: Final = "headers.ce-"
_TEXT_ONLY: Final = frozenset({"subject", "dataschema"})
_NOT_PASSED_ON: Final = frozenset({"data", "data_base64", "datacontenttype", "partitionkey"})
_T = TypeVar("_T")
# Raw keeps a value as bytes: the data, which may be large, is not parsed here.
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SCALAR: Final = msgspec.json.Decoder(str | bool | int | None)
_NULL: Final = b"null"
_INTEGER_MAX: Final = 2**31 - 1
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NAME: Final = re.compile(r"[a-z0-9]{1,64}")


class ReceivedEvent(NamedTuple):
    """An event as it was received: its attributes as text, its data as JSON bytes."""

    attributes: dict[str, str]
    data: bytes
    prefix: str
    """The prefix of an attribute's name in the path of an error."""


class UnreadEvent(NamedTuple):
    """An event of a batch that cannot be read, with its id where that can."""

    id: str | None
    rejected: Rejected


def read_events(
    media_type: str, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> list[ReceivedEvent | UnreadEvent]:
    """Return the events of a request, in order; a batch may hold invalid ones.

    Raises `Rejected` when the request as a whole cannot be read.
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    if media_type == JSON_TYPE:
        return [_binary(headers, body)]
    if media_type == STRUCTURED_TYPE:
        return [_structured(_object(body))]
    items = _decoded(_ARRAY, body, f"{BATCH_TYPE} is an array of events")
    if len(items) > BATCH_EVENTS_MAX:
        raise Rejected("too-big", "", f"{len(items)} events; at most {BATCH_EVENTS_MAX}")
    return [_batch_item(one) for one in items]


def _batch_item(text: msgspec.Raw) -> ReceivedEvent | UnreadEvent:
    document: dict[str, msgspec.Raw] = {}
    try:
        document = _decoded(_OBJECT, text, "an event is an object")
        _check_names(bytes(text), document)
        return _structured(document)
    except Rejected as rejected:
        return UnreadEvent(_id_of(document), rejected)


def _id_of(document: dict[str, msgspec.Raw]) -> str | None:
    """Return the id of an event that is refused, so that its sender finds it."""
    event_id = _scalar(document.get("id", msgspec.Raw(_NULL)))
    return event_id if isinstance(event_id, str) else None


def _object(text: bytes) -> dict[str, msgspec.Raw]:
    document = _decoded(_OBJECT, text, "an event is an object")
    _check_names(text, document)
    return document


def _decoded(decoder: "msgspec.json.Decoder[_T]", text: bytes | msgspec.Raw, expected: str) -> _T:
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise Rejected("not-cloudevent", "", f"{expected}: {error}") from None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Rejected("not-json", "", str(error)) from None


def _binary(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> ReceivedEvent:
    attributes: dict[str, str] = {}
    for raw_name, raw in headers:
        if raw_name[:3].lower() == b"ce-":
            name = raw_name[3:].decode("ascii", "replace").lower()
            _take_header(name, raw, attributes)
    if not attributes.keys() & set(USED_ATTRIBUTES):
        if SPECVERSION_KEY in body:  # labelled with the content type of its data
            return _structured(_object(body))
        detail = f"neither ce- headers nor {STRUCTURED_TYPE}"
        raise Rejected("not-cloudevent", "headers", detail)
    return ReceivedEvent(attributes, body, HEADER_PREFIX)


def _take_header(name: str, raw: bytes, attributes: dict[str, str]) -> None:
    """Add an attribute; one that is not used is left out where it is wrong."""
    path = f"{HEADER_PREFIX}{name}"
    if name in USED_ATTRIBUTES:
        if name in attributes:
            raise Rejected("not-cloudevent", path, "the header is repeated")
        attributes[name] = header_text(raw, path)
        return
    try:
        text = header_text(raw, path)
    except Rejected:
        return
    if _can_be_passed_on(name, text, attributes):
        attributes[name] = text


def _can_be_passed_on(name: str, text: str, attributes: dict[str, str]) -> bool:
    return (
        name not in attributes
        and name not in _NOT_PASSED_ON
        and _NAME.fullmatch(name) is not None
        and 0 < len(text) <= ATTRIBUTE_CHARACTERS_MAX
        and _CONTROL.search(text) is None
        and len(attributes) < ATTRIBUTES_MAX
    )


def header_text(raw: bytes, path: str) -> str:
    """Return a header's value as the CloudEvents HTTP binding decodes it (section 3.1.3.2).

    A quoted string is unquoted, then percent-encoding is undone once; the bytes are UTF-8.
    """
    if len(raw) > 1 and raw[:1] == b'"' and raw[-1:] == b'"':
        raw = re.sub(rb"\\(.)", rb"\1", raw[1:-1])
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise Rejected("not-cloudevent", path, "not UTF-8") from None


def _structured(document: dict[str, msgspec.Raw]) -> ReceivedEvent:
    """Read the members of one JSON document; its data keeps its bytes."""
    null = msgspec.Raw(_NULL)
    data, base64 = bytes(document.get("data", null)), document.get("data_base64", null)
    has_base64 = bytes(base64) != _NULL
    check_one_data(has_data=data != _NULL, has_base64=has_base64)
    check_data_type(_scalar(document.get("datacontenttype", null)))
    content = read_base64(_scalar(base64)) if has_base64 else data
    attributes: dict[str, str] = {}
    for name in USED_ATTRIBUTES:
        text = _scalar(document.get(name, null))
        if text is not None and not isinstance(text, str):
            raise Rejected("not-cloudevent", name, "missing, empty or not a string")
        if text is not None:
            attributes[name] = text
    for name, raw in document.items():
        text = _text(name, raw)
        if text is not None and _can_be_passed_on(name, text, attributes):
            attributes[name] = text
    return ReceivedEvent(attributes, content, "")


def _scalar(raw: msgspec.Raw) -> str | float | bool | None:
    """Return a member that is text, a boolean or an integer; NaN for anything else."""
    try:
        value: str | bool | int | None = _SCALAR.decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return nan
    return value


def _check_names(text: bytes, document: dict[str, msgspec.Raw]) -> None:
    """Reject duplicate attribute names; `validate` rejects duplicate keys inside the data.

    Fast check: compares the number of quote characters with the number that the decoded attributes
    require. For a long event the path is not determined: a batch of them would delay all others.
    """
    quotes = sum(2 + bytes(raw).count(QUOTE) for raw in document.values())
    if text.count(QUOTE) == quotes or any('"' in name for name in document):
        return  # such a name is left out
    if len(text) > LOCATED_BYTES_MAX:
        raise Rejected("not-json", "", "an attribute, or the data, is repeated")
    check_keys(text, "")


def _text(name: str, raw: msgspec.Raw) -> str | None:
    """Return the canonical text of an attribute; None for what none can be."""
    value = _scalar(raw)
    if isinstance(value, int) and name not in _TEXT_ONLY and abs(value) <= _INTEGER_MAX:
        return str(value).lower()
    return value if isinstance(value, str) else None
