"""Kafka binding of CloudEvents 1.0: reads binary and structured mode, writes binary mode.

The content type decides the mode. Of the headers, only `content-type` and the five used attributes
are read: whatever else an event carries does not refuse it. The HTTP intake has the same rules.
"""

import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic_core import from_json, to_json

from rapport_schemas.wire.content_type import (
    BATCH_TYPE,
    JSON_TYPE,
    STRUCTURED_TYPE,
    ContentTypeError,
    content_mode,
)
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL, CONTRACTS
from rapport_schemas.wire.rejection import Rejected
from rapport_schemas.wire.unique_keys import check_keys

Headers = Sequence[tuple[str, bytes | None]]
"""Kafka headers: names may repeat, and a value may be missing."""
EVENT_BYTES_MAX: Final = 1_048_576
ID_CHARACTERS_MAX: Final = 256
SOURCE_CHARACTERS_MAX: Final = 2_048
USED_ATTRIBUTES: Final = ("specversion", "id", "source", "type", "time")
"""Attributes that every event must have; others are not used."""
CONTENT_TYPE_HEADER: Final = "content-type"
JSON_HEADER: Final = (CONTENT_TYPE_HEADER, JSON_TYPE.encode())
"""The header of a record whose value is JSON."""
RECORDED_BY_HEADER: Final = "ce_recordedby"
"""The login of the person who recorded an event; listings mask it, and no table has it."""
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
SPECVERSION_KEY: Final = b'"specversion"'
"""JSON with this text in it may be an event in structured mode."""
_ATTRIBUTE_OF_HEADER: Final = {f"ce_{name}": name for name in USED_ATTRIBUTES}
_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class Envelope(NamedTuple):
    """Context attributes of an event, and its data as JSON bytes."""

    id: str
    source: str
    type: str
    epoch_seconds: int
    """Time of the event in whole seconds since 1970-01-01 UTC."""
    data: bytes


def read_envelope(value: bytes | None, headers: Headers) -> Envelope:
    """Return the envelope of a Kafka record; raises `Rejected` with the reason and the path."""
    if value is None:
        raise Rejected("not-json", "data", "the record is empty")
    check_size(value)
    value = value.removeprefix(BYTE_ORDER_MARK)
    mode = _mode(headers)
    if mode == JSON_TYPE and not any(name in _ATTRIBUTE_OF_HEADER for name, _ in headers):
        # The CloudEvents SDK labels structured events with the content type of their data.
        if SPECVERSION_KEY not in value:
            raise Rejected("not-cloudevent", *_misspelt(headers, "headers", "no ce_ headers"))
        mode = STRUCTURED_TYPE
    if mode == STRUCTURED_TYPE:
        return _structured(value)
    if mode == BATCH_TYPE:
        detail = f"Kafka has no batches: send each event as a record, as {STRUCTURED_TYPE}"
        raise Rejected("not-cloudevent", f"headers.{CONTENT_TYPE_HEADER}", detail)
    return _binary(headers, value)


def check_size(value: bytes) -> None:
    """Raise `Rejected` for more bytes than an event may have."""
    if len(value) > EVENT_BYTES_MAX:
        raise Rejected("too-big", "", f"{len(value)} bytes; at most {EVENT_BYTES_MAX} are taken")


def check_attributes(attributes: Mapping[str, Any], data: bytes, prefix: str) -> Envelope:
    """Return the envelope of attributes; raises `Rejected`, with `prefix` in the path."""
    for name in USED_ATTRIBUTES:
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            raise Rejected("not-cloudevent", f"{prefix}{name}", "missing, empty or not a string")
    if attributes["specversion"] != "1.0":
        raise Rejected("not-cloudevent", f"{prefix}specversion", "only 1.0 is read")
    bounds = ("id", ID_CHARACTERS_MAX), ("source", SOURCE_CHARACTERS_MAX)
    for name, characters_max in bounds:
        if len(attributes[name]) > characters_max:
            raise Rejected("not-cloudevent", f"{prefix}{name}", f"over {characters_max} characters")
    event_type = _event_type(attributes["type"])
    seconds = _epoch_seconds(attributes["time"])
    return Envelope(attributes["id"], attributes["source"], event_type, seconds, data)


def check_data_type(content_type: Any) -> None:
    """Raise `Rejected` unless the attribute `datacontenttype` is JSON, or missing."""
    if content_type is not None and not isinstance(content_type, str):
        raise Rejected("not-cloudevent", "datacontenttype", "not a string")
    try:
        mode = content_mode(content_type)
    except ContentTypeError as error:
        raise Rejected("not-cloudevent", "datacontenttype", str(error)) from None
    if mode != JSON_TYPE:
        raise Rejected("not-cloudevent", "datacontenttype", f"{mode} is not a type of data")


