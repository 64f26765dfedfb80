"""Kafka binding of CloudEvents 1.0: reads binary and structured mode, writes binary mode.

Binary mode is the hot path: it parses the headers directly, without a model.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic_core import from_json, to_json

from rapport_schemas.wire.registry import CONTRACT_OF_MODEL, CONTRACTS
from rapport_schemas.wire.rejection import Rejected
from rapport_schemas.wire.unique_keys import check_keys

Headers = Sequence[tuple[str, bytes | None]]
"""Kafka headers: names may repeat, and a value may be missing."""
STRUCTURED: Final = b"application/cloudevents+json"
JSON_TYPES: Final = frozenset({b"application/json", b"application/json; charset=utf-8"})
EVENT_BYTES_MAX: Final = 1_048_576
ID_CHARACTERS_MAX: Final = 256
HEADERS_MAX: Final = 256
_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_REQUIRED: Final = ("specversion", "id", "source", "type", "time")


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
    if len(value) > EVENT_BYTES_MAX:
        raise Rejected("too-big", "", f"{len(value)} bytes; at most {EVENT_BYTES_MAX} are taken")
    attributes: dict[str, Any] = dict(headers)
    content_type = attributes.get("content-type") or b""
    if content_type.startswith(STRUCTURED):
        return _structured(value, attributes)
    try:
        if attributes["ce_specversion"] != b"1.0" or len(headers) != len(attributes):
            return _read_carefully(headers, value)
        event_id = attributes["ce_id"].decode()
        source = attributes["ce_source"].decode()
        if not 0 < len(event_id) <= ID_CHARACTERS_MAX or not source:
            return _read_carefully(headers, value)
        if content_type and content_type not in JSON_TYPES:
            return _read_carefully(headers, value)
        event_type = _event_type(attributes["ce_type"])
        seconds = _epoch_seconds(attributes["ce_time"].decode())
    except (KeyError, UnicodeDecodeError, AttributeError):
        return _read_carefully(headers, value)
    return Envelope(event_id, source, event_type, seconds, value)


def write_binary(
    data: Any, *, event_id: str, source: str, time: datetime
) -> tuple[str, bytes, bytes, list[tuple[str, bytes]]]:
    """Return (topic, key, value, headers) of an event in binary mode.

    `data` is one of the contracts' models, `time` the event's own time, with its zone.
    """
    contract = CONTRACT_OF_MODEL[type(data)]
    key = data.client.encode()
    stamp = time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", contract.type.encode()),
        ("ce_time", stamp.encode()),
        ("ce_partitionkey", key),
        ("content-type", b"application/json"),
    ]
    return (
        contract.topic,
        key,
        data.__pydantic_serializer__.to_json(data, exclude_none=True),
        headers,
    )


def _read_carefully(headers: Headers, value: bytes) -> Envelope:
    """Return the envelope, or raise `Rejected` for the first error in the headers."""
    if len(headers) > HEADERS_MAX:
        raise Rejected("not-cloudevent", "headers", f"{len(headers)}; at most {HEADERS_MAX}")
    attributes: dict[str, str] = {}
    for name, content in headers:
        if name in attributes:
            raise Rejected("not-cloudevent", f"headers.{name}", "the header is repeated")
        if content is None:
            raise Rejected("not-cloudevent", f"headers.{name}", "the header has no value")
        try:
            attributes[name] = content.decode()
        except UnicodeDecodeError:
            raise Rejected("not-cloudevent", f"headers.{name}", "not UTF-8") from None
    binary = [name for name in attributes if name.lower().replace("-", "_").startswith("ce_")]
    wrong = [name for name in binary if not name.startswith("ce_") or name != name.lower()]
    if wrong:
        raise Rejected("not-cloudevent", f"headers.{wrong[0]}", "Kafka's prefix is ce_, lower case")
    content_type = attributes.get("content-type", "application/json")
    if binary:
        attributes = {name.removeprefix("ce_"): attributes[name] for name in binary}
        return _checked({**attributes, "datacontenttype": content_type}, value, "headers.ce_")
    if content_type.encode() in JSON_TYPES and b'"specversion"' in value:
        # The CloudEvents SDK labels structured events with the content type of their data.
        return _structured(value, {})
    raise Rejected("not-cloudevent", "headers", "neither ce_ headers nor structured mode")


def _structured(value: bytes, headers: dict[str, bytes]) -> Envelope:
    if any(name.startswith("ce_") for name in headers):
        raise Rejected("not-cloudevent", "headers", "binary and structured mode at once")
    try:
        document = from_json(value, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise Rejected("not-json", "", str(error)) from None
    check_keys(value, "")
    if not isinstance(document, dict):
        raise Rejected("not-cloudevent", "", "the document is not an object")
    data = document.pop("data", None)
    if data is None:
        raise Rejected("not-cloudevent", "data", "missing; data_base64 is not taken")
    try:
        encoded = to_json(data)
    except (ValueError, RecursionError) as error:
        raise Rejected("not-json", "data", str(error)) from None
    return _checked(document, encoded, "")


def _checked(attributes: dict[str, Any], data: bytes, prefix: str) -> Envelope:
    for name in _REQUIRED:
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            raise Rejected("not-cloudevent", f"{prefix}{name}", "missing, empty or not a string")
    if attributes["specversion"] != "1.0":
        raise Rejected("not-cloudevent", f"{prefix}specversion", "only 1.0 is read")
    if len(attributes["id"]) > ID_CHARACTERS_MAX:
        raise Rejected("not-cloudevent", f"{prefix}id", f"over {ID_CHARACTERS_MAX} characters")
    content_type = attributes.get("datacontenttype") or "application/json"
    if not isinstance(content_type, str) or "json" not in content_type.lower():
        raise Rejected("not-cloudevent", f"{prefix}datacontenttype", "only JSON is read")
    event_type = _event_type(attributes["type"].encode(errors="replace"))
    seconds = _epoch_seconds(attributes["time"])
    return Envelope(attributes["id"], attributes["source"], event_type, seconds, data)


@lru_cache(maxsize=1024)
def _event_type(raw: bytes) -> str:
    name = raw.decode(errors="replace")
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
