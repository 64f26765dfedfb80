"""The three modes of CloudEvents over HTTP, read into events as they were offered."""

import re
from collections.abc import Iterable, Sized
from typing import Final, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

from rapport_schemas.wire.http import (
    ATTRIBUTE_CHARACTERS_MAX,
    ATTRIBUTES_MAX,
    BATCH_EVENTS_MAX,
    BATCH_TYPE,
    JSON_TYPE,
    STRUCTURED_TYPE,
)
from rapport_schemas.wire.rejection import Rejected
from rapport_schemas.wire.unique_keys import LOCATED_BYTES_MAX, QUOTE, check_keys

HEADER_PREFIX: Final = "headers.ce-"
_TEXT_ONLY: Final = frozenset(
    {"specversion", "id", "source", "type", "time", "subject", "dataschema", "datacontenttype"}
)
_T = TypeVar("_T")
# Raw keeps a value as bytes: the data, which may be large, is not parsed here.
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ATTRIBUTE: Final = msgspec.json.Decoder(str | bool | int | None)
_NULL: Final = b"null"
_INTEGER_MAX: Final = 2**31 - 1
_NAME: Final = re.compile(r"[a-z0-9]{1,64}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_JSON_MEDIA: Final = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)


class ReceivedEvent(NamedTuple):
    """An event as it was received: its attributes as text, its data as JSON bytes."""

    attributes: dict[str, str]
    data: bytes
    prefix: str
    """The prefix of an attribute's name in the path of an error."""


def read_events(
    media_type: str, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> list[ReceivedEvent | Rejected]:
    """Return the events of a request, in order; a batch may hold invalid ones.

    Raises `Rejected` when the request as a whole cannot be read.
    """
    if media_type == JSON_TYPE:
        return [_binary(headers, body)]
    if media_type == STRUCTURED_TYPE:
        return [_structured(body)]
    items = _decoded(_ARRAY, body, f"{BATCH_TYPE} is an array of events")
    if len(items) > BATCH_EVENTS_MAX:
        raise Rejected("too-big", "", f"{len(items)} events; at most {BATCH_EVENTS_MAX}")
    return [_batch_item(one) for one in items]


def _batch_item(document: msgspec.Raw) -> ReceivedEvent | Rejected:
    try:
        return _structured(document)
    except Rejected as rejected:
        return rejected


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
        if raw_name[:3].lower() != b"ce-":
            continue
        name = raw_name[3:].decode("ascii", "replace").lower()
        path = f"{HEADER_PREFIX}{name[:64]}"
        if name in attributes:
            raise Rejected("not-cloudevent", path, "the header is repeated")
        if name == "datacontenttype":
            raise Rejected("not-cloudevent", path, "in binary mode, Content-Type says it")
        attributes[name] = _checked(name, header_text(raw, path), path)
    if not attributes:
        detail = f"neither ce- headers nor {STRUCTURED_TYPE}"
        raise Rejected("not-cloudevent", "headers", detail)
    _check_count(attributes)
    return ReceivedEvent(attributes, body, HEADER_PREFIX)


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


def _structured(text: bytes | msgspec.Raw) -> ReceivedEvent:
    """Read one JSON document; its data keeps its bytes."""
    document = _decoded(_OBJECT, text, "an event is an object")
    _check_names(bytes(text), document)
    data = bytes(document.pop("data", _NULL))
    if data == _NULL or "data_base64" in document:
        raise Rejected("not-cloudevent", "data", "missing; data_base64 is not taken")
    _check_count(document)
    attributes = {}
    for name, raw in document.items():
        value = _text(name, raw)
        if value is not None:
            attributes[name] = _checked(name, value, name[:64])
    content_type = attributes.pop("datacontenttype", JSON_TYPE)
    if _JSON_MEDIA.fullmatch(content_type) is None:
        raise Rejected("not-cloudevent", "datacontenttype", f"only {JSON_TYPE} is read")
    return ReceivedEvent(attributes, data, "")


def _check_names(text: bytes, document: dict[str, msgspec.Raw]) -> None:
    """Reject duplicate attribute names; `validate` rejects duplicate keys inside the data.

    Fast check: compares the number of quote characters with the number that the decoded attributes
    require. For a long event the path is not determined: a batch of them would delay all others.
    """
    quotes = sum(2 + bytes(raw).count(QUOTE) for raw in document.values())
    if text.count(QUOTE) == quotes or any('"' in name for name in document):
        return  # a name with a quote is rejected by `_checked`
    if len(text) > LOCATED_BYTES_MAX:
        raise Rejected("not-json", "", "an attribute, or the data, is repeated")
    check_keys(text, "")


def _text(name: str, raw: msgspec.Raw) -> str | None:
    """Return an attribute's canonical text; only extensions may be booleans and integers."""
    try:
        value = _ATTRIBUTE.decode(raw)
    except (msgspec.DecodeError, ValueError):
        value = _INTEGER_MAX + 1
    if value is None or isinstance(value, str):
        return value
    if name not in _TEXT_ONLY and abs(value) <= _INTEGER_MAX:
        return str(value).lower()
    raise Rejected("not-cloudevent", name[:64], "neither a string, a boolean nor an integer")


def _checked(name: str, text: str, path: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise Rejected("not-cloudevent", path, "a name is up to 64 of a-z and 0-9")
    if not text:
        raise Rejected("not-cloudevent", path, "empty")
    if len(text) > ATTRIBUTE_CHARACTERS_MAX:
        raise Rejected("not-cloudevent", path, f"over {ATTRIBUTE_CHARACTERS_MAX} characters")
    if _CONTROL.search(text) is not None:
        raise Rejected("not-cloudevent", path, "a control character")
    return text


def _check_count(attributes: Sized) -> None:
    if len(attributes) > ATTRIBUTES_MAX:
        detail = f"{len(attributes)} attributes; at most {ATTRIBUTES_MAX}"
        raise Rejected("not-cloudevent", "", detail)