def read_base64(text: Any) -> bytes:
    """Return the bytes of the member `data_base64`, which are JSON."""
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (AttributeError, ValueError):  # binascii.Error and UnicodeEncodeError are values too
        raise Rejected("not-cloudevent", "data_base64", "not text in base64") from None
    return data.removeprefix(BYTE_ORDER_MARK)


def write_binary(
    data: Any, *, event_id: str, source: str, time: datetime
) -> tuple[str, bytes, bytes, list[tuple[str, bytes]]]:
    """Return (topic, key, value, headers) of an event in binary mode.

    `data` is one of the contracts' models, `time` the event's own time, with its zone.
    """
    contract = CONTRACT_OF_MODEL[type(data)]
    key = data.record_key.encode()
    stamp = time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", contract.type.encode()),
        ("ce_time", stamp.encode()),
        ("ce_partitionkey", key),
        JSON_HEADER,
    ]
    return (
        contract.topic,
        key,
        data.__pydantic_serializer__.to_json(data, exclude_none=True),
        headers,
    )


def _mode(headers: Headers) -> str:
    """Return the media type that decides the mode; a header may repeat the same one."""
    path = f"headers.{CONTENT_TYPE_HEADER}"
    said = {content for name, content in headers if name == CONTENT_TYPE_HEADER and content}
    if len(said) > 1:
        raise Rejected("not-cloudevent", path, "the header is repeated with another value")
    try:
        return content_mode(next(iter(said), None))
    except ContentTypeError as error:
        raise Rejected("not-cloudevent", path, str(error)) from None


def _binary(headers: Headers, value: bytes) -> Envelope:
    """Return the envelope, or raise `Rejected` for the first error in a used header."""
    attributes: dict[str, str] = {}
    for name, content in headers:
        attribute = _ATTRIBUTE_OF_HEADER.get(name)
        if attribute is None:
            continue
        if attribute in attributes:
            raise Rejected("not-cloudevent", f"headers.{name}", "the header is repeated")
        if content is None:
            raise Rejected("not-cloudevent", f"headers.{name}", "the header has no value")
        try:
            attributes[attribute] = content.decode()
        except UnicodeDecodeError:
            raise Rejected("not-cloudevent", f"headers.{name}", "not UTF-8") from None
    missing = next((name for name in USED_ATTRIBUTES if name not in attributes), None)
    if missing is not None:
        path = f"headers.ce_{missing}"
        raise Rejected("not-cloudevent", *_misspelt(headers, path, "the header is missing"))
    return check_attributes(attributes, value, "headers.ce_")


def _misspelt(headers: Headers, path: str, detail: str) -> tuple[str, str]:
    """Return the path and the detail of a missing header: a header that is almost one, if any."""
    for name, _ in headers:
        meant = name.lower().replace("-", "_")
        if name != meant and meant in _ATTRIBUTE_OF_HEADER:
            return f"headers.{name}", "Kafka's prefix is ce_, lower case"
    return path, detail if path != "headers" else "neither ce_ headers nor structured mode"


def _structured(value: bytes) -> Envelope:
    try:
        document = from_json(value, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise Rejected("not-json", "", str(error)) from None
    check_keys(value, "")
    if not isinstance(document, dict):
        raise Rejected("not-cloudevent", "", "the document is not an object")
    data, base64 = document.get("data"), document.get("data_base64")
    check_one_data(has_data=data is not None, has_base64=base64 is not None)
    check_data_type(document.get("datacontenttype"))
    try:
        encoded = to_json(data) if base64 is None else read_base64(base64)
    except (ValueError, RecursionError) as error:
        raise Rejected("not-json", "data", str(error)) from None
    return check_attributes(document, encoded, "")


def check_one_data(*, has_data: bool, has_base64: bool) -> None:
    """Raise `Rejected` unless an event has either `data` or `data_base64`."""
    if has_data and has_base64:
        raise Rejected("not-cloudevent", "data_base64", "the event has `data` too; send one")
    if not has_data and not has_base64:
        raise Rejected("not-cloudevent", "data", "missing")


@lru_cache(maxsize=1024)
def _event_type(name: str) -> str:
    if name in CONTRACTS:
        return name
    family = name.rpartition(".v")[0]
    if any(contract.rpartition(".v")[0] == family for contract in CONTRACTS):
        raise Rejected("unknown-version", "type", f"{name[:128]!r} is not a version that is read")
    raise Rejected("unknown-type", "type", f"no contract is called {name[:128]!r}")


@lru_cache(maxsize=8192)
def _epoch_seconds(text: str) -> int:
    if _RFC3339.fullmatch(text) is None:
        raise Rejected("invalid", "time", f"{text[:64]!r} is no RFC 3339 time with its zone")
    try:
        return int(datetime.fromisoformat(text.upper()).timestamp())
    except (ValueError, OverflowError) as error:
        raise Rejected("invalid", "time", f"{text[:64]!r}: {error}") from None
