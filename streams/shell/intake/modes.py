"""The three modes of CloudEvents over HTTP, read into events as they were offered."""

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from pydantic_core import from_json, to_json

from rapport.schemas.intake import (
    ATTRIBUTE_CHARACTERS_MAX,
    ATTRIBUTES_MAX,
    BATCH_EVENTS_MAX,
    BATCH_TYPE,
    JSON_TYPE,
    STRUCTURED_TYPE,
)
from rapport.schemas.rejections import Rejected

HEADER_PREFIX: Final = "headers.ce-"
_TEXT_ONLY: Final = frozenset(
    {"specversion", "id", "source", "type", "time", "subject", "dataschema", "datacontenttype"}
)
_NAME: Final = re.compile(r"[a-z0-9]{1,64}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_JSON_MEDIA: Final = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)


class Offered(NamedTuple):
    """An event as it was offered: its attributes as text, its data as JSON bytes."""

    attributes: dict[str, str]
    data: bytes
    prefix: str
    """What stands before an attribute's name in the path of an error."""


def read_events(
    media_type: str, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> list[Offered | Rejected]:
    """Return the events of a request, in order; a batch may hold some that are none.

    Raises `Rejected` when the request as a whole cannot be read.
    """
    if media_type == JSON_TYPE:
        return [_binary(headers, body)]
    document = _parsed(body)
    if media_type == STRUCTURED_TYPE:
        return [_structured(document)]
    if not isinstance(document, list):
        raise Rejected("not-cloudevent", "", f"{BATCH_TYPE} is an array of events")
    if len(document) > BATCH_EVENTS_MAX:
        raise Rejected("too-big", "", f"{len(document)} events; at most {BATCH_EVENTS_MAX}")
    return [_item(one) for one in document]


def _item(document: Any) -> Offered | Rejected:
    try:
        return _structured(document)
    except Rejected as rejected:
        return rejected


def _parsed(body: bytes) -> Any:
    try:
        return from_json(body, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise Rejected("not-json", "", str(error)) from None


def _binary(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Offered:
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
    return _counted(Offered(attributes, body, HEADER_PREFIX))


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


def _structured(document: Any) -> Offered:
    if not isinstance(document, dict):
        raise Rejected("not-cloudevent", "", "the event is not an object")
    if "data_base64" in document or document.get("data") is None:
        raise Rejected("not-cloudevent", "data", "missing; data_base64 is not taken")
    try:
        data = to_json(document.pop("data"))
    except (ValueError, RecursionError) as error:
        raise Rejected("not-json", "data", str(error)) from None
    attributes = {
        name: _checked(name, _text(name, value), name[:64])
        for name, value in document.items()
        if value is not None
    }
    content_type = attributes.pop("datacontenttype", JSON_TYPE)
    if _JSON_MEDIA.fullmatch(content_type) is None:
        raise Rejected("not-cloudevent", "datacontenttype", f"only {JSON_TYPE} is read")
    return _counted(Offered(attributes, data, ""))


def _text(name: str, value: Any) -> str:
    """Return an attribute's canonical text; only extensions may be booleans and integers."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) and name not in _TEXT_ONLY:
        return "true" if value else "false"
    if isinstance(value, int) and name not in _TEXT_ONLY and abs(value) < 2**31:
        return str(value)
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


def _counted(offered: Offered) -> Offered:
    if len(offered.attributes) > ATTRIBUTES_MAX:
        detail = f"{len(offered.attributes)} attributes; at most {ATTRIBUTES_MAX}"
        raise Rejected("not-cloudevent", "", detail)
    return offered
